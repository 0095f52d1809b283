#![allow(unused)]

use hub_server::{HubServer, hub, hub_client};

#[hub]
pub struct ChatHub;

#[hub]
trait ChatClient {}

#[hub]
async fn send() {}

#[hub_client]
struct Client;

#[hub_client]
impl ChatHub {}

struct Other;

#[hub]
impl Default for Other {
    fn default() -> Self {
        Self
    }
}

macro_rules! methods {
    () => {
        fn hidden(&self) {}
    };
}

struct Third;

#[hub]
impl Third {
    methods!();
}

impl Third {
    #[hub(skip)]
    fn outside(&self) {}
}

fn main() {
    HubServer::new(Other::default());
    HubServer::new(Third);
}
