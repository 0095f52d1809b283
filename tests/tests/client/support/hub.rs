//! The hub of the tests with a real server.

use hub_client::testing::{InMemory, in_memory};
use hub_client::{HubConnection, HubConnectionBuilder};
use hub_server::{Hub, HubError, HubServer, UploadStream, hub};

use super::Log;

pub(crate) struct Basic(pub Log);

#[hub]
impl Basic {
    fn on_connected(&self) {
        self.0.note("connected");
    }

    fn on_disconnected(&self) {
        self.0.note("disconnected");
    }

    fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    fn nothing(&self) {}

    fn refuse(&self) -> Result<(), HubError> {
        Err(HubError::new("Not today."))
    }

    fn note(&self, text: String) {
        self.0.note(text);
    }

    fn countdown(&self, from: u32) -> impl futures_util::Stream<Item = u32> + use<> {
        futures_util::stream::iter((0..from).rev())
    }

    async fn total(&self, factor: i64, mut numbers: UploadStream<i64>) -> Result<i64, HubError> {
        let mut total = 0;
        while let Some(number) = numbers.next().await {
            total += number?;
        }
        Ok(total * factor)
    }

    async fn ask(&self, hub: Hub, question: String) -> Result<String, HubError> {
        hub.clients().caller().ask("Answer", (question,)).await
    }

    async fn say(&self, hub: Hub, text: String) -> Result<(), HubError> {
        hub.clients().caller().send("Say", (text,)).await
    }

    fn id(&self, hub: Hub) -> String {
        hub.connection_id().as_str().to_owned()
    }

    /// Says what comes, as it comes.
    async fn listen(&self, mut items: UploadStream<String>) {
        while let Some(item) = items.next().await {
            match item {
                Ok(item) => self.0.note(item),
                Err(error) => self.0.note(format!("error: {error}")),
            }
        }
        self.0.note("end");
    }
}

/// A server of [`Basic`], and what it writes down.
pub(crate) fn basic() -> (HubServer<Basic>, Log) {
    let log = Log::default();
    (HubServer::new(Basic(log.clone())), log)
}

/// A client that is connected to a server, and its way there.
pub(crate) async fn connect(
    server: &HubServer<Basic>,
    options: impl FnOnce(HubConnectionBuilder<InMemory>) -> HubConnectionBuilder<InMemory>,
) -> (HubConnection, InMemory) {
    let network = in_memory(server);
    let connection = options(HubConnection::with_connector(network.clone())).build();
    connection.start().await.unwrap();
    (connection, network)
}
