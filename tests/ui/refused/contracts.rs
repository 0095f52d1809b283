#![allow(unused)]

use hub_server::{HubServer, hub, hub_client};

trait Base {}

#[hub_client]
pub trait ChatClient: Base + Send {
    const LIMIT: usize;
    type Text;

    fn not_async(&self);

    async fn with_a_body(&self) {}

    async fn pattern(&self, (x, y): (u8, u8));

    async fn borrows(&self) -> &str;

    async unsafe fn careless(&self);
}

struct ChatHub;

#[hub(client = ChatClient)]
impl ChatHub {
    async fn send(&self, hub: hub_server::Hub<dyn ChatClient>) {
        let _ = hub.clients().all().not_async().await;
        let _ = hub.clients().all().pattern((1, 2)).await;
        let _ = hub.clients().all().borrows().await;
    }
}

fn main() {
    HubServer::new(ChatHub);
}
