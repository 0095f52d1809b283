//! What the tests share.

mod client;
mod redis;

use std::time::Duration;

use hub_redis::{RedisBackplane, RedisBackplaneBuilder};
use hub_server::{Hub, HubError, HubHandle, HubServer, hub};

pub(crate) use client::{Came, Client};
pub(crate) use redis::{Redis, free_port};

/// A hub whose methods do what the recorded one's do.
pub(crate) struct Wire;

#[allow(clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub]
impl Wire {
    fn hello(&self) {}

    async fn to_all(&self, hub: Hub, text: Option<String>) -> Result<(), HubError> {
        hub.clients().all().send("Receive", (text,)).await
    }

    async fn to_others(&self, hub: Hub, text: String) -> Result<(), HubError> {
        hub.clients().others().send("Receive", (text,)).await
    }

    async fn to_others_in_group(&self, hub: Hub, group: String, text: String) -> Result<(), HubError> {
        hub.clients().others_in_group(group).send("Receive", (text,)).await
    }

    async fn join(&self, hub: Hub, group: String) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), group).await
    }

    async fn leave(&self, hub: Hub, group: String) -> Result<(), HubError> {
        hub.groups().remove(hub.connection_id(), group).await
    }

    async fn join_other(&self, hub: Hub, id: String, group: String) -> Result<(), HubError> {
        hub.groups().add(id, group).await
    }

    async fn leave_other(&self, hub: Hub, id: String, group: String) -> Result<(), HubError> {
        hub.groups().remove(id, group).await
    }

    async fn ask_client(&self, hub: Hub, id: String, prompt: String) -> Result<String, HubError> {
        hub.clients().client(id).ask("Ask", (prompt,)).await
    }

    fn abort(&self, hub: Hub) {
        hub.abort();
    }

    async fn on_disconnected(&self, hub: Hub) -> Result<(), HubError> {
        let left = (hub.connection_id().as_str(), None::<String>);
        hub.clients().group("watchers").send("Left", left).await
    }
}

/// One server of the hub.
pub(crate) struct Server {
    pub(crate) hub: HubServer<Wire>,
    pub(crate) redis: RedisBackplane,
}

impl Server {
    pub(crate) async fn start(redis: &Redis) -> Self {
        Self::with(RedisBackplane::builder(&redis.url())).await
    }

    pub(crate) async fn with(builder: RedisBackplaneBuilder) -> Self {
        Self::over(builder.hub_name("P").connect().await.unwrap())
    }

    pub(crate) fn over(redis: RedisBackplane) -> Self {
        let hub = HubServer::builder(Wire).enable_detailed_errors(true).backplane(redis.clone()).build();
        Self { hub, redis }
    }

    pub(crate) fn handle(&self) -> HubHandle<Wire> {
        self.hub.handle()
    }

    /// Says `Mark` to all, behind everything that this server said before.
    pub(crate) async fn mark(&self, name: &str) {
        self.handle().clients().all().send("Mark", (name,)).await.unwrap();
    }
}

/// Waits for what must come soon.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("nothing comes any more")
}

/// Waits until something is so.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    in_time(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
