#![allow(unused)]

use std::rc::Rc;

use hub_server::{HubServer, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    async fn stays_on_its_thread(&self) -> usize {
        let local = Rc::new(1);
        std::future::ready(()).await;
        *local
    }

    async fn on_connected(&self) {
        let local = Rc::new(1);
        std::future::ready(()).await;
        drop(local);
    }
}

fn main() {
    HubServer::new(ChatHub);
}
