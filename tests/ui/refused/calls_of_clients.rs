#![allow(unused)]

use hub_server::{Hub, HubError, HubServer, hub, hub_client};

#[hub_client]
pub trait ChatClient {
    async fn receive_message(&self, user: &str, message: &str);
}

struct ChatHub;

#[hub(client = ChatClient)]
impl ChatHub {
    async fn send(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
        hub.clients().all().receive_message("Ada").await?;
        hub.clients().all().receive_message("Ada", 5).await?;
        hub.clients().all().receive_nothing().await?;
        hub.clients().all().send("ReceiveMessage", "Ada").await
    }

    async fn untyped(&self, hub: Hub) {}
}

fn main() {
    HubServer::new(ChatHub);
}
