#![allow(unused)]

use hub_server::{Hub, HubServer, UploadStream, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    fn greet(&self, #[hub(optional)] name: Option<String>, times: u8) {}

    fn look(&self, #[hub(optional)] first: Option<u8>, hub: Hub, #[hub(optional)] last: Option<u8>) {}

    fn valued(&self, #[hub(optional = 5)] number: Option<u8>) {}

    fn borrowed(&self, #[hub(optional)] name: Option<&str>) {}
}

fn main() {
    HubServer::new(ChatHub);
}
