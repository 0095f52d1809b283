//! A hub keeps its contract, in all the forms that this has.

#![deny(warnings)]

use futures_util::{Stream, stream};
use hub_server::{CancellationToken, ConnectionId, Hub, HubError, HubServer, UploadStream, hub, hub_client, hub_server};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Member {
    name: String,
}

#[hub_client]
trait ChatClient {
    async fn receive_message(&self, text: &str);
}

/// What the chat does.
#[hub_server]
trait ChatServer {
    async fn nothing(&self);
    async fn send_message(&self, user: &str, message: &[&str], to: Option<&Member>);
    async fn join(&self, room: String) -> Member;
    fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
    fn echo(&self, texts: impl Stream<Item = String>) -> impl Stream<Item = String>;
    async fn total(&self, numbers: impl Stream<Item = i64> + Unpin, times: u8) -> i64;
    async fn search(&self, text: &str);
    async fn search_all(&self, text: &str, limit: Option<u32>);
    #[hub_server(name = "quit")]
    async fn left(&self);
    async fn r#type(&self, r#match: u8) -> u8;
    #[cfg(any())]
    async fn gone(&self, gone: Missing);
}

struct ChatHub;

#[hub(client = ChatClient, server = dyn ChatServer)]
impl ChatHub {
    fn nothing(&self) {}

    async fn send_message(
        &self,
        hub: Hub<dyn ChatClient>,
        user: String,
        message: Vec<String>,
        _id: ConnectionId,
        to: Option<Member>,
    ) -> Result<(), HubError> {
        let _ = (user, to);
        hub.clients().all().receive_message(&message.concat()).await
    }

    async fn join(&self, room: String) -> Result<Member, std::io::Error> {
        Ok(Member { name: room })
    }

    async fn countdown(
        &self,
        from: u32,
        _token: CancellationToken,
    ) -> Result<impl Stream<Item = Result<u32, HubError>> + use<>, HubError> {
        Ok(stream::iter((0..from).map(Ok)))
    }

    fn echo(&self, texts: UploadStream<String>) -> UploadStream<String> {
        texts
    }

    async fn total(&self, _hub: Hub<dyn ChatClient>, mut numbers: UploadStream<i64>, times: u8) -> Result<i64, HubError> {
        let mut total = 0;
        while let Some(number) = numbers.next().await {
            total += number? * i64::from(times);
        }
        Ok(total)
    }

    fn search(&self, _text: String, #[hub(optional)] _limit: Option<u32>, #[hub(optional)] _page: Option<u32>) {}

    fn search_all(&self, _text: String, #[hub(optional)] _limit: Option<u32>) {}

    #[hub(name = "QUIT")]
    fn left(&self) {}

    fn r#type(&self, r#match: u8) -> u8 {
        r#match
    }

    fn more_than_promised(&self, _wrong: u8) {}
}

/// A contract that is kept by a hub with parameters, and only in part by cases of its own.
#[hub_server(rename_all = "camelCase")]
trait Store {
    async fn put_away(&self, value: u8);
}

struct Shelf<T>(T);

#[hub(server = Store, rename_all = "camelCase")]
impl<T: Clone + Send + Sync + 'static> Shelf<T> {
    fn put_away(&self, value: u8) {
        drop((self.0.clone(), value));
    }
}

#[hub_server]
trait Empty {}

struct Anything;

#[hub(server = Empty)]
impl Anything {}

fn main() {
    HubServer::new(ChatHub);
    HubServer::new(Shelf("book"));
    HubServer::new(Anything);
}
