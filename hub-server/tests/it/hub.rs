//! The hub the tests talk to.

use hub_server::{ConnectionId, DisconnectError, Hub, HubError, HubServer, HubServerBuilder, User, hub};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Echoes, sends to all, and reports how each connection ended.
pub(crate) struct TestHub {
    endings: UnboundedSender<Option<String>>,
}

/// What `on_disconnected` was told, connection by connection.
pub(crate) type Endings = UnboundedReceiver<Option<String>>;

pub(crate) fn server() -> (HubServer<TestHub>, Endings) {
    let (builder, endings) = builder();
    (builder.build(), endings)
}

pub(crate) fn builder() -> (HubServerBuilder<TestHub>, Endings) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (HubServer::builder(TestHub { endings: sender }), receiver)
}

#[expect(clippy::unused_self, clippy::needless_pass_by_value, reason = "what a hub's methods look like")]
#[hub]
impl TestHub {
    fn echo(&self, text: String) -> String {
        text
    }

    fn who_am_i(&self, id: ConnectionId, user: User) -> (String, Option<String>) {
        (id.to_string(), user.id().map(str::to_owned))
    }

    async fn to_all(&self, hub: Hub, text: String) -> Result<(), HubError> {
        hub.clients().all().send("Receive", (text,)).await
    }

    fn abort(&self, hub: Hub) {
        hub.abort();
    }

    fn number(&self, number: u64) -> u64 {
        number
    }

    async fn slow(&self, milliseconds: u64) {
        tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
    }

    fn large(&self, size: usize) -> String {
        "x".repeat(size)
    }

    fn on_disconnected(&self, hub: Hub, reason: Option<&DisconnectError>) -> Result<(), HubError> {
        let _ = self.endings.send(reason.map(|error| error.text().to_owned()));
        match hub.request().uri.query() {
            Some(query) if query.contains("failDisconnect") => Err(HubError::new("failed on purpose")),
            _ => Ok(()),
        }
    }
}
