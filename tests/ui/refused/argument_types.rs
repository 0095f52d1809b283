#![allow(unused)]

use hub_server::{Hub, HubServer, hub, hub_client};

struct Opaque;

struct ChatHub;

#[hub]
impl ChatHub {
    async fn takes(&self, fine: String, wrong: Opaque) {}

    fn nested(&self, wrong: Vec<Opaque>) {}
}

#[hub_client]
trait ChatClient {
    async fn receive(&self, fine: u8, wrong: Opaque);
}

fn main() {
    HubServer::new(ChatHub);
}
