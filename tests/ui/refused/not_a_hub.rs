#![allow(unused)]

use hub_server::HubServer;

struct ChatHub;

impl ChatHub {
    fn send(&self) {}
}

fn main() {
    HubServer::new(ChatHub);
}
