//! The hub that load is measured with.

use std::time::Duration;

use futures_util::Stream;
use hub_server::{Hub, HubError, UploadStream, hub, hub_client};

use crate::wire::streams;

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

    fn counter(&self, count: i32, delay_ms: i32) -> impl Stream<Item = i32> + Send + use<> {
        streams::count(count, Duration::from_millis(delay_ms.try_into().unwrap_or_default()))
    }

    async fn upload_sum(&self, numbers: UploadStream<i32>) -> Result<i32, HubError> {
        streams::sum(numbers).await
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
