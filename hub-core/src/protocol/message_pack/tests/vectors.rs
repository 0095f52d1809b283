//! The vectors of section 5.5, read and written.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::protocol::{DateTime, Frame, HubProtocol, Invocation, Message, Outcome, PayloadError};

/// What `write` writes is the vector, behind its length.
fn assert_writes(vector: &str, write: impl FnOnce(&HubProtocol, &mut Vec<u8>)) {
    let mut out = Vec::new();
    write(&HubProtocol::message_pack(), &mut out);
    let Frame::Complete { message, consumed } = HubProtocol::message_pack().frame(&out, None) else {
        panic!("{vector}: incomplete")
    };
    assert_eq!(consumed, out.len(), "{vector}");
    assert_eq!(BASE64_STANDARD.encode(&out[message]), vector);
}

/// Hands the message that a vector is to `check`.
fn read<R>(vector: &str, check: impl FnOnce(Message<'_>) -> R) -> R {
    let bytes = BASE64_STANDARD.decode(vector).unwrap();
    check(HubProtocol::message_pack().parse(&bytes).unwrap_or_else(|error| panic!("{vector}: {error}")))
}

fn invocation<A: DeserializeOwned>(call: &Invocation<'_>) -> (Option<String>, String, A, Vec<String>) {
    assert!(call.headers.is_empty() && call.flaw.is_none());
    let stream_ids = call.stream_ids.iter().map(ToString::to_string).collect();
    let arguments = call.arguments.value().deserialize().unwrap();
    (call.id.as_deref().map(str::to_owned), call.target.to_string(), arguments, stream_ids)
}

fn read_invocation<A: DeserializeOwned>(vector: &str) -> (Option<String>, String, A, Vec<String>) {
    read(vector, |message| match message {
        Message::Invocation(call) => invocation(&call),
        other => panic!("{vector}: {other:?}"),
    })
}

fn read_result<T: DeserializeOwned>(vector: &str) -> Result<T, PayloadError> {
    read(vector, |message| match message {
        Message::Completion { id, outcome: Outcome::Result(result) } if id == "xyz" => result.deserialize(),
        other => panic!("{vector}: {other:?}"),
    })
}

fn read_item<T: DeserializeOwned>(vector: &str) -> Result<T, PayloadError> {
    read(vector, |message| match message {
        Message::StreamItem { id, item } if id == "xyz" => item.deserialize(),
        other => panic!("{vector}: {other:?}"),
    })
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Number {
    One,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "those of the vector")]
struct Custom {
    string_prop: Option<String>,
    double_prop: f64,
    int_prop: i32,
    date_time_prop: DateTime,
    null_prop: Option<String>,
    byte_arr_prop: bytes_of_the_vector::Three,
}

/// Bytes that are written as such, which takes more than a `Vec<u8>`.
mod bytes_of_the_vector {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[derive(Debug, PartialEq)]
    pub(super) struct Three(pub(super) [u8; 3]);

    impl Serialize for Three {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for Three {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let bytes: Vec<u8> = Vec::deserialize(deserializer)?;
            bytes.try_into().map(Self).map_err(|_| de::Error::custom("not three bytes"))
        }
    }
}

#[test]
fn invocations() {
    let (id, none) = (Some("xyz".to_owned()), Vec::<String>::new());
    let vector = "lgGAo3h5eqZtZXRob2SQkA==";
    assert_writes(vector, |p, out| p.write_invocation(out, Some("xyz"), "method", &()).unwrap());
    assert_eq!(read_invocation::<Vec<IgnoredAny>>(vector).2.len(), 0);
    assert_eq!(read_invocation::<[(); 0]>(vector), (id, "method".into(), [], none.clone()));

    let vector = "lgGAwKZtZXRob2SQkA==";
    assert_writes(vector, |p, out| p.write_invocation(out, None, "method", &()).unwrap());
    assert_eq!(read_invocation::<[(); 0]>(vector), (None, "method".into(), [], none.clone()));

    let vector = "lgGAwKZtZXRob2SRKpA=";
    assert_writes(vector, |p, out| p.write_invocation(out, None, "method", &(42,)).unwrap());
    assert_eq!(read_invocation(vector), (None, "method".into(), (42,), none.clone()));

    let vector = "lgGAwKZtZXRob2SSKqZzdHJpbmeQ";
    assert_writes(vector, |p, out| p.write_invocation(out, None, "method", &(42, "string")).unwrap());
    assert_eq!(read_invocation(vector), (None, "method".into(), (42, "string".to_owned()), none.clone()));

    let vector = "lgGAwKZtZXRob2SRwJA=";
    assert_writes(vector, |p, out| p.write_invocation(out, None, "method", &(None::<i32>,)).unwrap());
    assert_eq!(read_invocation(vector), (None, "method".into(), (None::<i32>,), none.clone()));

    let vector = "lgGAwKZtZXRob2SSKqNPbmWQ";
    assert_writes(vector, |p, out| p.write_invocation(out, None, "method", &(42, Number::One)).unwrap());
    assert_eq!(read_invocation(vector), (None, "method".into(), (42, Number::One), none));
}

#[test]
fn stream_ids() {
    let ids = vec!["__test_id__".to_owned()];
    let (id, target) = (None, "Target".to_owned());
    assert_eq!(
        read_invocation::<[(); 0]>("lgGAwKZUYXJnZXSQkatfX3Rlc3RfaWRfXw=="),
        (id.clone(), target.clone(), [], ids.clone())
    );
    assert_eq!(read_invocation("lgGAwKZUYXJnZXSRKpGrX190ZXN0X2lkX18="), (id, target, (42,), ids));
}

#[test]
fn stream_invocations() {
    for (vector, arguments) in [("lgSAo3h5eqZtZXRob2SQkA==", vec![]), ("lgSAo3h5eqZtZXRob2SRKpA=", vec![42])] {
        assert_writes(vector, |p, out| match arguments.first() {
            None => p.write_stream_invocation(out, "xyz", "method", &(), &[]).unwrap(),
            Some(argument) => p.write_stream_invocation(out, "xyz", "method", &(argument,), &[]).unwrap(),
        });
        read(vector, |message| match message {
            Message::StreamInvocation(call) => {
                assert_eq!(invocation(&call), (Some("xyz".into()), "method".into(), arguments, vec![]));
            }
            other => panic!("{vector}: {other:?}"),
        });
    }
    let vector = "lgSAo3h5eqZtZXRob2SRo09uZZA=";
    assert_writes(vector, |p, out| {
        p.write_stream_invocation(out, "xyz", "method", &(Number::One,), &[]).unwrap();
    });
}

#[test]
fn stream_items() {
    let write = |vector, item: &dyn Fn(&HubProtocol, &mut Vec<u8>)| assert_writes(vector, |p, out| item(p, out));
    write("lAKAo3h5eio=", &|p, out| p.write_stream_item(out, "xyz", &42).unwrap());
    write("lAKAo3h5espCKAAA", &|p, out| p.write_stream_item(out, "xyz", &42.0_f32).unwrap());
    write("lAKAo3h5eqZzdHJpbmc=", &|p, out| p.write_stream_item(out, "xyz", "string").unwrap());
    write("lAKAo3h5esM=", &|p, out| p.write_stream_item(out, "xyz", &true).unwrap());
    write("lAKAo3h5esA=", &|p, out| p.write_stream_item(out, "xyz", &()).unwrap());
    assert_eq!(read_item("lAKAo3h5eio="), Ok(42));
    assert_eq!(read_item("lAKAo3h5espCKAAA"), Ok(42.0_f32));
    assert_eq!(read_item("lAKAo3h5eqZzdHJpbmc="), Ok("string".to_owned()));
    assert_eq!(read_item("lAKAo3h5esM="), Ok(true));
    assert_eq!(read_item("lAKAo3h5esA="), Ok(None::<i32>));
}

#[test]
fn completions() {
    assert_writes("lQOAo3h5egGwRXJyb3Igbm90IGZvdW5kIQ==", |p, out| p.write_error(out, "xyz", "Error not found!"));
    read("lQOAo3h5egGwRXJyb3Igbm90IGZvdW5kIQ==", |message| {
        assert!(matches!(message, Message::Completion { id, outcome: Outcome::Error(error) }
            if id == "xyz" && error == "Error not found!"));
    });
    assert_writes("lAOAo3h5egI=", |p, out| p.write_void(out, "xyz"));
    read("lAOAo3h5egI=", |message| {
        assert!(matches!(message, Message::Completion { id, outcome: Outcome::Void } if id == "xyz"));
    });
    let write = |vector, result: &dyn Fn(&HubProtocol, &mut Vec<u8>)| assert_writes(vector, |p, out| result(p, out));
    write("lQOAo3h5egMq", &|p, out| p.write_result(out, "xyz", &42).unwrap());
    write("lQOAo3h5egPKQigAAA==", &|p, out| p.write_result(out, "xyz", &42.0_f32).unwrap());
    write("lQOAo3h5egOmc3RyaW5n", &|p, out| p.write_result(out, "xyz", "string").unwrap());
    write("lQOAo3h5egPD", &|p, out| p.write_result(out, "xyz", &true).unwrap());
    write("lQOAo3h5egPA", &|p, out| p.write_result(out, "xyz", &()).unwrap());
    write("lQOAo3h5egOjT25l", &|p, out| p.write_result(out, "xyz", &Number::One).unwrap());
    assert_eq!(read_result("lQOAo3h5egMq"), Ok(42));
    assert_eq!(read_result("lQOAo3h5egPKQigAAA=="), Ok(42.0_f32));
    assert_eq!(read_result("lQOAo3h5egOmc3RyaW5n"), Ok("string".to_owned()));
    assert_eq!(read_result("lQOAo3h5egPD"), Ok(true));
    assert_eq!(read_result("lQOAo3h5egPA"), Ok(()));
    assert_eq!(read_result("lQOAo3h5egOjT25l"), Ok(Number::One));
}

#[test]
#[expect(clippy::approx_constant, reason = "the number of the vector")]
fn an_object() {
    let vector = "lQOAo3h5egOGqlN0cmluZ1Byb3CoU2lnbmFsUiGqRG91YmxlUHJvcMtAGSH7VELPEqdJbnRQcm9wKqxEYXRlVGltZVByb3DW/1js\
                  HICoTnVsbFByb3DAq0J5dGVBcnJQcm9wxAMBAgM=";
    let object = Custom {
        string_prop: Some("SignalR!".to_owned()),
        double_prop: 6.283_185_307_1,
        int_prop: 42,
        date_time_prop: "2017-04-11T00:00:00Z".parse().unwrap(),
        null_prop: None,
        byte_arr_prop: bytes_of_the_vector::Three([1, 2, 3]),
    };
    assert_writes(vector, |p, out| p.write_result(out, "xyz", &object).unwrap());
    assert_eq!(read_result(vector), Ok(object));
}

#[test]
fn other_messages() {
    assert_writes("kwWAo3h5eg==", |p, out| p.write_cancel(out, "xyz"));
    read("kwWAo3h5eg==", |message| assert!(matches!(message, Message::CancelInvocation { id } if id == "xyz")));
    assert_writes("kQY=", HubProtocol::write_ping);
    read("kQY=", |message| assert!(matches!(message, Message::Ping)));
    for (vector, error, allow_reconnect) in [
        ("kwfAwg==", None, false),
        ("kwemRXJyb3Ihwg==", Some("Error!"), false),
        ("kwfAww==", None, true),
        ("kwemRXJyb3Ihww==", Some("Error!"), true),
    ] {
        assert_writes(vector, |p, out| p.write_close(out, error, allow_reconnect));
        read(vector, |message| match message {
            Message::Close { error: read, allow_reconnect: reconnect } => {
                assert_eq!((read.as_deref(), reconnect), (error, allow_reconnect));
            }
            other => panic!("{vector}: {other:?}"),
        });
    }
    assert_writes("kggq", |p, out| p.write_ack(out, 42));
    read("kggq", |message| assert!(matches!(message, Message::Ack { sequence_id: 42 })));
    assert_writes("kgnMkg==", |p, out| p.write_sequence(out, 146));
    read("kgnMkg==", |message| assert!(matches!(message, Message::Sequence { sequence_id: 146 })));
}
