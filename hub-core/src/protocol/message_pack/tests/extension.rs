//! Extensions of whatever code: how they are written and read, and what is none.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{hex, to_hex};
use crate::protocol::{DateTime, Frame, HubProtocol, Message, MessagePackExtension, Outcome, PayloadError};

/// The value alone, as it is written in a completion.
fn written(value: &impl Serialize) -> Result<Vec<u8>, PayloadError> {
    let mut out = b"before".to_vec();
    let protocol = HubProtocol::message_pack();
    protocol.write_result(&mut out, "1", value).inspect_err(|_| assert_eq!(out, b"before"))?;
    let message = out.strip_prefix(b"before").unwrap();
    let Frame::Complete { message: body, consumed } = protocol.frame(message, None) else { panic!("no message") };
    assert_eq!(consumed, message.len());
    Ok(message.get(body).unwrap().strip_prefix(b"\x95\x03\x80\xa11\x03").unwrap().to_vec())
}

fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, PayloadError> {
    let message = [b"\x95\x03\x80\xa11\x03", value].concat();
    match HubProtocol::message_pack().parse(&message) {
        Ok(Message::Completion { outcome: Outcome::Result(result), .. }) => result.deserialize(),
        other => panic!("{other:?}"),
    }
}

fn extension(code: i8, data: &'static [u8]) -> MessagePackExtension {
    MessagePackExtension::new(code, data)
}

#[test]
fn every_size_is_written_in_its_shortest_form_and_read_back() {
    for (size, header) in [
        (0, "c70005"),
        (1, "d405"),
        (2, "d505"),
        (3, "c70305"),
        (4, "d605"),
        (5, "c70505"),
        (7, "c70705"),
        (8, "d705"),
        (9, "c70905"),
        (15, "c70f05"),
        (16, "d805"),
        (17, "c71105"),
        (255, "c7ff05"),
        (256, "c8010005"),
        (65_535, "c8ffff05"),
        (65_536, "c90001000005"),
        (1_000_000, "c9000f424005"),
    ] {
        let data: Vec<u8> = (0..size).map(|index: u32| index.to_le_bytes()[0]).collect();
        let sent = MessagePackExtension::new(5, data.clone());
        let bytes = written(&sent).unwrap();
        assert!(bytes == [hex(header), data].concat(), "{size} bytes");
        assert!(read(&bytes) == Ok(sent), "{size} bytes");
    }
}

#[test]
fn every_code_is_written_and_read_back() {
    for code in i8::MIN..=i8::MAX {
        let bytes = written(&extension(code, b"x")).unwrap();
        assert_eq!(bytes, [0xD4, code.to_le_bytes()[0], b'x']);
        assert_eq!(read(&bytes), Ok(extension(code, b"x")));
    }
}

#[test]
fn longer_forms_than_needed_are_read() {
    for digits in ["d40578", "c7010578", "c800010578", "c9000000010578"] {
        assert_eq!(read(&hex(digits)), Ok(extension(5, b"x")), "{digits}");
    }
    for digits in ["c70005", "c8000005", "c90000000005"] {
        assert_eq!(read(&hex(digits)), Ok(extension(5, b"")), "{digits}");
    }
}

#[test]
fn what_is_no_extension_is_refused() {
    for digits in ["05", "c0", "c3", "a178", "c40178", "9205c40178", "820501c40178", "cb0000000000000000", "c1"] {
        let error = read::<MessagePackExtension>(&hex(digits)).unwrap_err();
        let text = "Deserializing object of the `MessagePackExtension` type for 'argument' failed.";
        assert_eq!((error.kind(), error.text()), ("InvalidDataException", text));
        assert!(error.cause().unwrap().ends_with("expected a MessagePack extension") || digits == "c1", "{error}");
    }
    for digits in ["d40578", "d6ffff58ec1c80"] {
        assert!(read::<String>(&hex(digits)).is_err());
        assert!(read::<Bytes>(&hex(digits)).is_err());
        assert!(read::<Vec<u8>>(&hex(digits)).is_err());
        assert!(read::<i32>(&hex(digits)).is_err());
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    for digits in [
        "d4",
        "d405",
        "d50578",
        "d605787878",
        "d705",
        "d80500000000000000000000000000",
        "c7",
        "c705",
        "c70205ff",
        "c7ff05",
        "c8ffff05ff",
        "c80001",
        "c9ffffffff05ff",
        "c900000001",
        "c9000000",
    ] {
        let error = read::<MessagePackExtension>(&hex(digits)).unwrap_err();
        assert_eq!(error.cause(), Some("Attempted to read past the end of the stream."), "{digits}");
        assert!(read::<serde::de::IgnoredAny>(&hex(digits)).is_err(), "{digits}");
        assert!(read::<Vec<MessagePackExtension>>(&[&[0x91], &*hex(digits)].concat()).is_err(), "{digits}");
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Everywhere {
    one: MessagePackExtension,
    none: Option<MessagePackExtension>,
    some: Option<MessagePackExtension>,
    list: Vec<MessagePackExtension>,
    pair: (u8, MessagePackExtension),
    by_name: BTreeMap<String, MessagePackExtension>,
    choice: Choice,
    when: DateTime,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Wrapped(MessagePackExtension),
}

#[test]
fn it_can_be_part_of_anything() {
    let everywhere = Everywhere {
        one: extension(1, b"one"),
        none: None,
        some: Some(extension(2, b"")),
        list: vec![extension(3, b"xy"), extension(-128, b"0123456789abcdef")],
        pair: (7, extension(4, b"pair!")),
        by_name: BTreeMap::from([("x_y".to_owned(), extension(127, b"1234"))]),
        choice: Choice::Wrapped(extension(0, b"w")),
        when: DateTime::from_unix(0, 0).unwrap(),
    };
    let bytes = written(&everywhere).unwrap();
    assert_eq!(read(&bytes), Ok(everywhere));
    let keys = HashMap::from([(extension(1, b"k"), 2)]);
    assert_eq!(to_hex(&written(&keys).unwrap()), "81d4016b02");
    assert_eq!(read(&hex("81d4016b02")), Ok(keys));
    assert!(read::<HashMap<MessagePackExtension, u8>>(&hex("82d4016b02d4016b02")).is_err(), "a key is repeated");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Extension(MessagePackExtension),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, MessagePackExtension>,
}

#[test]
fn it_is_found_where_the_type_is_not_known_before() {
    assert_eq!(read(&hex("07")), Ok(Untagged::Number(7)));
    assert_eq!(read(&hex("d40578")), Ok(Untagged::Extension(extension(5, b"x"))));
    let flat = Flat { id: 1, rest: BTreeMap::from([("x".to_owned(), extension(5, b"abc"))]) };
    assert_eq!(read(&written(&flat).unwrap()), Ok(flat));
    assert!(read::<serde_json::Value>(&hex("d40578")).is_err(), "it is no value of JSON");
}

#[test]
fn a_timestamp_is_an_extension_and_the_other_way_round() {
    let time = DateTime::from_unix(0x58EC_1C80, 0).unwrap();
    let same = extension(-1, b"\x58\xec\x1c\x80");
    assert_eq!(written(&time), written(&same));
    assert_eq!(read(&written(&time).unwrap()), Ok(same.clone()));
    assert_eq!(read(&written(&same).unwrap()), Ok(time));
    assert!(read::<DateTime>(&written(&extension(5, b"\x58\xec\x1c\x80")).unwrap()).is_err());
}

/// As programs declare it for other serializers.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "_ExtStruct")]
struct Foreign((i8, Bytes));

#[test]
fn types_made_for_other_serializers_are_extensions_too() {
    let foreign = Foreign((5, Bytes::from_static(b"abc")));
    assert_eq!(written(&foreign), written(&extension(5, b"abc")));
    assert_eq!(read(&hex("c70305616263")), Ok(foreign));
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "_ExtStruct")]
struct Odd<T>(T);

#[test]
fn what_is_no_pair_of_code_and_data_cannot_be_an_extension() {
    let data = || Bytes::from_static(b"abc");
    for error in [
        written(&Odd(5)),
        written(&Odd(())),
        written(&Odd((5, data(), 5))),
        written(&Odd((5, (data(), 5)))),
        written(&Odd((128, data()))),
        written(&Odd((-129, data()))),
        written(&Odd((5, [1, 2, 3]))),
        written(&Odd((5, "abc"))),
        written(&Odd((data(), 5))),
        written(&vec![Odd(BTreeMap::from([(5, data())]))]),
    ] {
        let error = error.unwrap_err();
        let text = "An extension is a pair of its code, an i8, and its data, bytes.";
        assert_eq!((error.kind(), error.text()), ("MessagePackSerializationException", text));
    }
    let bytes = hex("c70305616263");
    assert!(read::<Odd<(i8,)>>(&bytes).is_err());
    assert!(read::<Odd<(i8, u32)>>(&bytes).is_err());
    assert!(read::<Odd<(i8, Bytes, i8)>>(&bytes).is_err());
    assert!(read::<Odd<i8>>(&bytes).is_err());
}

#[test]
fn in_json_it_is_an_array_of_code_and_base64() {
    let protocol = HubProtocol::json();
    let mut out = Vec::new();
    protocol.write_stream_item(&mut out, "1", &extension(-5, &[0xFF, 0x80, 0])).unwrap();
    assert_eq!(out, b"{\"type\":2,\"invocationId\":\"1\",\"item\":[-5,\"/4AA\"]}\x1e");
    for (item, expected) in [
        ("[-5,\"/4AA\"]", Some(extension(-5, &[0xFF, 0x80, 0]))),
        ("[127,\"\"]", Some(extension(127, b""))),
        ("[128,\"\"]", None),
        ("[5]", None),
        ("[5,\"/4AA\",5]", None),
        ("[5,\"/4A\"]", None),
        ("[5,[1,2]]", None),
        ("{\"code\":5,\"data\":\"\"}", None),
        ("null", None),
    ] {
        let message = format!("{{\"type\":2,\"invocationId\":\"1\",\"item\":{item}}}");
        let Ok(Message::StreamItem { item: value, .. }) = protocol.parse(message.as_bytes()) else { panic!("{item}") };
        assert_eq!(value.deserialize().ok(), expected, "{item}");
    }
}
