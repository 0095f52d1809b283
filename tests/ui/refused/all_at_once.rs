//! Six mistakes of one block, six errors, each at its own place.

#![allow(unused)]

use hub_server::{Hub, HubServer, hub};

struct Opaque;

struct ChatHub;

#[hub(rename_al = "camelCase")]
impl ChatHub {
    fn exclusive(&mut self) {}

    fn generic<T>(&self, value: T) {}

    async fn borrowed(&self, text: &str) {}

    fn opaque(&self, value: Opaque) {}

    async fn send(&self, hub: Hub) {}

    #[hub(name = "SEND")]
    async fn send_too(&self, hub: Hub) {}
}

fn main() {
    HubServer::new(ChatHub);
}
