#![allow(unused)]

use futures_util::Stream;
use hub_server::{Hub, UploadStream, hub_server};
use serde::{Deserialize, Serialize};

trait Base {}

struct Opaque;

#[hub_server]
pub trait ChatServer: Base {
    const LIMIT: usize;

    fn not_async(&self) -> u8;

    async fn stream(&self) -> impl Stream<Item = u8>;

    async fn result(&self) -> std::io::Result<Vec<u8>>;

    async fn no_value(&self) -> Result<(), std::fmt::Error>;

    fn no_items(&self) -> impl Stream;

    async fn hub_stream(&self, numbers: UploadStream<u8>);

    async fn borrowed_items(&self, texts: impl Stream<Item = &str>);

    async fn generic(&self, text: impl Into<String>);

    async fn borrows(&self) -> &str;

    async fn sometimes(&self, #[cfg(unix)] signal: u8);

    async fn with_a_body(&self) {}

    async fn no_receiver();

    #[hub_server(nam = "a")]
    async fn unknown_option(&self);

    #[hub_server(name = "not_async")]
    async fn twice(&self);

    #[hub_client(name = "b")]
    async fn other_attribute(&self);
}

#[hub_server]
trait Types {
    async fn argument(&self, fine: u8, wrong: Opaque);
    async fn result(&self) -> Opaque;
    fn items(&self) -> impl Stream<Item = Opaque>;
    async fn upload(&self, items: impl Stream<Item = Opaque>);
}

#[hub_server]
struct NotATrait;

fn main() {}
