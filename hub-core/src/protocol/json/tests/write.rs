//! What is written (section 4.1).

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::protocol::{HubProtocol, JsonOptions, PayloadError, PayloadNaming};

fn written(write: impl FnOnce(&HubProtocol, &mut Vec<u8>)) -> String {
    let mut out = b"before".to_vec();
    write(&HubProtocol::json(), &mut out);
    let text = String::from_utf8(out).unwrap();
    text.strip_prefix("before").unwrap().to_owned()
}

fn value_as(naming: PayloadNaming, value: &impl Serialize) -> Result<String, PayloadError> {
    let mut out = Vec::new();
    let protocol = HubProtocol::Json(JsonOptions::default().with_naming(naming));
    protocol.write_result(&mut out, "1", value).inspect_err(|_| assert!(out.is_empty()))?;
    let text = String::from_utf8(out).unwrap();
    let value = text.strip_prefix(r#"{"type":3,"invocationId":"1","result":"#).unwrap();
    Ok(value.strip_suffix("}\u{1e}").unwrap().to_owned())
}

fn value(value: &impl Serialize) -> String {
    value_as(PayloadNaming::CamelCase, value).unwrap()
}

#[test]
fn messages_have_the_order_and_form_of_dotnet() {
    for (text, expected) in [
        (
            written(|p, out| p.write_invocation(out, None, "Send", &("u", "hi")).unwrap()),
            r#"{"type":1,"target":"Send","arguments":["u","hi"]}"#,
        ),
        (
            written(|p, out| p.write_invocation(out, Some("123"), "Target", &(1, "Foo")).unwrap()),
            r#"{"type":1,"invocationId":"123","target":"Target","arguments":[1,"Foo"]}"#,
        ),
        (
            written(|p, out| p.write_invocation(out, Some(""), "T", &()).unwrap()),
            r#"{"type":1,"target":"T","arguments":[]}"#,
        ),
        (
            written(|p, out| p.write_stream_invocation(out, "1", "T", &(42,), &["a", "b"]).unwrap()),
            r#"{"type":4,"invocationId":"1","target":"T","arguments":[42],"streamIds":["a","b"]}"#,
        ),
        (
            written(|p, out| p.write_stream_invocation(out, "1", "T", &(42,), &[]).unwrap()),
            r#"{"type":4,"invocationId":"1","target":"T","arguments":[42]}"#,
        ),
        (
            written(|p, out| p.write_stream_item(out, "1", &None::<i32>).unwrap()),
            r#"{"type":2,"invocationId":"1","item":null}"#,
        ),
        (written(|p, out| p.write_result(out, "1", &()).unwrap()), r#"{"type":3,"invocationId":"1","result":null}"#),
        (written(|p, out| p.write_void(out, "1")), r#"{"type":3,"invocationId":"1"}"#),
        (
            written(|p, out| p.write_error(out, "1\"", "Whoops!\n")),
            r#"{"type":3,"invocationId":"1\"","error":"Whoops!\n"}"#,
        ),
        (written(|p, out| p.write_cancel(out, "1")), r#"{"type":5,"invocationId":"1"}"#),
        (written(HubProtocol::write_ping), r#"{"type":6}"#),
        (written(|p, out| p.write_close(out, None, false)), r#"{"type":7}"#),
        (written(|p, out| p.write_close(out, Some(""), false)), r#"{"type":7,"error":""}"#),
        (
            written(|p, out| p.write_close(out, Some("Error!"), true)),
            r#"{"type":7,"error":"Error!","allowReconnect":true}"#,
        ),
        (written(|p, out| p.write_ack(out, 102_020)), r#"{"type":8,"sequenceId":102020}"#),
        (written(|p, out| p.write_sequence(out, 1)), r#"{"type":9,"sequenceId":1}"#),
    ] {
        assert_eq!(text, format!("{expected}\u{1e}"));
    }
}

#[test]
fn a_failed_message_leaves_nothing_behind() {
    for failed in [
        written(|p, out| {
            p.write_invocation(out, None, "T", &(1, f64::NAN)).unwrap_err();
        }),
        written(|p, out| {
            p.write_stream_item(out, "1", &vec![f32::INFINITY]).unwrap_err();
        }),
        written(|p, out| {
            p.write_result(out, "1", &BTreeMap::from([(vec![1], 1)])).unwrap_err();
        }),
    ] {
        assert_eq!(failed, "");
    }
}

#[derive(Serialize)]
struct Person {
    user_name: &'static str,
    #[serde(rename = "URLValue")]
    url: Option<u8>,
    #[serde(rename = "a\"b_c")]
    odd: [bool; 2],
}

const PERSON: Person = Person { user_name: "n", url: None, odd: [true, false] };

#[derive(Serialize)]
enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, u8),
    Struct { side_length: u8 },
}

#[test]
fn fields_are_named_as_chosen() {
    let text = |naming| value_as(naming, &PERSON).unwrap();
    assert_eq!(text(PayloadNaming::CamelCase), r#"{"userName":"n","urlValue":null,"a\"bC":[true,false]}"#);
    assert_eq!(text(PayloadNaming::PascalCase), r#"{"UserName":"n","URLValue":null,"A\"bC":[true,false]}"#);
    assert_eq!(text(PayloadNaming::AsDeclared), r#"{"user_name":"n","URLValue":null,"a\"b_c":[true,false]}"#);
}

#[test]
fn enums_are_written_as_serde_does() {
    assert_eq!(value(&Shape::Unit), r#""Unit""#);
    assert_eq!(value(&Shape::Newtype(1)), r#"{"Newtype":1}"#);
    assert_eq!(value(&Shape::Tuple(1, 2)), r#"{"Tuple":[1,2]}"#);
    assert_eq!(value(&Shape::Struct { side_length: 1 }), r#"{"Struct":{"sideLength":1}}"#);
}

#[test]
fn keys_of_maps_are_strings_and_stay_as_they_are() {
    assert_eq!(value(&BTreeMap::from([("user_name", 1), ("\"", 2)])), r#"{"\"":2,"user_name":1}"#);
    assert_eq!(value(&BTreeMap::from([(-1, 1), (2, 2)])), r#"{"-1":1,"2":2}"#);
    assert_eq!(value(&BTreeMap::from([(u128::MAX, 1)])), r#"{"340282366920938463463374607431768211455":1}"#);
    assert_eq!(value(&BTreeMap::from([(true, 1)])), r#"{"true":1}"#);
    assert_eq!(value(&BTreeMap::from([('\n', 1)])), r#"{"\n":1}"#);
    let refused = value_as(PayloadNaming::CamelCase, &BTreeMap::from([((), 1)])).unwrap_err();
    assert_eq!(refused.kind(), "JsonException");
}

struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn scalars() {
    assert_eq!(value(&i128::MIN), "-170141183460469231731687303715884105728");
    assert_eq!(value(&(i8::MIN, u64::MAX, 2.0, 0.5_f32, 'é', true)), r#"[-128,18446744073709551615,2,0.5,"é",true]"#);
    assert_eq!(value(&std::net::Ipv4Addr::LOCALHOST), r#""127.0.0.1""#);
    assert_eq!(value(&format_args!("a{}b", '"')), r#""a\"b""#);
    for (bytes, expected) in [(&b""[..], ""), (b"\x01", "AQ=="), (b"\x01\x02", "AQI="), (b"\x01\x02\x03", "AQID")] {
        assert_eq!(value(&Bytes(bytes)), format!("\"{expected}\""));
    }
    assert_eq!(value(&Bytes(b"\xfb\xff\xbf")), r#""+/+/""#);
}

#[derive(Serialize)]
enum Deep {
    End,
    Newtype(Box<Deep>),
    Tuple(Box<Deep>, u8),
    Struct { inner: Box<Deep> },
    List(Vec<Deep>),
}

/// Wraps a value so often that the whole has so many levels.
fn deep(levels: usize, wrap: impl Fn(Deep) -> Deep, levels_of_wrap: usize) -> Deep {
    (0..levels / levels_of_wrap).fold(Deep::End, |inner, _| wrap(inner))
}

#[test]
fn sixty_four_levels_can_be_written_and_no_more() {
    let newtype = |inner| Deep::Newtype(Box::new(inner));
    let tuple = |inner| Deep::Tuple(Box::new(inner), 1);
    let fields = |inner| Deep::Struct { inner: Box::new(inner) };
    let list = |inner| Deep::List(vec![Deep::End, inner, Deep::End]);
    let protocol = HubProtocol::json();
    for (wrap, each) in [(&newtype as &dyn Fn(Deep) -> Deep, 1), (&tuple, 2), (&fields, 2), (&list, 2)] {
        let mut out = Vec::new();
        // The argument list is the second level, so that the 62 behind it are even.
        protocol.write_invocation(&mut out, None, "T", &(deep(62, wrap, each), deep(62, wrap, each))).unwrap();
        protocol.parse(out.strip_suffix(b"\x1e").unwrap()).unwrap();
        let refused = protocol.write_invocation(&mut out, None, "T", &(deep(64, wrap, each),)).unwrap_err();
        assert_eq!(refused.kind(), "JsonException");
    }
    protocol.write_result(&mut Vec::new(), "1", &deep(63, newtype, 1)).unwrap();
    protocol.write_result(&mut Vec::new(), "1", &deep(64, newtype, 1)).unwrap_err();
}

#[test]
fn tuples_of_up_to_sixteen_are_arguments() {
    let sixteen = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, "16");
    assert_eq!(
        written(|p, out| p.write_invocation(out, None, "T", &&sixteen).unwrap()),
        "{\"type\":1,\"target\":\"T\",\"arguments\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,\"16\"]}\u{1e}"
    );
}
