//! The smallest hub: what one client says, all are told.
use axum::Router;
use hub_server::{Hub, HubError, HubServer, RouterExt, hub, hub_client};

#[hub_client]
trait ChatClient {
    async fn receive_message(&self, user: &str, message: &str);
}

struct ChatHub;

#[hub(client = ChatClient)]
impl ChatHub {
    async fn send_message(&self, hub: Hub<dyn ChatClient>, user: String, message: String) -> Result<(), HubError> {
        hub.clients().all().receive_message(&user, &message).await
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route_hub("/chathub", HubServer::new(ChatHub));
    hub_server::serve(hub_server::listen("127.0.0.1:5000").await?, app).await
}
