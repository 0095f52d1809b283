#![allow(unused)]

use futures_util::{Stream, stream};
use hub_client::{HubConnection, InvocationError, hub_server};

#[hub_server]
trait ChatServer {
    async fn join(&self, room: &str) -> usize;
    async fn total(&self, numbers: impl Stream<Item = i64>) -> i64;
    fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
}

async fn chat(connection: HubConnection) -> Result<(), InvocationError> {
    let chat = connection.hub::<dyn ChatServer>();
    let wrong_result: String = chat.join("lobby").await?;
    chat.join(5).await?;
    chat.join().await?;
    chat.leave().await?;
    chat.total(stream::iter(["one"])).await?;
    let wrong_items: Option<Result<String, InvocationError>> = chat.countdown(3).await?.next().await;
    Ok(())
}

fn main() {}
