#![allow(unused)]

use std::fmt::Display;

use hub_server::{HubServer, hub, hub_client};

struct ChatHub;

#[hub]
impl ChatHub {
    async fn any<T>(&self, value: T) {}

    fn borrows<'a>(&self, value: u8) -> u8 {
        value
    }

    fn sized<const N: usize>(&self, value: u8) {}

    fn anonymous(&self, value: Option<impl Display>) {}
}

#[hub_client]
trait ChatClient {
    async fn any<T: Send>(&self, value: T);
    async fn anonymous(&self, value: &(impl Display + Sync));
}

#[hub_client]
trait Generic<T> {
    async fn receive(&self, value: u8);
}

fn main() {
    HubServer::new(ChatHub);
}
