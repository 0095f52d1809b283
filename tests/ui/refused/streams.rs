#![allow(unused)]

use std::rc::Rc;

use futures_util::{Stream, stream};
use hub_server::{HubError, HubServer, UploadStream, hub};

struct Opaque;

struct ChatHub;

#[hub]
impl ChatHub {
    fn items(&self) -> impl Stream<Item = Opaque> + Send + use<> {
        stream::empty()
    }

    async fn fallible_items(&self) -> Result<impl Stream<Item = Result<Opaque, HubError>> + Send + use<>, HubError> {
        Ok(stream::empty())
    }

    fn wrong_error(&self) -> impl Stream<Item = Result<u8, u8>> + Send + use<> {
        stream::empty()
    }

    async fn upload(&self, items: UploadStream<Opaque>) {}
}

fn main() {
    HubServer::new(ChatHub);
}
