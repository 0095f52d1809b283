//! What every message must hold in either protocol, and payloads to read messages as.

use hub_core::protocol::{DateTime, Frame, HubProtocol, Invocation, Message, MessagePackExtension, Outcome, RawValue};
use serde::{Deserialize, Serialize};

/// A payload with much in it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Complex {
    user_name: Option<String>,
    pub(crate) value: i32,
    ratio: Option<f32>,
    tags: Option<Vec<String>>,
    child: Option<Box<Complex>>,
    kind: Option<Kind>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(i64, char),
    Struct { when: DateTime },
    Extended(MessagePackExtension),
}

/// Reads every payload as many types.
pub(crate) fn check_payloads(message: &Message<'_>, check_value: impl Fn(&RawValue<'_>)) {
    match message {
        Message::Invocation(call) | Message::StreamInvocation(call) => check_arguments(call),
        Message::StreamItem { item: value, .. } | Message::Completion { outcome: Outcome::Result(value), .. } => {
            check_value(value);
        }
        _ => {}
    }
}

fn check_arguments(call: &Invocation<'_>) {
    let (mut as_values, mut as_texts) = (call.arguments, call.arguments);
    let mut count = 0;
    while let Some(value) = as_values.next::<serde_json::Value>() {
        let text = as_texts.next::<String>().expect("there are as many");
        match (value, text) {
            (value, Ok(text)) => assert_eq!(value, Ok(text.into())),
            // In MessagePack a timestamp is no text, but reads as one where anything may come.
            (Ok(serde_json::Value::String(_)), Err(error)) => {
                assert!(call.arguments.leading_count().is_some(), "{error}");
            }
            _ => {}
        }
        count += 1;
    }
    assert_eq!(count, call.arguments.count());
    match call.arguments.leading_count() {
        None => {}
        Some(Ok(leading)) => assert_eq!(leading, count),
        Some(Err(_)) => assert_eq!(count, 0),
    }
}

/// What was read can be written, and what was written can be read, always the same.
pub(crate) fn check_round_trip<T: Serialize + for<'de> Deserialize<'de>>(protocol: &HubProtocol, value: &T) {
    let once = write_result(protocol, value);
    let Ok(Message::Completion { outcome: Outcome::Result(result), .. }) = protocol.parse(unframed(protocol, &once))
    else {
        panic!("no result: {}", show(&once))
    };
    let again: T = result.deserialize().unwrap_or_else(|error| panic!("{error}: {}", show(&once)));
    assert_eq!(once, write_result(protocol, &again));
}

fn write_result<T: Serialize>(protocol: &HubProtocol, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    protocol.write_result(&mut out, "1", value).expect("what was read can be written");
    out
}

/// A message that is written anew is the same message, and is written the same from then on. `check_written` sees it.
pub(crate) fn check_rewriting(
    protocol: &HubProtocol,
    message: &Message<'_>,
    input: &[u8],
    check_written: impl Fn(&[u8]),
) {
    let Some(written) = rewrite(protocol, message) else { return };
    let text = unframed(protocol, &written);
    check_written(text);
    let again = protocol.parse(text).unwrap_or_else(|error| panic!("{error}: {} from {}", show(text), show(input)));
    assert_eq!(rewrite(protocol, &again).as_ref(), Some(&written), "{}", show(input));
}

/// The only message of some bytes.
fn unframed<'a>(protocol: &HubProtocol, written: &'a [u8]) -> &'a [u8] {
    match protocol.frame(written, None) {
        Frame::Complete { message, consumed } if consumed == written.len() => &written[message],
        other => panic!("{other:?}: {}", show(written)),
    }
}

/// Writes the message anew; `None` if its payloads cannot be read (J-37).
fn rewrite(protocol: &HubProtocol, message: &Message<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match message {
        Message::Invocation(call) => {
            protocol.write_invocation(&mut out, call.id.as_deref(), &call.target, &(values(call)?,)).ok()?;
        }
        Message::StreamInvocation(call) => {
            let ids: Vec<&str> = call.stream_ids.iter().map(AsRef::as_ref).collect();
            let id = call.id.as_deref().unwrap_or_default();
            protocol.write_stream_invocation(&mut out, id, &call.target, &(values(call)?,), &ids).ok()?;
        }
        // JSON has no way to write it.
        Message::StreamItem { id, .. } if id.is_empty() => return None,
        Message::StreamItem { id, item } => {
            protocol.write_stream_item(&mut out, id, &item.deserialize::<serde_json::Value>().ok()?).ok()?;
        }
        Message::Completion { id, outcome: Outcome::Result(result) } => {
            protocol.write_result(&mut out, id, &result.deserialize::<serde_json::Value>().ok()?).ok()?;
        }
        Message::Completion { id, outcome: Outcome::Error(error) } => protocol.write_error(&mut out, id, error),
        Message::Completion { id, .. } => protocol.write_void(&mut out, id),
        Message::CancelInvocation { id } => protocol.write_cancel(&mut out, id),
        Message::Ping => protocol.write_ping(&mut out),
        Message::Close { error, allow_reconnect } => {
            protocol.write_close(&mut out, error.as_deref(), *allow_reconnect);
        }
        Message::Ack { sequence_id } => protocol.write_ack(&mut out, u64::try_from(*sequence_id).ok()?),
        Message::Sequence { sequence_id } => protocol.write_sequence(&mut out, u64::try_from(*sequence_id).ok()?),
        _ => return None,
    }
    Some(out)
}

/// The only argument, or all of them as one: so that what was rewritten is rewritten to the same. One level more must
/// not be too deep.
fn values(call: &Invocation<'_>) -> Option<serde_json::Value> {
    let mut arguments = call.arguments;
    let mut values = Vec::new();
    while let Some(value) = arguments.next::<serde_json::Value>() {
        values.push(value.ok()?);
    }
    if values.len() == 1 { values.pop() } else { Some(values.into()).filter(|all| levels(all) <= 62) }
}

fn levels(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(elements) => 1 + elements.iter().map(levels).max().unwrap_or_default(),
        serde_json::Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or_default(),
        _ => 0,
    }
}

pub(crate) fn show(input: &[u8]) -> String {
    input.escape_ascii().to_string()
}
