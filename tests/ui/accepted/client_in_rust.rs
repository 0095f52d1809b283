//! A contract is an ordinary trait for whoever implements it, and a hub can live anywhere.

#![deny(warnings)]

use hub_server::{HubClient, HubServer, Many, hub, hub_client};

/// The screens of the chat.
#[hub_client]
trait Screen {
    async fn show(&self, text: &str, times: u8);
    async fn clear(&self);
}

struct Terminal;

impl Screen for Terminal {
    async fn show(&self, text: &str, times: u8) {
        std::future::ready(()).await;
        print!("{}", text.repeat(times.into()));
    }

    async fn clear(&self) {}
}

fn main() {
    struct LocalHub;

    #[hub(client = Screen)]
    impl LocalHub {
        fn nothing(&self) {}
    }

    drop((Terminal.show("", 0), Terminal.clear()));
    let everyone: <dyn Screen as HubClient>::Proxy<Many> = HubServer::new(LocalHub).handle().clients().all();
    let same: ScreenProxy<Many> = everyone.clone();
    drop((everyone.show("hello", 2), same.send("clear", ())));
}
