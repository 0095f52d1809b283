//! The hub that load is measured with.

use std::time::Duration;

use axum::http::request::Parts;
use futures_util::Stream;
use hub_server::{Hub, HubError, UploadStream, User, hub, hub_client};

use crate::wire::streams;

/// The calls of a [`BenchHub`] to its clients.
#[hub_client]
pub trait BenchClient {
    /// A message of another client.
    async fn receive_message(&self, message: &str);
}

/// Echoes, and sends to all, to groups and to users.
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

    async fn leave_group(&self, hub: Hub<dyn BenchClient>, group: String) -> Result<(), HubError> {
        hub.groups().remove(hub.connection_id(), &group).await
    }

    async fn send_to_user(&self, hub: Hub<dyn BenchClient>, user: String, message: String) -> Result<(), HubError> {
        hub.clients().user(&user).receive_message(&message).await
    }

    async fn send_to_group(&self, hub: Hub<dyn BenchClient>, group: String, message: String) -> Result<(), HubError> {
        hub.clients().group(&group).receive_message(&message).await
    }
}

/// The user that the query of a request names: `user=u00000042`.
pub fn user(request: &Parts) -> User {
    let query = request.uri.query().unwrap_or_default();
    let name = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "user");
    name.map_or_else(User::anonymous, |(_, name)| User::new(name))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn the_query_says_who_it_is() {
        let user = |uri: &str| user(&Request::get(uri).body(()).unwrap().into_parts().0).id().map(str::to_owned);
        assert_eq!(user("/users?id=1&user=u00000042").as_deref(), Some("u00000042"));
        assert_eq!(user("/users"), None);
    }
}
