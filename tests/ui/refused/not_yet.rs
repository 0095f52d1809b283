#![allow(unused)]

use hub_server::{HubError, HubServer, hub, hub_client};

trait Stream {
    type Item;
}

struct UploadStream<T>(T);

struct ChatHub;

#[hub]
impl ChatHub {
    fn counter(&self) -> impl Stream<Item = u32> {
        struct Empty;
        impl Stream for Empty {
            type Item = u32;
        }
        Empty
    }

    async fn maybe_counter(&self) -> Result<impl Stream<Item = u32> + use<'_>, HubError> {
        Ok(self.counter())
    }

    async fn total(&self, numbers: UploadStream<i64>) -> i64 {
        numbers.0
    }

    fn greet(&self, #[hub(optional)] name: Option<String>) {}

    #[hub(authorize(role = "admin"))]
    fn stop(&self) {}
}

#[hub_client]
trait ChatClient {
    async fn ask_name(&self, prompt: &str) -> String;
}

fn main() {
    HubServer::new(ChatHub);
}
