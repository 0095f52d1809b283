//! Methods and parameters that are there only sometimes.

#![allow(clippy::non_minimal_cfg, reason = "what is there needs a condition too")]

use hub_server::{DisconnectError, Hub, hub, hub_client, hub_server};

/// What clients understand.
#[hub_client]
pub(crate) trait Listener {
    /// Something was said.
    async fn heard(&self, #[cfg(any())] gone: Missing, text: &str, #[cfg(all())] there: u8);

    /// Does not exist.
    #[cfg(any())]
    async fn gone(&self, gone: Missing);

    /// Still exists.
    #[deprecated = "nobody listens"]
    async fn old(&self);
}

/// Never exists.
#[hub_client]
#[cfg(any())]
pub(crate) trait Gone {
    async fn heard(&self, text: Missing);
}

/// What the parrot does.
#[hub_server]
#[cfg(all())]
pub(crate) trait Repeats {
    /// Says it again.
    async fn echo(&self, text: &str) -> String;

    /// Does not exist.
    #[cfg(any())]
    async fn gone(&self, gone: Missing) -> Missing;

    /// Does exist.
    #[cfg(all())]
    #[hub_server(name = "Either")]
    async fn other(&self);

    /// One of two.
    #[cfg(any())]
    async fn nothing(&self, gone: Missing);

    /// The other one.
    #[cfg(all())]
    async fn nothing(&self);

    /// Still exists.
    #[deprecated = "say nothing"]
    async fn old(&self);
}

/// Never exists.
#[hub_server]
#[cfg(any())]
pub(crate) trait GoneToo {
    async fn gone(&self, text: Missing);
}

/// Says what it hears.
#[derive(Debug)]
pub(crate) struct Parrot;

#[hub(client = Listener, server = Repeats)]
#[cfg(all())]
impl Parrot {
    #[cfg(any())]
    fn on_connected(&self, gone: Missing) {}

    #[cfg(all())]
    fn on_connected(&self, #[cfg(any())] gone: Missing, hub: Hub<dyn Listener>) {
        drop(hub.clients().all().heard("hello", 1));
    }

    fn on_disconnected(&self, #[cfg(any())] gone: Missing, #[cfg(all())] _: Option<&DisconnectError>) {}

    fn echo(&self, #[cfg(any())] gone: Missing, #[cfg(all())] text: String, #[cfg(any())] missing: Missing) -> String {
        text
    }

    #[cfg(any())]
    fn gone(&self, gone: Missing) {}

    #[cfg(any())]
    #[hub(name = "Either")]
    fn either(&self) {}

    #[cfg(all())]
    #[hub(name = "Either")]
    fn other(&self) {}

    #[deprecated = "say nothing"]
    async fn old(&self) {}

    fn nothing(&self, #[cfg(any())] gone: Missing) {}
}

/// Never a hub.
#[hub]
#[cfg(any())]
impl Missing {
    fn gone(&self) {}
}
