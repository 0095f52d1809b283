#![allow(unused)]

use hub_server::{HubError, HubServer, hub};

struct Opaque;

struct ChatHub;

#[hub]
impl ChatHub {
    fn gives(&self) -> Opaque {
        Opaque
    }

    async fn may_give(&self) -> Result<Opaque, HubError> {
        Ok(Opaque)
    }

    async fn fails(&self) -> Result<u8, Opaque> {
        Err(Opaque)
    }
}

fn main() {
    HubServer::new(ChatHub);
}
