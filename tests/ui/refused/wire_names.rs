#![allow(unused)]

use hub_server::{HubServer, hub, hub_client};

struct ChatHub;

#[hub]
impl ChatHub {
    fn send_message(&self) {}

    #[hub(name = "sendMESSAGE")]
    fn send_to_all(&self) {}

    #[hub(name = "")]
    fn nameless(&self) {}

    fn shut_down(&self) {}

    fn shutDown(&self) {}
}

#[hub_client]
trait ChatClient {
    async fn receive_message(&self);

    #[hub_client(name = "receivemessage")]
    async fn receive(&self);
}

fn main() {
    HubServer::new(ChatHub);
}
