//! The hub of the first page.

use std::sync::Mutex;

use hub_server::{ConnectionId, DisconnectError, Hub, HubError, HubServer, User, hub, hub_client};

/// What the server may call on a connected client.
#[hub_client]
pub trait ChatClient {
    async fn receive_message(&self, user: &str, message: &str);
    async fn user_joined(&self, user: &str);
}

#[derive(Default)]
pub struct ChatHub {
    messages: Mutex<Vec<String>>,
}

#[hub(client = ChatClient)]
impl ChatHub {
    async fn on_connected(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
        hub.clients().others().user_joined(hub.connection_id().as_str()).await?;
        Ok(())
    }

    fn on_disconnected(&self, hub: Hub<dyn ChatClient>, reason: Option<&DisconnectError>) {
        let _ = (hub, reason);
    }

    async fn send_message(&self, hub: Hub<dyn ChatClient>, user: String, message: String) -> Result<(), HubError> {
        self.messages.lock().unwrap().push(message.clone());
        hub.clients().all().receive_message(&user, &message).await?;
        Ok(())
    }

    async fn join_room(&self, hub: Hub<dyn ChatClient>, room: String) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), &room).await?;
        hub.clients().others_in_group(&room).user_joined("somebody").await
    }

    fn who_am_i(&self, id: ConnectionId, user: User) -> String {
        let _ = user;
        id.as_str().to_owned()
    }

    #[hub(name = "Shutdown")]
    async fn stop_everything(&self) {}

    #[hub(skip)]
    pub fn new() -> Self {
        Self::default()
    }
}

fn main() {
    let chat = HubServer::new(ChatHub::new());
    let _everywhere = chat.handle();
}
