//! What arguments, items and results are read as (J-70…J-73).

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use crate::protocol::{HubProtocol, JsonOptions, Message, Outcome, PayloadError, PayloadNaming};

fn read_as<T: DeserializeOwned>(naming: PayloadNaming, json: impl AsRef<[u8]>) -> Result<T, PayloadError> {
    let message = [br#"{"type":3,"invocationId":"1","result":"#, json.as_ref(), b"}"].concat();
    let protocol = HubProtocol::Json(JsonOptions::default().with_naming(naming));
    match protocol.parse(&message) {
        Ok(Message::Completion { outcome: Outcome::Result(result), .. }) => result.deserialize(),
        other => panic!("{}: {other:?}", json.as_ref().escape_ascii()),
    }
}

fn read<T: DeserializeOwned>(json: impl AsRef<[u8]>) -> Result<T, PayloadError> {
    read_as(PayloadNaming::CamelCase, json)
}

fn assert_reads<T: DeserializeOwned + PartialEq + Debug>(cases: impl IntoIterator<Item = (&'static str, T)>) {
    for (json, expected) in cases {
        assert_eq!(read::<T>(json), Ok(expected), "{json}");
    }
}

fn assert_refuses<T: DeserializeOwned + Debug>(cases: &[&str]) {
    for json in cases {
        let error = read::<T>(json).expect_err(json);
        assert_eq!(error.kind(), "JsonException");
        assert!(!error.text().is_empty());
    }
}

#[test]
fn integers_are_read_from_integer_notation_within_their_range() {
    assert_reads([("0", 0), ("-0", 0), ("2147483647", i32::MAX), ("-2147483648", i32::MIN)]);
    assert_refuses::<i32>(&[
        "2147483648",
        "-2147483649",
        "1.0",
        "1e2",
        "-0.0",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "123456789012345678901234567890",
    ]);
    assert_reads([("-0", 0_u8), ("255", 255)]);
    assert_refuses::<u8>(&["256", "-1"]);
    assert_reads([("9007199254740993", 9_007_199_254_740_993_i64), ("-9223372036854775808", i64::MIN)]);
    assert_reads([("340282366920938463463374607431768211455", u128::MAX)]);
    assert_reads([("-170141183460469231731687303715884105728", i128::MIN)]);
}

#[test]
fn floats_are_read_from_any_number_they_can_hold() {
    assert_reads([("0", 0.0), ("2.0", 2.0), ("1e40", 1e40), ("5e-324", 5e-324), ("1e-400", 0.0)]);
    assert_reads([("1E+2", 100.0), ("99999999999999999", 1e17), ("0.1", 0.1)]);
    assert!(read::<f64>("-0").is_ok_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    assert_reads([("0.1", 0.1_f32), ("16777217.0000001", 16_777_218.0)]);
    assert_refuses::<f64>(&["1e400", "-1e400", "\"1.5\"", "\"NaN\"", "null", "true"]);
    assert_refuses::<f32>(&["1e39"]);
}

#[test]
fn other_scalars() {
    assert_reads([("true", true), ("false", false)]);
    assert_refuses::<bool>(&["1", "\"true\"", "null"]);
    assert_reads([("\"\"", String::new()), (r#""a\ud83d\ude00\/""#, "a😀/".into()), ("\"é\"", "é".into())]);
    assert_refuses::<String>(&["null", "1", "[]", "{}", r#""\ud83d""#, r#""\ude00""#, r#""a\ud83db""#]);
    assert_reads([("\"é\"", 'é'), (r#""\n""#, '\n')]);
    assert_refuses::<char>(&["\"\"", "\"ab\"", "1"]);
    assert_reads([("null", ())]);
    assert_refuses::<()>(&["1", "{}", "[]"]);
    for bad in [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"a\\n\xff\""] {
        assert!(read::<String>(bad).is_err());
    }
}

#[test]
fn null_is_read_by_options_only() {
    assert_reads([("null", None), ("1", Some(1))]);
    assert_reads([("null", None::<Vec<u8>>), ("[]", Some(vec![]))]);
    assert_refuses::<Vec<u8>>(&["null"]);
    assert_refuses::<HashMap<String, u8>>(&["null"]);
    assert_refuses::<Complex>(&["null"]);
}

#[test]
fn lists_and_tuples() {
    assert_reads([(r#"["a","b"]"#, vec!["a".to_owned(), "b".to_owned()]), ("[ ]", vec![])]);
    assert_refuses::<Vec<String>>(&["\"a\"", r#"{"0":"a"}"#, r#"[["a"]]"#, r#"["a",1]"#, "[null]"]);
    assert_reads([("[1,\"a\"]", (1, "a".to_owned()))]);
    assert_refuses::<(i32, String)>(&["[1]", "[1,\"a\",2]", "[]", "{}"]);
}

#[test]
fn maps_keep_their_keys_and_the_last_of_repeated_ones() {
    let map = |entries: &[(&str, i32)]| entries.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
    assert_reads::<BTreeMap<String, i32>>([
        (r#"{"a":1,"b":2}"#, map(&[("a", 1), ("b", 2)])),
        (r#"{"Abc":1,"abc":2,"ABC":3}"#, map(&[("Abc", 1), ("abc", 2), ("ABC", 3)])),
        (r#"{"a":1,"b":2,"a":3}"#, map(&[("a", 3), ("b", 2)])),
        (r#"{"\u0061":1,"a":2}"#, map(&[("a", 2)])),
        (r#"{"":1,"<é日😀\">":2," ":3}"#, map(&[("", 1), ("<é日😀\">", 2), (" ", 3)])),
    ]);
    assert_refuses::<BTreeMap<String, i32>>(&[
        r#"{"a":"x"}"#,
        r#"{"a":null}"#,
        "[]",
        r#"{"a":1.0}"#,
        r#"{"\ud83d":1}"#,
    ]);
    assert!(read::<BTreeMap<String, i32>>(b"{\"\xff\":1}").is_err());
    assert_reads([(r#"{"10":1,"-9":2}"#, BTreeMap::from([(10, 1), (-9, 2)]))]);
    assert_reads([(r#"{"true":1}"#, BTreeMap::from([(true, 1)]))]);
    assert_reads([(r#"{"x":1}"#, BTreeMap::from([(Some('x'), 1)]))]);
    assert_refuses::<BTreeMap<u8, i32>>(&[r#"{"x":1}"#, r#"{"256":1}"#]);
}

#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Complex {
    name: Option<String>,
    value: i32,
    ratio: Option<f64>,
    tags: Option<Vec<String>>,
    child: Option<Box<Complex>>,
}

fn complex(json: &str) -> Result<String, PayloadError> {
    let value: Complex = read(json)?;
    Ok(serde_json::to_string(&value).unwrap())
}

#[test]
fn members_of_objects_are_read_with_tolerance() {
    for (json, expected) in [
        ("{}", r#"{"name":null,"value":0,"ratio":null,"tags":null,"child":null}"#),
        (r#"{"Name":"n","Value":7,"Ratio":2}"#, r#"{"name":"n","value":7,"ratio":2.0,"tags":null,"child":null}"#),
        (r#"{"NAME":"n","vAlUe":7}"#, r#"{"name":"n","value":7,"ratio":null,"tags":null,"child":null}"#),
        (
            r#"{"name":"n","other":{"value":1},"x":[1]}"#,
            r#"{"name":"n","value":0,"ratio":null,"tags":null,"child":null}"#,
        ),
        (
            r#"{"child":null,"tags":["a"],"value":1,"name":"n"}"#,
            r#"{"name":"n","value":1,"ratio":null,"tags":["a"],"child":null}"#,
        ),
        (r#"{"value":1,"value":2}"#, r#"{"name":null,"value":2,"ratio":null,"tags":null,"child":null}"#),
        (r#"{"value":1 , "Value":2}"#, r#"{"name":null,"value":2,"ratio":null,"tags":null,"child":null}"#),
        (r#"{"NAME":"x","name":"y","Name":"z"}"#, r#"{"name":"z","value":0,"ratio":null,"tags":null,"child":null}"#),
        (r#"{"n\u0061me":"x"}"#, r#"{"name":"x","value":0,"ratio":null,"tags":null,"child":null}"#),
        (
            r#"{"child":{"value":1},"child":{"name":"b"}}"#,
            concat!(
                r#"{"name":null,"value":0,"ratio":null,"tags":null,"#,
                r#""child":{"name":"b","value":0,"ratio":null,"tags":null,"child":null}}"#
            ),
        ),
        (r#"{"child":{"value":1},"child":null}"#, r#"{"name":null,"value":0,"ratio":null,"tags":null,"child":null}"#),
        (
            r#"{"$type":"x","$id":"1","$values":[1],"value":-0}"#,
            r#"{"name":null,"value":0,"ratio":null,"tags":null,"child":null}"#,
        ),
    ] {
        assert_eq!(complex(json).as_deref(), Ok(expected), "{json}");
    }
    assert_refuses::<Complex>(&[
        r#"{"ratio":"2"}"#,
        r#"{"value":null}"#,
        r#"{"value":"7"}"#,
        r#"{"value":1.5}"#,
        r#"{"name":1}"#,
        r#"{"tags":[1]}"#,
        r#"{"child":{"child":{"value":"x"}}}"#,
        "[]",
        r#""x""#,
        r#"{"value":1,"value":"x"}"#,
        r#"{"value":"x","value":1}"#,
        r#"{"\ud83d":1}"#,
    ]);
}

#[test]
fn bad_bytes_in_unknown_members_pass() {
    assert_eq!(read::<Complex>(b"{\"na\xffme\":1,\"value\":3}").map(|complex| complex.value), Ok(3));
    assert_eq!(read::<Complex>(b"{\"x\":\"\xff\",\"value\":3}").map(|complex| complex.value), Ok(3));
    assert!(read::<Complex>(b"{\"name\":\"\xff\"}").is_err());
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    user_name: String,
    #[serde(default)]
    is_admin: bool,
}

#[test]
fn fields_in_snake_case_have_the_usual_names_too() {
    let expected = || Ok(Strict { user_name: "n".into(), is_admin: true });
    for json in [
        r#"{"userName":"n","isAdmin":true}"#,
        r#"{"UserName":"n","IsAdmin":true}"#,
        r#"{"USERNAME":"n","isadmin":true}"#,
        r#"{"user_name":"n","IS_ADMIN":true}"#,
        r#"{"userName":"m","isAdmin":false,"UserName":"n","is_admin":true}"#,
    ] {
        assert_eq!(read::<Strict>(json), expected(), "{json}");
    }
    assert_refuses::<Strict>(&["{}", r#"{"isAdmin":true}"#, r#"{"userName":"n","x":1}"#]);
    let declared = |json| read_as::<Strict>(PayloadNaming::AsDeclared, json);
    assert_eq!(declared(r#"{"user_name":"n","Is_Admin":true}"#), expected());
    assert!(declared(r#"{"userName":"n"}"#).is_err());
}

macro_rules! wide_struct {
    ($($field:ident)*) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct Wide { $($field: u8),* }
    };
}

wide_struct!(
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7
    d8 d9 e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 g0 g1 g2 g3 g4 g5 g6 g7 g8 g9
);

#[test]
fn structs_with_many_fields_work_the_same() {
    let wide: Wide = read(r#"{"g9":1,"A0":2,"G9":3,"c5":4,"zz":5}"#).unwrap();
    assert_eq!((wide.a0, wide.c5, wide.g9), (2, 4, 3));
    assert_eq!(read::<Wide>("{}").unwrap().g9, 0);
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, u8),
    Struct { side_length: u8 },
}

#[test]
fn enums_are_read_as_serde_does() {
    assert_reads([
        (r#""Unit""#, Shape::Unit),
        (r#""\u0055nit""#, Shape::Unit),
        (r#"{"Unit":null}"#, Shape::Unit),
        (r#"{ "Newtype" : 1 }"#, Shape::Newtype(1)),
        (r#"{"Tuple":[1,2]}"#, Shape::Tuple(1, 2)),
        (r#"{"Struct":{"sideLength":1}}"#, Shape::Struct { side_length: 1 }),
    ]);
    assert_refuses::<Shape>(&[
        "0",
        "null",
        "{}",
        r#""unit""#,
        r#""Newtype""#,
        r#"{"Newtype":1,"Unit":null}"#,
        r#"{"Tuple":[1]}"#,
        r#"{"Other":1}"#,
    ]);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Circle { radius: f64 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Fraction(f64),
    Flag(bool),
    Text(String),
    List(Vec<Untagged>),
    Nothing,
}

#[test]
fn types_that_look_at_the_value_first() {
    assert_reads([(r#"{"radius":2,"kind":"Circle"}"#, Tagged::Circle { radius: 2.0 })]);
    assert_reads([
        ("-0", Untagged::Number(0)),
        ("-5", Untagged::Number(-5)),
        ("1.5", Untagged::Fraction(1.5)),
        ("18446744073709551616", Untagged::Fraction(18_446_744_073_709_551_616.0)),
        ("true", Untagged::Flag(true)),
        (r#"["a",null]"#, Untagged::List(vec![Untagged::Text("a".into()), Untagged::Nothing])),
    ]);
    let json = r#"{"a":[1,-2,3.5,"x\n",null,true],"b":{}}"#;
    assert_eq!(read::<serde_json::Value>(json), Ok(serde_json::from_str(json).unwrap()));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Newtype(Vec<u8>);

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(u8, String);

#[test]
fn other_kinds_of_structs() {
    assert_reads([("[1,2]", Newtype(vec![1, 2]))]);
    assert_reads([("null", Unit)]);
    assert_reads([(r#"[1,"a"]"#, Pair(1, "a".into()))]);
}

#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }
}

#[test]
fn bytes_are_read_from_base64_alone() {
    assert_reads([
        (r#""AQID""#, Bytes(vec![1, 2, 3])),
        (r#""""#, Bytes(vec![])),
        (r#""AQ==""#, Bytes(vec![1])),
        (r#""+/+/""#, Bytes(vec![0xFB, 0xFF, 0xBF])),
        (r#""\u002b/+/""#, Bytes(vec![0xFB, 0xFF, 0xBF])),
        (r#""\tAQ\r\nID ""#, Bytes(vec![1, 2, 3])),
        (r#""AQ= =""#, Bytes(vec![1])),
        (r#""AQ\u003d=""#, Bytes(vec![1])),
    ]);
    assert_refuses::<Bytes>(&[
        r#""AQ""#,
        r#""AR==""#,
        r#""-_-_""#,
        r#""???""#,
        r#""AQ==AQ==""#,
        r#""AQ\u00a0ID""#,
        "1",
        "null",
        "[1,2,3]",
    ]);
}
