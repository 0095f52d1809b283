#![allow(unused)]

use hub_server::{HubServer, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    fn greet(&self, #[hub(optional)] name: Option<String>) {}

    #[hub(authorize(role = "admin"))]
    fn stop(&self) {}
}

fn main() {
    HubServer::new(ChatHub);
}
