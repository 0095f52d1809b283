//! A body that is being typed is the compiler's to judge, and hides nothing else.

#![allow(unused)]

use hub_server::{HubServer, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    fn typing(&self) {
        let x = ;
    }
}

fn main() {
    HubServer::new(ChatHub);
    let _: u8 = "";
}
