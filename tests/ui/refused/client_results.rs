#![allow(unused)]

use hub_server::{Connecting, Hub, HubError, HubServer, hub, hub_client};

#[hub_client]
trait ChatClient {
    async fn ask_name(&self, prompt: &str) -> String;
    async fn ask_age(&self) -> Age;
}

struct Age(u8);

struct ChatHub;

#[hub(client = ChatClient)]
impl ChatHub {
    async fn on_connected(&self, hub: Hub<dyn ChatClient, Connecting>) -> Result<(), HubError> {
        hub.clients().caller().ask_name("Who are you?").await?;
        Ok(())
    }

    async fn ask_everybody(&self, hub: Hub<dyn ChatClient>) -> Result<String, HubError> {
        hub.clients().all().ask_name("Who are you?").await
    }

    async fn ask_by_name(&self, hub: Hub<dyn ChatClient>) -> Result<String, HubError> {
        hub.clients().group("room").ask::<String, _>("AskName", ("Who are you?",)).await
    }
}

fn main() {
    HubServer::new(ChatHub);
}
