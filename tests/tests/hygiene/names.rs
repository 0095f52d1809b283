//! Methods with names that mean something to the code around them.

use hub_server::{Hub, hub, hub_client, hub_server};

/// What clients understand.
#[hub_client]
pub(crate) trait Listener {
    /// Also the name of the untyped call.
    async fn send(&self, target: &str);
    /// A method of the proxy's `Clone`.
    async fn clone(&self);
    /// A keyword.
    async fn r#match(&self, r#type: &str, _: u8);
}

/// What the parrot does.
#[hub_server]
pub(crate) trait Repeats {
    /// The name of a local.
    async fn methods(&self, method: &str) -> String;
    /// A method of the proxy's `Clone`.
    async fn clone(&self, parameters: &str) -> String;
    /// A keyword.
    async fn r#type(&self, r#match: String) -> String;
    /// Other locals.
    async fn name(&self, hub: u8, pair: u8, value: u8, _: u8) -> u32;
}

/// Says what it hears.
#[derive(Debug)]
pub(crate) struct Parrot;

#[hub(client = Listener, server = Repeats)]
impl Parrot {
    async fn methods(&self, text: String) -> String {
        text
    }

    async fn clone(&self, hub: Hub<dyn Listener>, value: String) -> String {
        hub.clients().all().send("hello").await.unwrap();
        hub.clients().all().clone().await.unwrap();
        hub.clients().all().r#match("hello", 1).await.unwrap();
        value
    }

    fn r#type(&self, call: String) -> String {
        call
    }

    fn name(&self, hub: u8, argument_0: u8, argument_1: u8, reply: u8) -> u32 {
        [hub, argument_0, argument_1, reply].into_iter().map(u32::from).sum()
    }
}
