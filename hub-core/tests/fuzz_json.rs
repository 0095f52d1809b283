//! Damaged messages and handshakes: nothing panics, and `serde_json` agrees on what is JSON.
//!
//! `FUZZ_INPUTS=1000000 cargo test --release -p hub-core --test fuzz_json` for a long run.

mod mutation;

use std::collections::BTreeMap;

use hub_core::protocol::{DateTime, Frame, HubProtocol, Message, Outcome, ProtocolError, RawValue, handshake};
use mutation::messages::{Complex, check_payloads, check_rewriting, check_round_trip, show};
use mutation::{Material, damage};
use serde::de::IgnoredAny;

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

const MATERIAL: Material<'_, str> = Material { seeds: MESSAGES, fragments: FRAGMENTS, brackets: (b'[', b']') };

#[test]
fn damaged_messages() {
    damage(0x5EED_0001, &MATERIAL, check_message);
}

/// Parses one input, checks what must hold, and says whether it was a message.
fn check_message(input: &[u8]) -> bool {
    let protocol = HubProtocol::json();
    check_frame(&protocol, input);
    let parsed = protocol.parse(input);
    check_against_serde(input, parsed.as_ref().map(|_| ()), "Error reading JSON.");
    let Ok(message) = parsed else { return false };
    check_payloads(&message, check_value);
    check_rewriting(&protocol, &message, input, |text| {
        serde_json::from_slice::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{error}: {}", show(text)));
    });
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

/// Reads a payload as many types, and compares with `serde_json` where both should agree.
fn check_value(value: &RawValue<'_>) {
    let protocol = HubProtocol::json();
    let ours = value.deserialize::<serde_json::Value>();
    match (ours, serde_json::from_slice::<serde_json::Value>(value.bytes())) {
        (Ok(ours), Ok(theirs)) => assert_eq!(normal(ours), normal(theirs), "{}", show(value.bytes())),
        (Ok(_), Err(error)) => panic!("{error}: {}", show(value.bytes())),
        (Err(error), Ok(_)) => panic!("{error}: {}", show(value.bytes())),
        (Err(_), Err(_)) => {}
    }
    let _ = value.deserialize::<Complex>().map(|complex| check_round_trip(&protocol, &complex));
    let _ = value.deserialize::<BTreeMap<String, Option<i64>>>().map(|map| check_round_trip(&protocol, &map));
    let _ = value.deserialize::<Vec<Option<f64>>>().map(|list| check_round_trip(&protocol, &list));
    let _ = value.deserialize::<DateTime>().map(|time| check_round_trip(&protocol, &time));
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

#[test]
fn damaged_handshakes() {
    damage(0x5EED_0002, &Material { seeds: HANDSHAKES, ..MATERIAL }, check_handshake);
}

/// Reads one input as either part of a handshake, and says whether it was a request.
fn check_handshake(input: &[u8]) -> bool {
    let response = handshake::parse_response(input);
    check_against_serde(input, response.as_ref().map(|_| ()), "Malformed JSON");
    let request = handshake::parse_request(input);
    check_against_serde(input, request.as_ref().map(|_| ()), "Malformed JSON");
    let Ok(request) = request else { return false };
    let mut written = Vec::new();
    handshake::write_request(&mut written, &request.protocol, request.version);
    let text = written.strip_suffix(b"\x1e").expect("a request ends with its separator");
    assert_eq!(handshake::parse_request(text), Ok(request));
    true
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
