//! What the hubs send, take and return.

use std::time::Duration;

use bytes::Bytes;
use hub_server::{ConnectionId, DateTime, hub_client};
use serde::{Deserialize, Serialize};

use super::guid::Guid;

/// The calls of a [`WireHub`](super::hub::WireHub) to its clients.
#[hub_client]
pub trait WireClient {
    /// A message of another client.
    async fn receive(&self, message: Option<&str>);
    /// A greeting, to who asks for one while connecting.
    async fn welcome(&self, connection_id: &ConnectionId);
    /// A connection has ended.
    async fn left(&self, connection_id: &ConnectionId, error: Option<&str>);
    /// The client's cancellation of an endless stream has arrived.
    async fn stream_canceled(&self);
    /// A question.
    async fn ask(&self, prompt: Option<&str>) -> Option<String>;
    /// A question for a number.
    async fn ask_int(&self, prompt: Option<&str>) -> i32;
}

/// The calls of a [`TestHub`](super::test_hub::TestHub) to its clients.
#[hub_client]
pub trait TestClient {
    /// The text that the caller sent.
    async fn message(&self, text: Option<&str>);
    /// The client's cancellation of an endless stream has arrived.
    async fn stream_canceled(&self);
    /// The object that the caller sent.
    async fn custom_object(&self, object: &CustomObject);
}

/// An object with every kind of member.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Complex {
    name: Option<String>,
    value: i32,
    ratio: Option<f64>,
    tags: Option<Vec<Option<String>>>,
    child: Option<Box<Complex>>,
}

/// What a connection is.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    pub(super) connection_id: ConnectionId,
    pub(super) user: Option<String>,
    pub(super) name: Option<String>,
    pub(super) transport: &'static str,
    pub(super) roles: Vec<String>,
}

/// An object of the official tests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomObject {
    name: Option<String>,
    value: i32,
}

/// Another object of the official tests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ComplexObject {
    string: Option<String>,
    int_array: Option<Vec<i32>>,
    byte_array: Option<Bytes>,
    date_time: DateTime,
    #[serde(rename = "GUID")]
    guid: Guid,
}

impl ComplexObject {
    /// The one that the official tests expect.
    pub(super) fn of_the_tests() -> Self {
        let beginning_of_2000 = Duration::from_secs(946_684_800);
        Self {
            string: Some("hello world".to_owned()),
            int_array: Some(vec![1, 2, 3]),
            byte_array: Some(Bytes::from_static(&[1, 2, 3])),
            date_time: DateTime::from_system_time(std::time::UNIX_EPOCH + beginning_of_2000).unwrap_or_default(),
            guid: Guid::new([0, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 0]),
        }
    }
}
