#![allow(unused)]

use hub_server::{HubServer, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    fn first(&self) {}
}

#[hub]
impl ChatHub {
    fn second(&self) {}
}

fn main() {
    HubServer::new(ChatHub);
}
