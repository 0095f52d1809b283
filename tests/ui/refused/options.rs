#![allow(unused)]

use hub_server::{HubServer, hub, hub_client};

#[hub_client(rename_al = "camelCase", crate = "::hub_server", client = ChatClient)]
trait ChatClient {
    #[hub_client(nam = "a")]
    async fn a(&self);

    #[hub(name = "b")]
    async fn b(&self);
}

struct ChatHub;

#[hub(clint = ChatClient, rename_all = "camel", rename_all = "camelCase", client)]
impl ChatHub {
    #[hub(skip = true)]
    fn a(&self) {}

    #[hub]
    fn b(&self) {}

    #[hub(name = B)]
    fn c(&self, #[hub(default)] d: u8) {}

    #[hub(name = "d", name = "e")]
    fn d(&self) {}

    #[cfg_attr(all(), hub(skip))]
    fn e(&self) {}
}

fn main() {
    HubServer::new(ChatHub);
}
