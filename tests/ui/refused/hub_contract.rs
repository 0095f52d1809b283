#![allow(unused)]

use futures_util::{Stream, stream};
use hub_server::{Hub, HubError, UploadStream, hub, hub_server};

#[hub_server]
pub trait ChatServer {
    async fn fine(&self, text: &str) -> usize;
    async fn missing(&self, room: &str, lines: &[&str]) -> Vec<u8>;
    fn also_missing(&self, numbers: impl Stream<Item = i64>) -> impl Stream<Item = u32>;
    async fn renamed(&self);
    async fn renamed_by_both(&self);
    async fn other_type(&self, first: &str, second: u8, third: u8);
    async fn other_order(&self, user: &str, age: u8);
    async fn too_few(&self, user: &str, message: &str);
    async fn too_many(&self, user: &str);
    async fn other_items(&self, numbers: impl Stream<Item = i64>);
    async fn no_upload(&self, numbers: impl Stream<Item = i64>);
    async fn other_result(&self) -> u8;
    async fn no_result(&self) -> u8;
    async fn other_value(&self) -> u8;
    async fn stream_for_value(&self) -> u8;
    fn value_for_stream(&self) -> impl Stream<Item = u8>;
    fn other_stream(&self) -> impl Stream<Item = u8>;
    async fn other_optional(&self, user: &str, limit: u8);
    async fn skipped(&self);
}

struct ChatHub;

#[hub(server = ChatServer)]
impl ChatHub {
    async fn fine(&self, hub: Hub, text: String) -> Result<usize, HubError> {
        Ok(text.len())
    }

    #[hub(name = "Other")]
    fn renamed(&self) {}

    #[hub(name = "Both")]
    fn renamed_by_both(&self) {}

    fn other_type(&self, first: u32, hub: Hub, second: u8, third: Option<u8>) {}

    fn other_order(&self, age: u8, user: String) {}

    fn too_few(&self, user: String) {}

    fn too_many(&self, user: String, message: String) {}

    fn other_items(&self, numbers: UploadStream<u8>) {}

    fn no_upload(&self, numbers: Vec<i64>) {}

    fn other_result(&self) -> Result<u16, HubError> {
        Ok(0)
    }

    fn no_result(&self) {}

    async fn other_value(&self) -> String {
        String::new()
    }

    fn stream_for_value(&self) -> impl Stream<Item = u8> + use<> {
        stream::empty()
    }

    fn value_for_stream(&self) -> u8 {
        0
    }

    fn other_stream(&self) -> Result<impl Stream<Item = Result<u16, HubError>> + use<>, HubError> {
        Ok(stream::empty())
    }

    fn other_optional(&self, user: String, #[hub(optional)] limit: Option<u8>) {}

    #[hub(skip)]
    fn skipped(&self) {}
}

trait Plain {}

struct PlainHub;

#[hub(server = Plain)]
impl PlainHub {
    fn anything(&self) {}
}

struct NoHub;

#[hub(server = 5)]
impl NoHub {
    fn anything(&self) {}
}

fn main() {}
