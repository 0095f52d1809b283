//! Messages that are accepted (M-10…M-27).

use super::{hex, to_hex};
use crate::protocol::{HubProtocol, Invocation, Message, Outcome};

/// The message in few words.
fn brief(digits: &str) -> String {
    let bytes = hex(digits);
    match HubProtocol::message_pack().parse(&bytes).unwrap_or_else(|error| panic!("{digits}: {error}")) {
        Message::Invocation(call) => format!("call {}", brief_call(call)),
        Message::StreamInvocation(call) => format!("stream {}", brief_call(call)),
        Message::StreamItem { id, item } => format!("item {id} {}", to_hex(item.bytes())),
        Message::Completion { id, outcome: Outcome::Void } => format!("void {id}"),
        Message::Completion { id, outcome: Outcome::Result(result) } => {
            format!("result {id} {}", to_hex(result.bytes()))
        }
        Message::Completion { id, outcome: Outcome::Error(error) } => format!("error {id} {error}"),
        Message::CancelInvocation { id } => format!("cancel {id}"),
        Message::Ping => "ping".into(),
        Message::Close { error, allow_reconnect } => format!("close {error:?} {allow_reconnect}"),
        Message::Ack { sequence_id } => format!("ack {sequence_id}"),
        Message::Sequence { sequence_id } => format!("sequence {sequence_id}"),
        Message::Unknown => "unknown".into(),
    }
}

fn brief_call(mut call: Invocation<'_>) -> String {
    assert_eq!(call.flaw, None);
    assert_eq!(call.arguments.leading_count(), Some(Ok(call.arguments.count())));
    let mut arguments = Vec::new();
    while let Some(argument) = call.arguments.next::<serde_json::Value>() {
        arguments.push(argument.unwrap().to_string());
    }
    assert_eq!(arguments.len(), call.arguments.count());
    format!("{:?} {}({}) {:?} {:?}", call.id, call.target, arguments.join(","), call.stream_ids, call.headers)
}

fn assert_brief(cases: &[(&str, &str)]) {
    for (digits, expected) in cases {
        assert_eq!(brief(digits), *expected, "{digits}");
    }
}

/// An invocation of `Echo` with "x".
const ECHO: &str = r#"call Some("1") Echo("x") [] []"#;

#[test]
fn missing_and_surplus_items() {
    assert_brief(&[
        ("96 01 80 a131 a44563686f 91a178 90", ECHO),
        ("95 01 80 a131 a44563686f 91a178", ECHO),
        ("97 01 80 a131 a44563686f 91a178 90 a46d6f7265", ECHO),
        ("99 01 80 a131 a44563686f 91a178 90 81a1619101 c0 07", ECHO),
        ("96 01 80 a131 a44563686f 91a178 90 c0c0c1ff", ECHO),
        ("95 04 80 a131 a44563686f 91a178", r#"stream Some("1") Echo("x") [] []"#),
        ("98 04 80 a131 a44563686f 91a178 90 01 02", r#"stream Some("1") Echo("x") [] []"#),
        ("93 06 a178 80", "ping"),
        ("93 08 01 02", "ack 1"),
        ("94 05 80 a161 01", "cancel a"),
        ("95 02 80 a161 01 02", "item a 01"),
        ("95 03 80 a161 02 a178", "void a"),
        ("92 07 c0", "close None false"),
        ("94 07 c0 c3 a178", "close None true"),
    ]);
}

#[test]
fn every_encoding_of_an_item() {
    assert_brief(&[
        ("dc0006 01 80 a131 a44563686f 91a178 90", ECHO),
        ("dd00000006 01 80 a131 a44563686f 91a178 90", ECHO),
        ("96 cc01 80 a131 a44563686f 91a178 90", ECHO),
        ("96 d30000000000000001 80 a131 a44563686f 91a178 90", ECHO),
        ("96 01 df00000000 a131 a44563686f 91a178 90", ECHO),
        ("96 01 80 d90131 da00044563686f 91a178 90", ECHO),
        ("96 01 80 db0000000131 db000000044563686f 91a178 90", ECHO),
        ("96 01 80 a131 a44563686f dc0001a178 dc0000", ECHO),
        ("96 01 80 a131 a44563686f dd00000001da000178 dd00000000", ECHO),
        ("95 03 80 a131 cd0001 a165", "error 1 e"),
        ("92 08 ff", "ack -1"),
        ("92 08 cf7fffffffffffffff", "ack 9223372036854775807"),
        ("92 09 d38000000000000000", "sequence -9223372036854775808"),
        ("92 09 d1ff7f", "sequence -129"),
    ]);
}

#[test]
fn ids_headers_and_streams() {
    assert_brief(&[
        ("96 01 80 c0 a44563686f 91a178 90", r#"call None Echo("x") [] []"#),
        ("96 01 80 a0 a44563686f 91a178 90", r#"call None Echo("x") [] []"#),
        ("96 01 de0001a161a162 a131 a14e 90 90", r#"call Some("1") N() [] [("a", "b")]"#),
        ("96 01 82a161a162a163a164 a131 a14e 90 90", r#"call Some("1") N() [] [("a", "b"), ("c", "d")]"#),
        ("96 01 82a161a162a141a162 a131 a14e 90 90", r#"call Some("1") N() [] [("a", "b"), ("A", "b")]"#),
        ("96 01 80 a131 a14e 90 92a135a136", r#"call Some("1") N() ["5", "6"] []"#),
        (
            "96 01 80 a131 a14e 93 81a1619181a0c0 c2 cbc002000000000000 91a135",
            r#"call Some("1") N({"a":[{"":null}]},false,-2.25) ["5"] []"#,
        ),
    ]);
}

#[test]
fn texts_that_are_not_utf8_have_replacement_characters() {
    assert_brief(&[
        ("93 05 80 a3ff41fe", "cancel \u{fffd}A\u{fffd}"),
        ("95 03 80 a131 01 a3eda080", "error 1 \u{fffd}\u{fffd}\u{fffd}"),
        (
            "96 01 81a1ffa1fe a131 a2c3a9 90 91a1ff",
            "call Some(\"1\") é() [\"\u{fffd}\"] [(\"\u{fffd}\", \"\u{fffd}\")]",
        ),
    ]);
}

#[test]
fn every_message_type() {
    assert_brief(&[
        ("94 02 80 a161 c0", "item a c0"),
        ("94 02 80 d90161 c0", "item a c0"),
        ("94 02 80 a261ff c0", "item a\u{FFFD} c0"),
        ("94 02 81 a16b a176 a161 c0", "item a c0"),
        ("94 02 80 a161 81a17890", "item a 81a17890"),
        ("93 02 80 a161", "item a "),
        ("95 03 80 a161 01 a0", "error a "),
        ("95 03 80 a161 01 c0", "void a"),
        ("94 03 80 a161 02", "void a"),
        ("95 03 80 a161 03 c0", "result a c0"),
        ("95 03 80 a161 03 9201a178", "result a 9201a178"),
        ("94 03 80 a161 03", "result a "),
        ("93 05 80 a161", "cancel a"),
        ("91 06", "ping"),
        ("93 07 a0 c2", "close Some(\"\") false"),
        ("93 07 a3627965 c3", "close Some(\"bye\") true"),
        ("91 00", "unknown"),
        ("91 0a", "unknown"),
        ("91 ff", "unknown"),
        ("92 d27fffffff c1", "unknown"),
    ]);
}

#[test]
fn the_target_of_a_stream_is_spelled_as_sent() {
    for (digits, expected) in [("96 01 80 a131 a44563686f 90 90", false), ("96 04 80 a131 a44563686f 90 90", true)] {
        let bytes = hex(digits);
        match HubProtocol::message_pack().parse(&bytes).unwrap() {
            Message::Invocation(call) | Message::StreamInvocation(call) => {
                assert_eq!(call.target_was_escaped, expected, "{digits}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn arguments_are_read_one_by_one_whatever_the_last_did() {
    let bytes = hex("96 01 80 a131 a14e 94 01 81a17892c001 a163 05 90");
    let Ok(Message::Invocation(mut call)) = HubProtocol::message_pack().parse(&bytes) else { panic!("no call") };
    assert_eq!(call.arguments.next::<i32>(), Some(Ok(1)));
    assert_eq!(call.arguments.remaining(), 3);
    let error = call.arguments.next::<String>().unwrap().unwrap_err();
    assert_eq!(error.kind(), "MessagePackSerializationException");
    assert_eq!(call.arguments.next::<String>(), Some(Ok("c".to_owned())));
    assert_eq!(call.arguments.next::<u8>(), Some(Ok(5)));
    assert_eq!(call.arguments.next::<u8>(), None);
    assert!(call.arguments.value().deserialize::<(i32, serde_json::Value, String, u8)>().is_ok());
}

/// The arguments and what is wrong behind them; how many there are or why that is not known.
fn arguments_of(digits: &str) -> (Result<usize, String>, Option<String>) {
    let bytes = hex(digits);
    match HubProtocol::message_pack().parse(&bytes).unwrap_or_else(|error| panic!("{digits}: {error}")) {
        Message::Invocation(call) | Message::StreamInvocation(call) => {
            let count = call.arguments.leading_count().unwrap().map_err(|error| error.to_string());
            (count, call.flaw.map(|flaw| format!("{}: {flaw}", flaw.kind())))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn arguments_that_are_no_array_are_not_the_end() {
    for digits in [
        "96 01 80 a131 a14e c0 90",
        "96 01 80 a131 a14e 80 90",
        "96 01 80 a131 a14e a178 90",
        "96 04 80 a131 a14e 01 c0",
        "94 01 80 a131 a14e",
        "96 01 80 a131 a14e 91",
        "96 01 80 a131 a14e ddffffffff 00",
        "96 01 80 a131 a14e dc00",
    ] {
        let expected = (Err("Reading array length for 'arguments' failed.".to_owned()), None);
        assert_eq!(arguments_of(digits), expected, "{digits}");
    }
}

#[test]
fn what_is_wrong_behind_the_arguments_waits_for_them() {
    let no_array = "InvalidDataException: Reading array length for 'streamIds' failed.";
    let empty = "InvalidDataException: Null or empty value in streamIds received.";
    let number = "MessagePackSerializationException: Unexpected msgpack code 5 (positive fixint) encountered.";
    let cut_off = "EndOfStreamException: Attempted to read past the end of the stream.";
    for (digits, expected) in [
        ("96 01 80 a131 a14e 91a178 c0", no_array),
        ("96 01 80 a131 a14e 91a178 80", no_array),
        ("96 01 80 a131 a14e 91a178 a135", no_array),
        ("96 01 80 a131 a14e 91a178", no_array),
        ("96 01 80 a131 a14e 91a378", no_array),
        ("96 04 80 a131 a14e 91a178 91c0", empty),
        ("96 01 80 a131 a14e 91a178 91a0", empty),
        ("96 01 80 a131 a14e 91a178 9105", number),
        ("96 01 80 a131 a14e 91a178 91a2", cut_off),
    ] {
        assert_eq!(arguments_of(digits), (Ok(1), Some(expected.to_owned())), "{digits}");
    }
}

#[test]
fn arguments_that_are_cut_off_do_not_bind() {
    let bytes = hex("95 01 80 a131 a14e 92 a178 a478");
    let Ok(Message::Invocation(mut call)) = HubProtocol::message_pack().parse(&bytes) else { panic!("no call") };
    assert_eq!(call.arguments.next::<String>(), Some(Ok("x".to_owned())));
    assert!(call.arguments.next::<serde::de::IgnoredAny>().is_some_and(|argument| argument.is_err()));
    assert_eq!(call.arguments.next::<String>(), None);
}

#[test]
fn a_value_that_is_missing_is_found_when_it_is_wanted_or_skipped() {
    for (digits, missing) in [("94 03 80 a161 03", true), ("95 03 80 a161 03 92", true), ("95 03 80 a161 03 c0", false)]
    {
        let bytes = hex(digits);
        let Ok(Message::Completion { outcome: Outcome::Result(result), .. }) =
            HubProtocol::message_pack().parse(&bytes)
        else {
            panic!("no result: {digits}")
        };
        assert_eq!(result.deserialize::<Option<i32>>().is_err(), missing, "{digits}");
        assert_eq!(
            result.skip().err().map(|error| error.kind()),
            missing.then_some("EndOfStreamException"),
            "{digits}"
        );
    }
}
