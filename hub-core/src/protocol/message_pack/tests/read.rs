//! What arguments, items and results are read as (M-50…M-58).

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::hex;
use crate::protocol::{DateTime, HubProtocol, Message, MessagePackOptions, Outcome, PayloadError, PayloadNaming};

fn read_as<T: DeserializeOwned>(naming: PayloadNaming, digits: &str) -> Result<T, PayloadError> {
    let message = hex(&format!("95 03 80 a131 03 {digits}"));
    let protocol = HubProtocol::MessagePack(MessagePackOptions::default().with_naming(naming));
    match protocol.parse(&message) {
        Ok(Message::Completion { outcome: Outcome::Result(result), .. }) => result.deserialize(),
        other => panic!("{digits}: {other:?}"),
    }
}

fn read<T: DeserializeOwned>(digits: &str) -> Result<T, PayloadError> {
    read_as(PayloadNaming::PascalCase, digits)
}

fn assert_reads<T: DeserializeOwned + PartialEq + Debug>(cases: impl IntoIterator<Item = (&'static str, T)>) {
    for (digits, expected) in cases {
        assert_eq!(read::<T>(digits), Ok(expected), "{digits}");
    }
}

fn assert_refuses<T: DeserializeOwned + Debug>(cases: &[&str]) {
    for digits in cases {
        let error = read::<T>(digits).expect_err(digits);
        assert_eq!(error.kind(), "InvalidDataException");
        assert!(error.cause().is_some_and(|cause| !cause.is_empty()));
    }
}

/// What is no integer, nor any other number, text or container of them.
const OTHERS: [&str; 7] = ["c0", "c3", "c40101", "c1", "d40101", "d6ff58ec1c80", ""];

#[test]
fn integers_are_read_from_every_encoding_within_their_range() {
    assert_reads([("00", 0), ("7f", 127), ("ff", -1), ("e0", -32), ("cc80", 128), ("cd0001", 1), ("ce00000001", 1)]);
    assert_reads([("cf0000000000000001", 1), ("d0ff", -1), ("d1ffff", -1), ("d2ffffffff", -1), ("d07f", 127)]);
    assert_reads([("d3ffffffffffffffff", -1), ("ce7fffffff", i32::MAX), ("d280000000", i32::MIN)]);
    assert_refuses::<i32>(&[
        "ce80000000",
        "cf8000000000000000",
        "d3ffffffff7fffffff",
        "cb3ff0000000000000",
        "ca3f800000",
    ]);
    assert_refuses::<i32>(&["a131", "90", "80", "cd00", "d3ffff"]);
    assert_refuses::<i32>(&OTHERS);
    assert_reads([("00", 0_u8), ("ccff", 255), ("d3000000000000007f", 127)]);
    assert_refuses::<u8>(&["cd0100", "ff", "d0ff"]);
    assert_reads([("d080", i8::MIN), ("cc7f", i8::MAX)]);
    assert_refuses::<i8>(&["cc80", "d1ff7f"]);
    assert_reads([("cd7fff", i16::MAX)]);
    assert_reads([("cdffff", u16::MAX)]);
    assert_reads([("ceffffffff", u32::MAX)]);
    assert_reads([
        ("cf7fffffffffffffff", i64::MAX),
        ("d38000000000000000", i64::MIN),
        ("cf0020000000000001", (1 << 53) + 1),
    ]);
    assert_refuses::<i64>(&["cf8000000000000000"]);
    assert_reads([("cfffffffffffffffff", u64::MAX)]);
    assert_refuses::<u64>(&["ff"]);
    assert_refuses::<u128>(&["01"]);
    assert_refuses::<i128>(&["01"]);
}

#[test]
fn errors_name_the_type_and_what_the_value_is() {
    let error = read::<i32>("a131").unwrap_err();
    assert_eq!(error.text(), "Deserializing object of the `Int32` type for 'argument' failed.");
    assert_eq!(error.cause(), Some("invalid type: string, expected i32"));
    let item = hex("94 02 80 a131 01");
    let Ok(Message::StreamItem { item, .. }) = HubProtocol::message_pack().parse(&item) else { panic!("no item") };
    let error = item.deserialize::<Option<String>>().unwrap_err();
    assert_eq!(error.text(), "Deserializing object of the `String` type for 'item' failed.");
}

#[test]
fn floats_are_read_from_every_number() {
    assert_reads([("cb3fb999999999999a", 0.1), ("ca3fc00000", 1.5), ("ca3dcccccd", 0.100_000_001_490_116_12)]);
    assert_reads([("02", 2.0), ("fe", -2.0), ("cf8000000000000000", 9_223_372_036_854_775_808.0), ("d0ff", -1.0)]);
    assert!(read::<f64>("cb7ff8000000000000").is_ok_and(f64::is_nan));
    assert!(read::<f64>("cb8000000000000000").is_ok_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    assert_reads([("cb7ff0000000000000", f64::INFINITY)]);
    assert_reads([("ca3fc00000", 1.5_f32), ("cb3ff8000000000000", 1.5), ("05", 5.0)]);
    assert_refuses::<f64>(&["a131", "90", "ca0000"]);
    assert_refuses::<f64>(&OTHERS);
    assert_refuses::<f32>(&OTHERS);
}

#[test]
fn other_scalars() {
    assert_reads([("c3", true), ("c2", false)]);
    assert_refuses::<bool>(&["01", "00", "c0", "a474727565"]);
    assert_reads([("a0", String::new()), ("a3e28880", "∀".into()), ("d90178", "x".into()), ("da000178", "x".into())]);
    assert_reads([("db00000001ff", "\u{fffd}".to_owned()), ("a3eda080", "\u{fffd}\u{fffd}\u{fffd}".into())]);
    assert_refuses::<String>(&["01", "9178", "91a178", "81a17801", "cb3ff8000000000000", "a2ff"]);
    assert_refuses::<String>(&OTHERS);
    assert_reads([("41", 'A'), ("cd20ac", '€'), ("ce0001f600", '😀')]);
    assert_refuses::<char>(&["a141", "cdd800", "ff", "ce00110000", "c0"]);
    assert_reads([("c0", ())]);
    assert_refuses::<()>(&["01", "80", "90", "c2"]);
}

#[test]
fn nil_is_only_for_options() {
    assert_reads([("c0", None), ("05", Some(5))]);
    assert_reads([("c0", None), ("a0", Some(String::new()))]);
    assert_reads([("92c005", vec![None, Some(5)])]);
    assert_refuses::<Vec<i32>>(&["c0", "91c0"]);
    assert_refuses::<BTreeMap<String, i32>>(&["c0", "81a161c0"]);
}

/// Asks for bytes, as byte buffers do.
#[derive(Debug, PartialEq)]
struct ByteBuffer(Vec<u8>);

impl<'de> Deserialize<'de> for ByteBuffer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = ByteBuffer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<ByteBuffer, E> {
                Ok(ByteBuffer(bytes.to_vec()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut elements: A) -> Result<ByteBuffer, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = elements.next_element()? {
                    bytes.push(byte);
                }
                Ok(ByteBuffer(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Bytes)
    }
}

#[test]
fn bytes() {
    let bytes = |bytes: &[u8]| ByteBuffer(bytes.to_vec());
    assert_reads([("c403010203", bytes(&[1, 2, 3])), ("c400", bytes(&[])), ("c5000101", bytes(&[1]))]);
    assert_reads([("c60000000101", bytes(&[1])), ("93010203", bytes(&[1, 2, 3])), ("91d200000001", bytes(&[1]))]);
    assert_reads([("a441514944", bytes(b"AQID")), ("da00024142", bytes(b"AB")), ("db0000000141", bytes(b"A"))]);
    assert_refuses::<ByteBuffer>(&["d90141", "9201cd0100", "01", "c0", "80", "c401", "91a141"]);
    assert_reads([("c403010203", vec![1_u8, 2, 3]), ("93010203", vec![1, 2, 3]), ("c400", vec![])]);
    assert_reads([("c4020102", [1_u8, 2])]);
    assert_refuses::<[u8; 2]>(&["c403010203", "c40101", "93010203", "9101"]);
}

#[test]
fn timestamps() {
    let time = |text: &str| -> DateTime { text.parse().unwrap() };
    assert_reads([
        ("d6ff58ec1c80", time("2017-04-11T00:00:00Z")),
        ("d7ff1d6f345458ec1c80", time("2017-04-11T00:00:00.1234567Z")),
        ("c70cff00000000ffffffffffffffff", time("1969-12-31T23:59:59Z")),
        ("c70cff00000000fffffff1886e0900", time("0001-01-01T00:00:00Z")),
        ("c70cff3b9ac99c0000003afff4417f", time("9999-12-31T23:59:59.9999999Z")),
        ("c8000cff000000000000000000000000", time("1970-01-01T00:00:00Z")),
        ("c90000000cff000000000000000000000000", time("1970-01-01T00:00:00Z")),
    ]);
    assert_refuses::<DateTime>(&[
        "c70cff00000000fffffff1886e08ff",
        "c70cff000000000000003afff44180",
        "d60100000000",
        "d6ff58ec",
        "b4323031372d30342d31315430303a30303a30305a",
        "05",
        "c0",
        "cf48d48c2f8c6f0000",
    ]);
    assert_reads([("c0", None), ("d6ff58ec1c80", Some(time("2017-04-11T00:00:00Z")))]);
    assert_reads([("92d6ff58ec1c80 78", (time("2017-04-11T00:00:00Z"), 120_i16))]);
    assert_reads([("92d6ff58ec1c80 d0a6", (time("2017-04-11T00:00:00Z"), -90_i16))]);
    assert_reads([("81d6ff58ec1c8001", BTreeMap::from([(time("2017-04-11T00:00:00Z"), 1)]))]);
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Complex {
    name: Option<String>,
    value: i32,
    user_name: String,
    #[serde(rename = "GUID")]
    guid: u8,
    when: DateTime,
    child: Option<Box<Complex>>,
}

#[test]
fn objects_are_maps_by_member_names() {
    let value = |value| Complex { value, ..Complex::default() };
    assert_reads([
        ("80", Complex::default()),
        ("81a556616c756507", value(7)),
        ("81d90556616c756507", value(7)),
        ("83a54f7468657281a556616c756501a15891 01a556616c756502", value(2)),
        ("82a556616c756501a556616c756502", value(2)),
        ("83a556616c756501a74e616d65206973c0a556616c756503", value(3)),
        ("81a4475549447f", Complex { guid: 127, ..Complex::default() }),
        ("81a8557365724e616d65a161", Complex { user_name: "a".into(), ..Complex::default() }),
        ("81a45768656ed6ff00000000", Complex { when: DateTime::from_unix(0, 0).unwrap(), ..Complex::default() }),
        (
            "81a54368696c6482a556616c756501a556616c756502",
            Complex { child: Some(Box::new(value(2))), ..Complex::default() },
        ),
        // Names are those that are sent, in exact case.
        ("82a576616c756507 a476616c7507", Complex::default()),
        ("82a556414c554507a9757365725f6e616d65a161", Complex::default()),
        ("81a47768656e01", Complex::default()),
    ]);
    assert_refuses::<Complex>(&[
        "c0",
        "92a16e07",
        "a178",
        "8100a16e",
        "81c001",
        "81a556616c7565c0",
        "81a556616c7565a137",
        "82a556616c756501",
        "81a54368696c649107",
        "81c40556616c756507",
        "deffff",
    ]);
}

#[test]
fn members_have_the_names_of_the_option() {
    let camel = read_as::<Complex>(PayloadNaming::CamelCase, "82a8757365724e616d65a161a556616c756507").unwrap();
    assert_eq!((camel.user_name.as_str(), camel.value), ("a", 0));
    let declared = read_as::<Complex>(PayloadNaming::AsDeclared, "82a9757365725f6e616d65a161a476616c7507").unwrap();
    assert_eq!(declared.user_name, "a");
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    value: i32,
}

#[test]
fn members_may_be_required_or_the_only_ones() {
    assert_reads([("81a556616c756507", Strict { value: 7 })]);
    assert_refuses::<Strict>(&["80", "82a556616c756507a15801"]);
}

#[test]
fn maps_keep_their_keys_and_have_each_once() {
    assert_reads([("82a16101a16202", BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]))]);
    assert_reads([("82a16101a14102", BTreeMap::from([("a".to_owned(), 1), ("A".to_owned(), 2)]))]);
    assert_reads([("80", HashMap::<String, i32>::new()), ("de0000", HashMap::new())]);
    assert_reads([("820501cd010002", BTreeMap::from([(5, 1), (256, 2)]))]);
    assert_reads([("81c3a178", BTreeMap::from([(true, "x".to_owned())]))]);
    assert_refuses::<BTreeMap<String, i32>>(&[
        "82a16101a16102",
        "82a16101d9016102",
        "810101",
        "81c001",
        "90",
        "81a161a178",
        "82a16101",
    ]);
    assert_refuses::<serde_json::Value>(&["82a16101a16102"]);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(i32, String);

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(i32);

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[test]
fn sequences_have_the_length_of_their_type() {
    assert_reads([("92a161a162", vec!["a".to_owned(), "b".to_owned()])]);
    assert_reads([("dc0001a161", vec!["a".to_owned()]), ("dd00000000", vec![])]);
    assert_reads([("920102", (1, 2_u8))]);
    assert_reads([("9101", [1])]);
    assert_refuses::<(i32, i32)>(&["9101", "93010203", "80", "a161"]);
    assert_refuses::<Vec<String>>(&["a161", "92a16101", "81a16101", "92a161"]);
    assert_reads([("9201a178", Pair(1, "x".into()))]);
    assert_reads([("05", Wrapped(5))]);
    assert_reads([("c0", Unit)]);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    One,
    Circle(f64),
    Line(i32, i32),
    Box { line_width: u8 },
}

#[test]
fn enums_are_their_names() {
    assert_reads([
        ("a34f6e65", Shape::One),
        ("81a34f6e65c0", Shape::One),
        ("81a6436972636c6501", Shape::Circle(1.0)),
        ("81a44c696e65920102", Shape::Line(1, 2)),
        ("81a3426f7881a94c696e65576964746807", Shape::Box { line_width: 7 }),
    ]);
    assert_refuses::<Shape>(&[
        "00",
        "01",
        "a36f6e65",
        "a3547765",
        "c0",
        "80",
        "82a34f6e65c0a34f6e65c0",
        "8100c0",
        "a6436972636c65",
        "90",
    ]);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Time(DateTime),
    Text(String),
    Numbers(Vec<f64>),
    Number(i64),
    Nothing,
}

#[test]
fn values_that_say_themselves_what_they_are() {
    let json = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_reads([
        ("c0", json("null")),
        ("c3", json("true")),
        ("05", json("5")),
        ("fb", json("-5")),
        ("cfffffffffffffffff", json("18446744073709551615")),
        ("cb3fe0000000000000", json("0.5")),
        ("ca3f000000", json("0.5")),
        ("a178", json("\"x\"")),
        ("9201a178", json("[1,\"x\"]")),
        ("81a178c0", json("{\"x\":null}")),
        ("d6ff58ec1c80", json("\"2017-04-11T00:00:00Z\"")),
    ]);
    assert_refuses::<serde_json::Value>(&["d40501", "810101", "c1", "d6ff58", "c70cff000000000000003afff44180"]);
    assert_reads([
        ("d6ff58ec1c80", Untagged::Time("2017-04-11T00:00:00Z".parse().unwrap())),
        ("a178", Untagged::Text("x".into())),
        ("9201cb3fe0000000000000", Untagged::Numbers(vec![1.0, 0.5])),
        ("05", Untagged::Number(5)),
        ("c0", Untagged::Nothing),
    ]);
}

#[test]
fn types_with_a_text_for_people_are_read_from_it() {
    assert_reads([("a93132372e302e302e31", std::net::Ipv4Addr::LOCALHOST)]);
    assert_refuses::<std::net::Ipv4Addr>(&["947f000001", "c4047f000001"]);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Nest(Vec<Nest>);

#[test]
fn levels_are_limited() {
    let nested = |levels: usize| format!("{}90", "91".repeat(levels - 1));
    assert!(read::<Nest>(&nested(64)).is_ok());
    let error = read::<Nest>(&nested(65)).unwrap_err();
    assert_eq!(error.cause(), Some("The value is nested deeper than the 64 levels that are allowed."));
    assert!(read::<serde_json::Value>(&nested(65)).is_err());
    assert!(read::<serde::de::IgnoredAny>(&nested(100_000)).is_ok());
    let unknown = format!("81a158{}", nested(100_000));
    assert_eq!(read::<Complex>(&unknown), Ok(Complex::default()));
}

#[test]
fn announcements_are_not_believed() {
    for digits in
        ["ddffffffff", "ddffffffff00", "dfffffffff00", "dbffffffff00", "c6ffffffff00", "c9ffffffff0000", "dcffff0000"]
    {
        assert!(read::<Vec<[u64; 32]>>(digits).is_err());
        assert!(read::<String>(digits).is_err());
        assert!(read::<BTreeMap<String, i32>>(digits).is_err());
        assert!(read::<ByteBuffer>(digits).is_err());
        assert!(read::<serde_json::Value>(digits).is_err());
        assert!(read::<serde::de::IgnoredAny>(digits).is_err());
    }
}
