#![allow(unused)]

use hub_server::{DisconnectError, Hub, HubServer, hub, hub_client};

#[hub_client]
trait ChatClient {}

struct First;

#[hub(client = ChatClient)]
impl First {
    async fn on_connected(&self, hub: &Hub<dyn ChatClient>) {}

    async fn on_disconnected(&self, reason: Option<&DisconnectError>, other: Option<&DisconnectError>) {}
}

struct Second;

#[hub]
impl Second {
    #[hub(name = "Hello")]
    fn on_connected(&self, reason: Option<&DisconnectError>) {}

    fn on_disconnected(hub: Hub) {}
}

struct Third;

#[hub]
impl Third {
    fn on_connected(&self, name: String) -> Result<(), std::io::Error> {
        Ok(())
    }

    fn on_disconnected(&self) -> Result<String, std::io::Error> {
        Ok(String::new())
    }
}

fn main() {
    HubServer::new(First);
    HubServer::new(Second);
    HubServer::new(Third);
}
