#![allow(unused)]

use hub_server::{HubServer, hub, hub_client};

struct ChatHub;

#[hub]
impl ChatHub {
    fn answer(&self) -> impl Future<Output = u8> + Send {
        async { 42 }
    }
}

#[hub_client]
trait ChatClient {
    fn receive(&self) -> impl Future<Output = ()> + Send;
}

fn main() {
    HubServer::new(ChatHub);
}
