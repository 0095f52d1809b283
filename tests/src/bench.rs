//! The hub that load is measured with.

use hub_server::{Hub, HubError, hub, hub_client};

/// The calls of a [`BenchHub`] to its clients.
#[hub_client]
pub trait BenchClient {
    /// A message of another client.
    async fn receive_message(&self, message: &str);
}

/// Echoes, and sends to all and to groups.
#[derive(Debug, Default)]
pub struct BenchHub;

#[allow(clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub(client = BenchClient)]
impl BenchHub {
    fn echo(&self, message: String) -> String {
        message
    }

    async fn broadcast(&self, hub: Hub<dyn BenchClient>, message: String) -> Result<(), HubError> {
        hub.clients().all().receive_message(&message).await
    }

    async fn join_group(&self, hub: Hub<dyn BenchClient>, group: String) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), &group).await
    }

    async fn send_to_group(&self, hub: Hub<dyn BenchClient>, group: String, message: String) -> Result<(), HubError> {
        hub.clients().group(&group).receive_message(&message).await
    }
}
