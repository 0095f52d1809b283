#![allow(unused)]

use hub_server::{HubServer, hub};

struct ChatHub;

#[hub]
impl ChatHub {
    #[hub(authorize(admin))]
    fn a(&self) {}

    #[hub(authorize(role = "admin", group = "staff"))]
    fn b(&self) {}

    #[hub(authorize(roles = []))]
    fn c(&self) {}

    #[hub(authorize(policy = Adults))]
    fn d(&self) {}

    #[hub(authorize())]
    fn e(&self) {}

    #[hub(authorize)]
    fn on_connected(&self) {}
}

fn main() {
    HubServer::new(ChatHub);
}
