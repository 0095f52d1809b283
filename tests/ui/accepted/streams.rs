//! Every form in which a method may return a stream or take one, and questions to clients.
#![deny(warnings)]

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, stream};
use hub_server::{CancellationToken, Hub, HubError, HubServer, UploadStream, hub, hub_client};

#[hub_client]
trait ChatClient {
    async fn ask_name(&self, prompt: &str) -> String;
}

struct ChatHub {
    words: Vec<String>,
}

type Boxed = Pin<Box<dyn Stream<Item = u32> + Send>>;

#[hub(client = ChatClient)]
impl ChatHub {
    fn borrowed(&self) -> impl Stream<Item = String> + Send {
        stream::iter(self.words.iter().cloned())
    }

    fn countdown(&self, from: u32) -> impl Stream<Item = u32> + use<> {
        stream::iter((0..from).rev())
    }

    async fn later(&self) -> impl Stream<Item = Result<u32, HubError>> + Send + use<> {
        stream::iter([Ok(1), Err(HubError::new("enough"))])
    }

    async fn maybe(&self) -> Result<impl Stream<Item = u32> + Send + use<>, std::io::Error> {
        Ok(stream::empty())
    }

    fn named(&self) -> Boxed {
        Box::pin(stream::empty())
    }

    fn named_maybe(&self, _cancelled: CancellationToken) -> Result<Boxed, HubError> {
        Ok(Box::pin(stream::empty()))
    }

    async fn total(&self, prefix: String, mut numbers: UploadStream<i64>) -> Result<String, HubError> {
        let mut total = 0;
        while let Some(number) = numbers.next().await {
            total += number?;
        }
        Ok(format!("{prefix}{total}"))
    }

    fn both_ways(&self, numbers: UploadStream<i64>) -> impl Stream<Item = Result<i64, HubError>> + Send + use<> {
        numbers
    }

    async fn ask(&self, hub: Hub<dyn ChatClient>, id: String) -> Result<String, HubError> {
        let first = hub.clients().caller().ask_name("Who are you?").await?;
        let second = hub.clients().client(&id).ask_name("And you?").timeout(Duration::from_secs(5)).await?;
        Ok(first + &second)
    }
}

fn main() {
    let server = HubServer::new(ChatHub { words: Vec::new() });
    let _asking = server.handle().clients().client("id").ask_name("Who are you?");
}
