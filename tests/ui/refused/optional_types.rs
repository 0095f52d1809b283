#![allow(unused)]

use hub_server::{Hub, HubServer, UploadStream, hub};

struct Shape;

struct ChatHub;

#[hub]
impl ChatHub {
    fn context(&self, #[hub(optional)] hub: Hub) {}

    fn upload(&self, #[hub(optional)] numbers: UploadStream<u8>) {}

    fn draw(&self, #[hub(optional)] shape: Option<Shape>) {}
}

fn main() {
    HubServer::new(ChatHub);
}
