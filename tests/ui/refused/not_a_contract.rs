#![allow(unused)]

use hub_server::{Hub, HubServer, hub};

trait ChatClient {}

struct ChatHub;

#[hub(client = ChatClient)]
impl ChatHub {}

struct OtherHub;

#[hub]
impl OtherHub {
    fn send(&self, hub: Hub<dyn ChatClient>) {}
}

fn main() {
    HubServer::new(ChatHub);
    HubServer::new(OtherHub);
}
