use hub_server::{hub, hub_client};

#[hub_client(crate = ::elsewhere)]
trait ChatClient {
    async fn receive(&self, number: u8);
}

struct ChatHub;

#[hub(client = ChatClient, crate = ::elsewhere)]
impl ChatHub {
    fn add(&self, a: u8, b: u8) {}
}

fn main() {}
