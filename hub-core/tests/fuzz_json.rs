//! Damaged messages and handshakes: nothing panics, and `serde_json` agrees on what is JSON.
//!
//! `FUZZ_INPUTS=1000000 cargo test --release -p hub-core --test fuzz_json` for a long run.

mod mutation;

use std::collections::BTreeMap;

use hub_core::protocol::{
    DateTime, Frame, HubProtocol, Invocation, Message, Outcome, PayloadError, ProtocolError, RawValue, handshake,
};
use mutation::{Material, Random, inputs, mutate};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

const MESSAGES: &[&str] = &[
    r#"{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}"#,
    r#"{"arguments":[1,-2.5e3,null,true,false,"é日😀",{"name":"n","Value":7}],"invocationId":"0","target":"X","type":1}"#,
    r#"{"type":1,"headers":{"traceparent":"00-0a-b7-01","x":""},"target":"Send","arguments":[],"streamIds":["a","b"]}"#,
    r#" { "type" : 4 , "invocationId" : "2" , "target" : "\u0043ounter" , "arguments" : [ 10 , [ ] , { } ] } "#,
    r#"{"type":2,"invocationId":"1","item":{"userName":"a","value":1,"child":{"value":2},"tags":["\ud83d\ude00"]}}"#,
    r#"{"invocationId":"1","item":[[1,[2,[3,{"a":[{}]}]]]],"type":2}"#,
    r#"{"type":3,"invocationId":"1","result":{"a":1,"A":2,"a":3,"":null}}"#,
    r#"{"error":"Whoops!\n\"\\","invocationId":"1","type":3}"#,
    r#"{"type":3,"invocationId":"1","result":"2017-04-11T01:02:03.1234567+02:00"}"#,
    r#"{"type":3,"invocationId":"1","result":"AQID"}"#,
    r#"{"type":3,"invocationId":"1"}"#,
    r#"{"type":5,"invocationId":"12"}"#,
    r#"{"type":6}"#,
    r#"{"type":7,"error":"Connection closed with an error.","allowReconnect":true}"#,
    r#"{"type":8,"sequenceId":9223372036854775807}"#,
    r#"{"sequenceId":-0,"type":9}"#,
    r#"{"x":[1e999,-0,123456789012345678901234567890,1.50],"type":6}xyz"#,
];

const HANDSHAKES: &[&str] = &[
    r#"{"protocol":"json","version":1}"#,
    r#"{"version":2,"protocol":"messagepack"}"#,
    " \t\r\n{ \"protocol\" : \"json\" ,\r\n \"version\" : 1 } \r\n",
    r#"{"a":null,"protocol":"js\u006fn","b":[1,{"protocol":"x"}],"versi\u006fn":1,"e":"x","f":1.5,"g":true}"#,
    r#"{"error":"The protocol 'X' is not supported."}"#,
    r#"{"minorVersion":1}"#,
];

const FRAGMENTS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"\\ude00",
    b"\\u0000",
    b"null",
    b"true",
    b"false",
    b"-",
    b"0",
    b"00",
    b".5",
    b"e",
    b"1e400",
    b"-0",
    b"2147483648",
    b"9223372036854775808",
    b" ",
    b"\t",
    b"\x1e",
    b"\x00",
    b"\x7f",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "é".as_bytes(),
    "😀".as_bytes(),
    b"\"type\":1,",
    b"\"type\":3",
    b"\"error\":\"\",",
    b"\"result\":null,",
    b"\"item\":1,",
    b"\"target\":\"\",",
    b"\"arguments\":[],",
    b"\"invocationId\":\"\",",
    b"\"streamIds\":[null],",
    b"\"headers\":{\"a\":\"b\"},",
    b"\"version\":null,",
    b"\"protocol\":1,",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
    b"\"value\":1,\"Value\":2,",
];

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Complex {
    user_name: Option<String>,
    value: i32,
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
}

#[test]
fn damaged_messages() {
    let material = Material { seeds: MESSAGES, fragments: FRAGMENTS, brackets: (b'[', b']') };
    let mut random = Random::new(0x5EED_0001);
    let mut accepted = 0;
    for _ in 0..inputs() {
        let input = mutate(&mut random, &material);
        accepted += usize::from(check_message(&input));
    }
    assert!(accepted > inputs() / 10, "only {accepted} were messages: the mutations are too wild to show anything");
}

/// Parses one input, checks what must hold, and says whether it was a message.
fn check_message(input: &[u8]) -> bool {
    let protocol = HubProtocol::json();
    check_frame(&protocol, input);
    let parsed = protocol.parse(input);
    check_against_serde(input, parsed.as_ref().map(|_| ()), "Error reading JSON.");
    let Ok(message) = parsed else { return false };
    check_payloads(&message);
    if let Some(written) = rewrite(&protocol, &message) {
        let text = written.strip_suffix(b"\x1e").expect("a message ends with its separator");
        serde_json::from_slice::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{error}: {}", show(text)));
        let again = protocol.parse(text).unwrap_or_else(|error| panic!("{error}: {}", show(text)));
        assert_eq!(rewrite(&protocol, &again).as_ref(), Some(&written), "{}", show(input));
    }
    true
}

fn check_frame(protocol: &HubProtocol, input: &[u8]) {
    match (protocol.frame(input, Some(64)), input.iter().position(|byte| *byte == 0x1E)) {
        (Frame::Complete { message, consumed }, Some(end)) => assert_eq!((message, consumed), (0..end, end + 1)),
        (Frame::TooLarge, end) => assert!(input.len() > 64 && end.is_none_or(|end| end >= 64)),
        (frame, end) => assert!(frame == Frame::Incomplete && end.is_none() && input.len() <= 64),
    }
}

/// `malformed` is the text of an error that says that the input is no JSON.
fn check_against_serde(input: &[u8], parsed: Result<(), &ProtocolError>, malformed: &str) {
    let is_json = starts_with_json(input);
    match parsed {
        Ok(()) => assert!(is_json, "accepted what is no JSON: {}", show(input)),
        Err(error) if error.text().starts_with(malformed) => {
            assert!(!is_json || stricter_than_serde(input), "refused what is JSON: {}", show(input));
        }
        Err(_) => {}
    }
}

/// Whether `serde_json` finds a value at the start. What is behind it does not count (J-24).
fn starts_with_json(input: &[u8]) -> bool {
    matches!(serde_json::Deserializer::from_slice(input).into_iter::<IgnoredAny>().next(), Some(Ok(_)))
}

/// `serde_json`'s limit of levels is higher, and it lets anything follow a root that is a number.
fn stricter_than_serde(input: &[u8]) -> bool {
    too_deep(input) || input.trim_ascii_start().first().is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit())
}

/// Whether brackets outside of strings are nested deeper than 64 levels in the first value.
fn too_deep(input: &[u8]) -> bool {
    let (mut levels, mut in_string, mut escaped) = (0_i32, false, false);
    input.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => levels += 1,
            b']' | b'}' if !in_string => levels -= 1,
            _ => {}
        }
        levels > 64
    })
}

/// Reads every payload as many types, and compares with `serde_json` where both should agree.
fn check_payloads(message: &Message<'_>) {
    match message {
        Message::Invocation(call) | Message::StreamInvocation(call) => check_arguments(call),
        Message::StreamItem { item: value, .. } | Message::Completion { outcome: Outcome::Result(value), .. } => {
            check_value(value);
        }
        _ => {}
    }
}

fn check_arguments(call: &Invocation<'_>) {
    let mut as_values = call.arguments;
    let mut as_texts = call.arguments;
    let mut count = 0;
    while let Some(value) = as_values.next::<serde_json::Value>() {
        let text = as_texts.next::<String>().expect("there are as many");
        if let Ok(serde_json::Value::String(expected)) = &value {
            assert_eq!(text.as_ref(), Ok(expected));
        }
        count += 1;
    }
    assert_eq!(count, call.arguments.count());
}

fn check_value(value: &RawValue<'_>) {
    let ours = value.deserialize::<serde_json::Value>();
    match (ours, serde_json::from_slice::<serde_json::Value>(value.bytes())) {
        (Ok(ours), Ok(theirs)) => assert_eq!(normal(ours), normal(theirs), "{}", show(value.bytes())),
        (Ok(_), Err(error)) => panic!("{error}: {}", show(value.bytes())),
        (Err(error), Ok(_)) => panic!("{error}: {}", show(value.bytes())),
        (Err(_), Err(_)) => {}
    }
    let _ = value.deserialize::<Complex>().map(|complex| check_round_trip(&complex));
    let _ = value.deserialize::<BTreeMap<String, Option<i64>>>().map(|map| check_round_trip(&map));
    let _ = value.deserialize::<Vec<Option<f64>>>().map(|list| check_round_trip(&list));
    let _ = value.deserialize::<DateTime>().map(|time| check_round_trip(&time));
    let _ = value.deserialize::<(u8, i128, char)>();
}

/// `serde_json` reads `-0` as a float, and the last digits of long fractions less exactly.
fn normal(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Number(number) if number.as_f64() == Some(0.0) => 0.into(),
        Value::Number(number) if number.is_f64() => format!("{:.12e}", number.as_f64().unwrap_or_default()).into(),
        Value::Array(elements) => elements.into_iter().map(normal).collect(),
        Value::Object(members) => members.into_iter().map(|(name, member)| (name, normal(member))).collect(),
        other => other,
    }
}

fn check_round_trip<T: Serialize + for<'de> Deserialize<'de>>(value: &T) {
    let protocol = HubProtocol::json();
    let mut once = Vec::new();
    protocol.write_result(&mut once, "1", value).expect("what was read can be written");
    let Ok(Message::Completion { outcome: Outcome::Result(result), .. }) = protocol.parse(&once) else {
        panic!("no result: {}", show(&once))
    };
    let again: Result<T, PayloadError> = result.deserialize();
    let mut twice = Vec::new();
    protocol.write_result(&mut twice, "1", &again.expect("what was written can be read")).expect("written once");
    assert_eq!(once, twice);
}

/// Writes the message anew; `None` if its payloads cannot be read (J-37).
fn rewrite(protocol: &HubProtocol, message: &Message<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match message {
        Message::Invocation(call) => {
            let arguments = values(call)?;
            protocol.write_invocation(&mut out, call.id.as_deref(), &call.target, &(arguments,)).ok()?;
        }
        Message::StreamInvocation(call) => {
            let ids: Vec<&str> = call.stream_ids.iter().map(AsRef::as_ref).collect();
            let arguments = values(call)?;
            let id = call.id.as_deref().unwrap_or_default();
            protocol.write_stream_invocation(&mut out, id, &call.target, &(arguments,), &ids).ok()?;
        }
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

/// The only argument, or all of them as one: so that what was rewritten is rewritten to the same.
fn values(call: &Invocation<'_>) -> Option<serde_json::Value> {
    let mut arguments = call.arguments;
    let mut values = Vec::new();
    while let Some(value) = arguments.next::<serde_json::Value>() {
        values.push(value.ok()?);
    }
    if values.len() == 1 { values.pop() } else { Some(values.into()) }
}

#[test]
fn damaged_handshakes() {
    let material = Material { seeds: HANDSHAKES, fragments: FRAGMENTS, brackets: (b'[', b']') };
    let mut random = Random::new(0x5EED_0002);
    let mut accepted = 0;
    for _ in 0..inputs() {
        let input = mutate(&mut random, &material);
        let response = handshake::parse_response(&input);
        check_against_serde(&input, response.as_ref().map(|_| ()), "Malformed JSON");
        let request = handshake::parse_request(&input);
        check_against_serde(&input, request.as_ref().map(|_| ()), "Malformed JSON");
        if let Ok(request) = request {
            let mut written = Vec::new();
            handshake::write_request(&mut written, &request.protocol, request.version);
            let text = written.strip_suffix(b"\x1e").expect("a request ends with its separator");
            assert_eq!(handshake::parse_request(text), Ok(request));
            accepted += 1;
        }
    }
    assert!(accepted > inputs() / 10, "only {accepted} were requests: the mutations are too wild to show anything");
}

/// Much work in few bytes: members that are repeated, nested or unknown must not cost more than a little each.
#[test]
fn hostile_messages_cost_no_more_than_their_size() {
    let repeated = format!("{{{}\"value\":1}}", "\"value\":1,\"x\":{},".repeat(60_000));
    let nested = (0..60).fold("{}".to_owned(), |inner, _| format!(r#"{{"tags":null,"child":{inner}}}"#));
    let wide = format!("{{{}\"value\":1}}", format!("\"child\":{nested},").repeat(500));
    for (value, expected) in [(repeated, 1), (wide, 1)] {
        let message = format!(r#"{{"type":3,"invocationId":"1","result":{value}}}"#);
        let Ok(Message::Completion { outcome: Outcome::Result(result), .. }) =
            HubProtocol::json().parse(message.as_bytes())
        else {
            panic!("no result")
        };
        let start = std::time::Instant::now();
        assert_eq!(result.deserialize::<Complex>().map(|complex| complex.value), Ok(expected));
        assert!(start.elapsed().as_secs() < 5, "{} bytes took {:?}", message.len(), start.elapsed());
    }
}

fn show(input: &[u8]) -> String {
    input.escape_ascii().to_string()
}
