//! Messages that are accepted (J-20…J-39).

use std::borrow::Cow;

use crate::protocol::{HubProtocol, Invocation, Message, Outcome};

fn parse(text: &str) -> Message<'_> {
    HubProtocol::json().parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The message in few words.
fn brief(text: &str) -> String {
    match parse(text) {
        Message::Invocation(call) => format!("call {}", brief_call(call)),
        Message::StreamInvocation(call) => format!("stream {}", brief_call(call)),
        Message::StreamItem { id, item } => format!("item {id} {}", item.bytes().escape_ascii()),
        Message::Completion { id, outcome: Outcome::Void } => format!("void {id}"),
        Message::Completion { id, outcome: Outcome::Result(result) } => {
            format!("result {id} {}", result.bytes().escape_ascii())
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
    let mut arguments = Vec::new();
    while let Some(argument) = call.arguments.next::<serde_json::Value>() {
        arguments.push(argument.unwrap().to_string());
    }
    assert_eq!(arguments.len(), call.arguments.count());
    format!("{:?} {}({}) {:?} {:?}", call.id, call.target, arguments.join(","), call.stream_ids, call.headers)
}

#[test]
fn members_may_come_in_any_order() {
    let members = [r#""type":1"#, r#""invocationId":"1""#, r#""target":"Echo""#, r#""arguments":["x",2]"#];
    for first in 0..4 {
        for second in 0..4 {
            let mut order: Vec<_> = members.into_iter().collect();
            order.swap(0, first);
            order.swap(1, second);
            let text = format!("{{{}}}", order.join(","));
            assert_eq!(brief(&text), r#"call Some("1") Echo("x",2) [] []"#, "{text}");
        }
    }
}

#[test]
fn all_types_are_read() {
    for (text, expected) in [
        (r#"{"type":1,"target":"A","arguments":[]}"#, "call None A() [] []"),
        (r#"{"type":1,"target":"A","arguments":[],"streamIds":["1",""]}"#, r#"call None A() ["1", ""] []"#),
        (r#"{"type":4,"invocationId":"1","target":"A","arguments":[1]}"#, r#"stream Some("1") A(1) [] []"#),
        (r#"{"type":4,"target":"A","arguments":[]}"#, "stream None A() [] []"),
        (r#"{"type":4,"invocationId":"","target":"A","arguments":[]}"#, "stream None A() [] []"),
        (r#"{"type":2,"invocationId":"1","item":{"a":[ 1 ]}}"#, r#"item 1 {\"a\":[ 1 ]}"#),
        (r#"{"type":2,"invocationId":"1","item":null}"#, "item 1 null"),
        (r#"{"type":2,"item":1,"invocationId":""}"#, "item  1"),
        (r#"{"type":3,"invocationId":"1"}"#, "void 1"),
        (r#"{"type":3,"invocationId":"1","result":null}"#, "result 1 null"),
        (r#"{"result": [1, 2] ,"invocationId":"1","type":3}"#, "result 1 [1, 2]"),
        (r#"{"type":3,"invocationId":"1","error":"e"}"#, "error 1 e"),
        (r#"{"type":3,"invocationId":"1","error":""}"#, "error 1 "),
        (r#"{"type":5,"invocationId":"1"}"#, "cancel 1"),
        (r#"{"type":6}"#, "ping"),
        (r#"{"type":7}"#, "close None false"),
        (r#"{"type":7,"error":"","allowReconnect":true}"#, r#"close Some("") true"#),
        (r#"{"type":8,"sequenceId":9223372036854775807}"#, "ack 9223372036854775807"),
        (r#"{"type":9,"sequenceId":-1}"#, "sequence -1"),
        (r#"{"type":10}"#, "unknown"),
        (r#"{"type":0,"target":"A"}"#, "unknown"),
        (r#"{"type":-2147483648}"#, "unknown"),
    ] {
        assert_eq!(brief(text), expected, "{text}");
    }
}

#[test]
fn unknown_and_surplus_members_are_skipped() {
    for text in [
        r#"{"a":null,"type":6,"b":[1,{"type":7}],"c":{"target":"Fail"},"d":1.5e3,"e":"x","f":true,"g":false}"#,
        r#"{"x":[1e999,-0,123456789012345678901234567890,1.50],"type":6}"#,
        r#"{"x\ud83d":"\ude00","type":6}"#,
        r#"{"":{"":[]},"type":6}"#,
        r#"{"Type":7,"type":6,"TYPE":1}"#,
        r#"{"type":6,"result":[1],"invocationId":"1","error":"e","sequenceId":null,"allowReconnect":true,"item":5}"#,
        r#"{"type":6}xyz"#,
        r#"{"type":6}}"#,
        r#"{"type":6}{"type":7}"#,
        " \r\n\t{ \"type\" : 6 } \n",
        r#"{"type":1,"type":6}"#,
        r#"{"\u0074ype":6}"#,
    ] {
        assert_eq!(brief(text), "ping", "{text}");
    }
}

#[test]
fn the_last_of_repeated_members_counts() {
    for (text, expected) in [
        (r#"{"type":1,"target":"A","target":"B","arguments":["x"],"arguments":[]}"#, "call None B() [] []"),
        (r#"{"type":1,"target":"A","arguments":[],"invocationId":"1","invocationId":""}"#, "call None A() [] []"),
        (
            r#"{"type":1,"target":"A","arguments":[],"headers":{"a":"1"},"headers":{"b":"2"}}"#,
            r#"call None A() [] [("b", "2")]"#,
        ),
        (r#"{"type":3,"invocationId":"1","result":1,"result":2}"#, "result 1 2"),
        (r#"{"type":7,"allowReconnect":true,"allowReconnect":false}"#, "close None false"),
    ] {
        assert_eq!(brief(text), expected, "{text}");
    }
}

#[test]
fn headers_are_kept() {
    let text = r#"{"type":1,"headers":{"traceparent":"00-0a","":"1","a\n":"b\u0041"},"target":"A","arguments":[]}"#;
    assert_eq!(brief(text), r#"call None A() [] [("traceparent", "00-0a"), ("", "1"), ("a\n", "bA")]"#);
}

#[test]
fn an_empty_target_is_one_if_there_are_arguments() {
    assert_eq!(brief(r#"{"type":1,"arguments":[],"target":""}"#), "call None () [] []");
    assert_eq!(brief(r#"{"type":4,"invocationId":"1","target":"","arguments":[]}"#), r#"stream Some("1") () [] []"#);
}

#[test]
fn an_ordinary_message_borrows_everything() {
    let Message::Invocation(call) = parse(r#"{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}"#) else {
        panic!("no invocation")
    };
    assert!(matches!(call.id, Some(Cow::Borrowed("1"))));
    assert!(matches!(call.target, Cow::Borrowed("Echo")));
    assert!(!call.target_was_escaped);
    assert_eq!((call.stream_ids.capacity(), call.headers.capacity()), (0, 0));
}

#[test]
fn an_escaped_target_is_known_to_be_one() {
    let Message::Invocation(call) = parse(r#"{"type":1,"target":"\u0045cho","arguments":[]}"#) else {
        panic!("no invocation")
    };
    assert_eq!(call.target, "Echo");
    assert!(call.target_was_escaped);
}

#[test]
fn sixty_four_levels_are_read() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(brief(&format!(r#"{{"x":{},"type":6}}"#, deep(63))), "ping");
    let text = format!(r#"{{"type":1,"target":"A","arguments":[{}]}}"#, deep(62));
    let Message::Invocation(call) = parse(&text) else { panic!("no invocation") };
    assert_eq!(call.arguments.count(), 1);
}

#[test]
fn bad_bytes_pass_where_nobody_reads_them() {
    let protocol = HubProtocol::json();
    for text in [
        &b"{\"x\":\"a\xffb\",\"type\":6}"[..],
        b"{\"x\xff\":1,\"type\":6}",
        b"{\"type\":6,\"result\":\"\xc0\xaf\",\"arguments\":[\"\xff\"]}",
        b"{\"type\":6}\xff",
    ] {
        assert!(matches!(protocol.parse(text), Ok(Message::Ping)), "{}", text.escape_ascii());
    }
}

#[test]
fn arguments_are_read_one_by_one() {
    let text = r#"{"type":1,"target":"A","arguments":[ "a" , 5,[ 1 ] ,"x",null , {"k":"]"}]}"#;
    let Message::Invocation(call) = parse(text) else { panic!("no invocation") };
    let mut arguments = call.arguments;
    assert_eq!(arguments.count(), 6);
    assert_eq!(arguments.next::<String>(), Some(Ok("a".into())));
    assert_eq!(arguments.next::<i32>(), Some(Ok(5)));
    assert!(arguments.next::<String>().is_some_and(|argument| argument.is_err()));
    assert!(arguments.next::<Vec<i32>>().is_some_and(|argument| argument.is_err()));
    assert_eq!(arguments.next::<Option<bool>>(), Some(Ok(None)));
    assert_eq!(arguments.next::<serde_json::Value>(), Some(Ok(serde_json::json!({"k": "]"}))));
    assert_eq!(arguments.next::<String>(), None);
}

#[test]
fn a_type_that_reads_nothing_does_not_stop_the_others() {
    #[derive(Debug, PartialEq)]
    struct Blind;
    impl<'de> serde::Deserialize<'de> for Blind {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    let Message::Invocation(call) = parse(r#"{"type":1,"target":"A","arguments":[{"a":[1,2]},7]}"#) else {
        panic!("no invocation")
    };
    let mut arguments = call.arguments;
    assert_eq!(arguments.next::<Blind>(), Some(Ok(Blind)));
    assert_eq!(arguments.next::<i32>(), Some(Ok(7)));
    assert_eq!(arguments.next::<i32>(), None);
}
