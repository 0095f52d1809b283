//! What is written (section 5.2).

use std::collections::BTreeMap;

use serde::ser::{Error as _, SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use super::to_hex;
use crate::protocol::{DateTime, HubProtocol, MessagePackOptions, PayloadError, PayloadNaming};

fn written(write: impl FnOnce(&HubProtocol, &mut Vec<u8>)) -> String {
    let mut out = b"before".to_vec();
    write(&HubProtocol::message_pack(), &mut out);
    to_hex(out.strip_prefix(b"before").unwrap())
}

fn value_as(naming: PayloadNaming, value: &impl Serialize) -> Result<String, PayloadError> {
    let mut out = b"before".to_vec();
    let protocol = HubProtocol::MessagePack(MessagePackOptions::default().with_naming(naming));
    protocol.write_stream_item(&mut out, "1", value).inspect_err(|_| assert_eq!(out, b"before"))?;
    let message = to_hex(out.strip_prefix(b"before").unwrap());
    Ok(message.split_once("940280a131").unwrap().1.to_owned())
}

fn value(value: &impl Serialize) -> String {
    value_as(PayloadNaming::PascalCase, value).unwrap()
}

#[test]
fn messages_have_the_form_of_dotnet() {
    for (text, expected) in [
        (written(|p, out| p.write_invocation(out, None, "A", &("u", 1)).unwrap()), "0b960180c0a14192a1750190"),
        (written(|p, out| p.write_invocation(out, Some("1"), "A", &()).unwrap()), "09960180a131a1419090"),
        (written(|p, out| p.write_invocation(out, Some(""), "A", &()).unwrap()), "08960180c0a1419090"),
        (
            written(|p, out| p.write_stream_invocation(out, "1", "A", &(42,), &["a", "b"]).unwrap()),
            "0e960480a131a141912a92a161a162",
        ),
        (written(|p, out| p.write_stream_item(out, "1", &None::<i32>).unwrap()), "06940280a131c0"),
        (written(|p, out| p.write_result(out, "xyz", &()).unwrap()), "09950380a378797a03c0"),
        (written(|p, out| p.write_void(out, "1")), "06940380a13102"),
        (written(|p, out| p.write_error(out, "1", "")), "07950380a13101a0"),
        (written(|p, out| p.write_cancel(out, "1")), "05930580a131"),
        (written(HubProtocol::write_ping), "029106"),
        (written(|p, out| p.write_close(out, None, false)), "049307c0c2"),
        (written(|p, out| p.write_close(out, Some(""), true)), "049307c0c3"),
        (written(|p, out| p.write_close(out, Some("e"), false)), "059307a165c2"),
        (written(|p, out| p.write_ack(out, 0)), "03920800"),
        (written(|p, out| p.write_sequence(out, u64::MAX)), "0b9209cfffffffffffffffff"),
    ] {
        assert_eq!(text, expected);
    }
}

#[test]
fn long_messages_have_long_lengths() {
    let text = "x".repeat(300);
    let message = written(|p, out| p.write_error(out, "1", &text));
    assert!(message.starts_with("b502950380a13101da012c7878"), "{message}");
    assert_eq!(message.len(), 2 * (2 + 0x135));
}

#[test]
fn sixteen_arguments_and_more_than_that_in_lists() {
    let many = written(|p, out| {
        p.write_invocation(out, None, "A", &(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)).unwrap();
    });
    assert_eq!(many, "1a960180c0a141dc0010000102030405060708090a0b0c0d0e0f90");
    assert!(value(&vec![0_i32; 15]).starts_with("9f00"));
    assert!(value(&vec![0_i32; 16]).starts_with("dc001000"));
    assert!(value(&vec![0_i32; 65_536]).starts_with("dd0001000000"));
}

#[test]
fn numbers_have_their_smallest_encoding() {
    for (number, expected) in [
        (0, "00"),
        (127, "7f"),
        (128, "cc80"),
        (255, "ccff"),
        (256, "cd0100"),
        (65_535, "cdffff"),
        (65_536, "ce00010000"),
        (4_294_967_295, "ceffffffff"),
        (4_294_967_296, "cf0000000100000000"),
        (i64::MAX, "cf7fffffffffffffff"),
        (-1, "ff"),
        (-32, "e0"),
        (-33, "d0df"),
        (-128, "d080"),
        (-129, "d1ff7f"),
        (-32_768, "d18000"),
        (-32_769, "d2ffff7fff"),
        (-2_147_483_648, "d280000000"),
        (-2_147_483_649, "d3ffffffff7fffffff"),
    ] {
        assert_eq!(value(&number), expected, "{number}");
    }
    assert_eq!((value(&5_u8), value(&5_u16), value(&5_u32), value(&5_u64)), four("05"));
    assert_eq!(
        (value(&5_i8), value(&5_i16), value(&5_i32), value(&200_u64)),
        ("05".into(), "05".into(), "05".into(), "ccc8".into())
    );
    assert_eq!(value(&u64::MAX), "cfffffffffffffffff");
    assert_eq!(value(&1.5_f32), "ca3fc00000");
    assert_eq!(value(&2.0_f64), "cb4000000000000000");
    assert_eq!(value(&f64::NAN), "cb7ff8000000000000");
    assert_eq!(value(&f64::INFINITY), "cb7ff0000000000000");
    for error in [value_as(PayloadNaming::PascalCase, &1_u128), value_as(PayloadNaming::PascalCase, &1_i128)] {
        assert_eq!(error.unwrap_err().kind(), "MessagePackSerializationException");
    }
}

fn four(text: &str) -> (String, String, String, String) {
    (text.into(), text.into(), text.into(), text.into())
}

/// Bytes as byte buffers write them.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

#[test]
fn texts_bytes_and_other_scalars() {
    assert_eq!(
        (value(&true), value(&false), value(&()), value(&None::<u8>)),
        ("c3".into(), "c2".into(), "c0".into(), "c0".into())
    );
    assert_eq!(value(&""), "a0");
    assert_eq!(value(&"é"), "a2c3a9");
    assert!(value(&"x".repeat(31)).starts_with("bf78"));
    assert!(value(&"x".repeat(32)).starts_with("d92078"));
    assert!(value(&"x".repeat(256)).starts_with("da010078"));
    assert!(value(&"x".repeat(65_536)).starts_with("db0001000078"));
    assert_eq!(value(&'A'), "41");
    assert_eq!(value(&'€'), "cd20ac");
    assert_eq!(value(&Bytes(vec![1, 2, 3])), "c403010203");
    assert!(value(&Bytes(vec![7; 256])).starts_with("c5010007"));
    assert!(value(&Bytes(vec![7; 65_536])).starts_with("c60001000007"));
    assert_eq!(value(&vec![1_u8, 2]), "920102");
    assert_eq!(value(&"2017-04-11T00:00:00Z".parse::<DateTime>().unwrap()), "d6ff58ec1c80");
    assert_eq!(value(&Some("2017-04-11T02:00:00+02:00".parse::<DateTime>().unwrap())), "d6ff58ec1c80");
    assert_eq!(value(&std::net::Ipv4Addr::LOCALHOST), "a93132372e302e302e31");
}

#[derive(Serialize)]
struct Complex {
    user_name: &'static str,
    #[serde(rename = "GUID")]
    guid: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    when: DateTime,
    number: i64,
}

fn complex() -> Complex {
    Complex { user_name: "a", guid: None, skipped: None, when: DateTime::from_unix(0, 0).unwrap(), number: 7 }
}

#[test]
fn members_are_named_as_the_option_says() {
    let in_pascal_case = "84a8557365724e616d65a161a447554944c0a45768656ed6ff00000000a64e756d62657207";
    assert_eq!(value(&complex()), in_pascal_case);
    let in_camel_case = "84a8757365724e616d65a161a467756964c0a47768656ed6ff00000000a66e756d62657207";
    assert_eq!(value_as(PayloadNaming::CamelCase, &complex()).unwrap(), in_camel_case);
    let as_declared = "84a9757365725f6e616d65a161a447554944c0a47768656ed6ff00000000a66e756d62657207";
    assert_eq!(value_as(PayloadNaming::AsDeclared, &complex()).unwrap(), as_declared);
}

#[derive(Serialize)]
struct Wordy {
    my_name_of_exactly_thirty_one_letters: u8,
    the_name_of_exactly_thirty_two_letters: u8,
    größte_länge: u8,
    _leading: u8,
}

#[test]
fn names_of_members_may_be_long() {
    let wordy = Wordy {
        my_name_of_exactly_thirty_one_letters: 1,
        the_name_of_exactly_thirty_two_letters: 2,
        größte_länge: 3,
        _leading: 4,
    };
    let expected = [
        b"\x84\xbfMyNameOfExactlyThirtyOneLetters\x01\xd9\x20TheNameOfExactlyThirtyTwoLetters\x02".as_slice(),
        b"\xaeGr\xc3\xb6\xc3\x9fteL\xc3\xa4nge\x03\xa7Leading\x04",
    ];
    assert_eq!(value(&wordy), to_hex(&expected.concat()));
}

#[derive(Serialize)]
enum Shape {
    One,
    Circle(f32),
    Line(i32, i32),
    Box { line_width: u8 },
}

#[test]
fn enums_tuples_and_maps() {
    assert_eq!(value(&Shape::One), "a34f6e65");
    assert_eq!(value(&Shape::Circle(1.5)), "81a6436972636c65ca3fc00000");
    assert_eq!(value(&Shape::Line(1, 2)), "81a44c696e65920102");
    assert_eq!(value(&Shape::Box { line_width: 7 }), "81a3426f7881a94c696e65576964746807");
    assert_eq!(value(&(1, "x", [2])), "9301a1789102");
    assert_eq!(value(&BTreeMap::from([("user_name", 1), ("b", 2)])), "82a16202a9757365725f6e616d6501");
    assert_eq!(value(&BTreeMap::from([(5, true)])), "8105c3");
    assert_eq!(value(&BTreeMap::<u8, u8>::new()), "80");
}

/// .NET's `DateTimeOffset`: the local clock as a timestamp, and by how many minutes it is ahead (M-53).
#[test]
fn a_time_with_an_offset_is_a_pair() {
    let local: DateTime = "2017-04-11T02:00:00Z".parse().unwrap();
    assert_eq!(value(&(local, 120_i16)), "92d6ff58ec38a078");
    assert_eq!(value(&(local, -90_i16)), "92d6ff58ec38a0d0a6");
}

/// Announces no length, or a wrong one.
struct Counted {
    announced: Option<usize>,
    count: usize,
    is_map: bool,
}

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_map {
            let mut map = serializer.serialize_map(self.announced)?;
            (0..self.count).try_for_each(|index| map.serialize_entry(&index, "x"))?;
            return map.end();
        }
        let mut sequence = serializer.serialize_seq(self.announced)?;
        (0..self.count).try_for_each(|index| sequence.serialize_element(&index))?;
        sequence.end()
    }
}

#[test]
fn lengths_are_those_that_came() {
    let counted = |announced, count, is_map| value(&Counted { announced, count, is_map });
    assert_eq!(counted(None, 2, false), "920001");
    assert_eq!(counted(Some(20), 2, false), "920001");
    assert_eq!(counted(Some(0), 0, false), "90");
    assert!(counted(Some(1), 20, false).starts_with("dc0014000102"));
    assert_eq!(counted(None, 1, true), "8100a178");
    assert!(counted(None, 16, true).starts_with("de001000a178"));
    assert_eq!(value(&vec![Counted { announced: None, count: 1, is_map: false }]), "919100");
}

struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("no"))
    }
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let protocol = HubProtocol::message_pack();
    let mut out = b"before".to_vec();
    let failures = [
        protocol.write_invocation(&mut out, None, "A", &("x", Failing)),
        protocol.write_stream_invocation(&mut out, "1", "A", &(Failing,), &[]),
        protocol.write_stream_item(&mut out, "1", &Failing),
        protocol.write_result(&mut out, "1", &vec![Some(Failing)]),
    ];
    for failure in failures {
        let error = failure.unwrap_err();
        assert_eq!((error.kind(), error.text()), ("MessagePackSerializationException", "no"));
    }
    assert_eq!(out, b"before");
}
