#![allow(unused)]

use std::sync::Arc;

use hub_server::{HubServer, hub, hub_client};

struct ChatHub;

#[hub]
impl ChatHub {
    fn new() -> Self {
        Self
    }

    async fn exclusive(&mut self, text: String) {}

    fn by_value(mut self) {}

    fn shared(self: Arc<Self>) {}

    async fn forgotten(text: String) {}

    fn on_connected(&mut self) {}
}

#[hub_client]
trait ChatClient {
    async fn exclusive(&mut self);
    async fn by_value(self);
    async fn forgotten(text: &str);
}

fn main() {
    HubServer::new(ChatHub::new());
}
