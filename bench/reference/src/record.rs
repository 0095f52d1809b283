//! Records of the JSON protocol, by `serde_json`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wire::json::SEPARATOR;

pub(crate) const INVOCATION: u8 = 1;
pub(crate) const STREAM_INVOCATION: u8 = 4;
pub(crate) const CLOSE: u8 = 7;

const STREAM_ITEM: u8 = 2;
const COMPLETION: u8 = 3;

/// The answer to a handshake.
pub(crate) const HANDSHAKE: &str = "{}\x1e";
pub(crate) const PING: &str = "{\"type\":6}\x1e";

/// What a client sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    #[serde(rename = "type", default)]
    pub(crate) kind: u8,
    #[serde(borrow)]
    pub(crate) invocation_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) target: Cow<'a, str>,
    #[serde(borrow, default)]
    arguments: Vec<&'a RawValue>,
}

impl<'a> Request<'a> {
    /// An argument, if it is there and of that type.
    pub(crate) fn argument<T: Deserialize<'a>>(&self, index: usize) -> Option<T> {
        serde_json::from_str(self.arguments.get(index)?.get()).ok()
    }
}

/// A call of the clients' `ReceiveMessage`.
pub(crate) fn call(text: &str) -> String {
    #[derive(Serialize)]
    struct Call<'a> {
        #[serde(rename = "type")]
        kind: u8,
        target: &'a str,
        arguments: [&'a str; 1],
    }
    record(&Call { kind: INVOCATION, target: "ReceiveMessage", arguments: [text] })
}

pub(crate) fn item(invocation_id: &str, item: u64) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct StreamItem<'a> {
        #[serde(rename = "type")]
        kind: u8,
        invocation_id: &'a str,
        item: u64,
    }
    record(&StreamItem { kind: STREAM_ITEM, invocation_id, item })
}

/// A completion, with a text if the method returned one, or an error.
pub(crate) fn completion(invocation_id: &str, outcome: Result<Option<&str>, &str>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Completion<'a> {
        #[serde(rename = "type")]
        kind: u8,
        invocation_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    }
    let (result, error) = (outcome.ok().flatten(), outcome.err());
    record(&Completion { kind: COMPLETION, invocation_id, result, error })
}

fn record(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("texts and numbers can be written");
    text.push(char::from(SEPARATOR));
    text
}
