#![allow(unused)]

use std::collections::HashMap;

use hub_server::{Hub, HubServer, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    async fn text(&self, text: &str) {}

    fn bytes(&self, bytes: Option<&[u8]>) {}

    fn context(&self, hub: &Hub) {}

    fn map(&self, map: HashMap<String, &'static u32>) {}
}

fn main() {
    HubServer::new(ChatHub);
}
