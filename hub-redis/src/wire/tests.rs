//! The payloads that ASP.NET Core's servers published, byte by byte, and what they accept (section 12.2).

use bytes::Bytes;
use hub_core::{ConnectionId, OutgoingMessage};

use super::*;

const RECORDED: &str = include_str!("transcript.tsv");

/// A line of the recording.
struct Recorded {
    operation: &'static str,
    channel: &'static str,
    payload: Bytes,
}

fn recorded() -> Vec<Recorded> {
    let lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    let published = lines.filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [operation, _, "PUBLISH", channel, payload] => Some(Recorded { operation, channel, payload: hex(payload) }),
        _ => None,
    });
    published.collect()
}

fn hex(text: &str) -> Bytes {
    let bytes = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap());
    bytes.collect()
}

fn invocation(payload: &Bytes) -> Invocation {
    Invocation::read(payload).unwrap()
}

fn encodings(message: &OutgoingMessage) -> Vec<(&str, &[u8])> {
    message.encodings().map(|(name, bytes)| (name, &**bytes)).collect()
}

#[test]
fn every_recorded_payload_is_understood_and_written_as_it_was() {
    let mut counts = [0; 4];
    for Recorded { operation, channel, payload } in recorded() {
        let (kind, written) = match channel.strip_prefix("P:internal:") {
            Some("groups") => (0, GroupCommand::read(&payload).unwrap().write()),
            Some(ack) if ack.starts_with("ack:") => (1, Ack::read(&payload).unwrap().write()),
            Some(_) => (2, Completion::read(&payload).unwrap().write()),
            None => {
                let Invocation { excluded, message, third, return_channel } = invocation(&payload);
                let asked = third.as_deref().zip(return_channel.as_deref());
                let asked = asked.map(|(id, return_channel)| Asked { id, return_channel });
                (3, write_invocation(&excluded, &message, asked, None))
            }
        };
        counts[kind] += 1;
        assert_eq!(written, payload, "{operation}");
    }
    assert_eq!(counts, [7, 6, 13, 49]);
}

#[test]
fn a_recorded_invocation_says_what_was_sent() {
    let all = recorded();
    let of = |operation: &str| invocation(&all.iter().find(|line| line.operation == operation).unwrap().payload);
    let to_all = of("a1: ToAll(\"hi\")");
    assert!(to_all.excluded.is_empty() && to_all.third.is_none());
    let json = "{\"type\":1,\"target\":\"Receive\",\"arguments\":[\"hi\"]}\u{1e}";
    let message_pack = b"\x11\x96\x01\x80\xc0\xa7Receive\x91\xa2hi\x90";
    assert_eq!(encodings(&to_all.message), [("json", json.as_bytes()), ("messagepack", message_pack)]);
    let excluded = of("a1: ToAllExcept([a2, b1], \"hi\")").excluded;
    assert_eq!(excluded, ["PfjrrDBbxQ_bef2X6GD7XA", "c5xqiI7U6pzJKXQMsvE9HQ"].map(ConnectionId::from));
    let question = of("a1: AskClient(b1, \"why\") (JSON connection on B)");
    assert_eq!(question.third.unwrap(), "nMC3fqZsM0OzcwpVXG8+EA");
    let server = "alpha_0ea343cc197a42889d5532619b3cabf2";
    assert_eq!(question.return_channel.unwrap(), format!("RefServer.Wire:internal:return:{server}"));
}

#[test]
fn the_published_vectors_are_written() {
    let message = OutgoingMessage::from_encodings([("p1", Bytes::from_static(b"*")), ("p2", Bytes::from_static(b"*"))]);
    let written = write_invocation(&["a".into()], &message, None, None);
    assert_eq!(written, hex("9291a16182a27031c4012aa27032c4012a"));
    let command = GroupCommand { id: 42, server: "S", action: ADD, group: "G", connection: "C" };
    assert_eq!(command.write(), hex("952aa15301a147a143"));
    assert_eq!(GroupCommand { action: REMOVE, ..command }.write(), hex("952aa15302a147a143"));
    let acks =
        [(0, "9100"), (42, "912a"), (180, "91ccb4"), (384, "91cd0180"), (70000, "91ce00011170"), (-50, "91d0ce")];
    for (id, bytes) in acks {
        assert_eq!(Ack(id).write(), hex(bytes));
        assert_eq!(Ack::read(&hex(bytes)), Ok(Ack(id)));
    }
    let completion = Completion { protocol: "messagepack", message: hex("950380a378797a032a") };
    assert_eq!(completion.write(), hex("92ab6d6573736167657061636bc409950380a378797a032a"));
}

#[test]
fn other_orders_and_further_items_do_not_matter() {
    for (payload, names) in [
        ("929082a27032c4012aa27031c4012b", &["p2", "p1"][..]),
        ("9291c081a27031c4012a", &["p1"]),
        ("939081a27031c4012ac0", &["p1"]),
        ("969081a27031c4012ac0c0c0c0", &["p1"]),
        ("969081a27031c4012a01820102c0c0c0", &["p1"]),
        ("9290df00000001a27031c6000000012a", &["p1"]),
        ("929080", &[]),
    ] {
        let read = invocation(&hex(payload));
        assert!(read.excluded.is_empty(), "{payload}");
        assert_eq!(encodings(&read.message).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), names, "{payload}");
    }
    assert_eq!(Ack::read(&hex("91d3000000000000012c")), Ok(Ack(300)));
    assert_eq!(GroupCommand::read(&hex("962aa15303a147a143c0")).unwrap().action, 3);
}

#[test]
fn what_cannot_be_read_says_why() {
    let failure = |payload: &str| Invocation::read(&hex(payload)).unwrap_err().0;
    assert_eq!(failure("9190"), "Insufficient items in Invocation array.");
    assert_eq!(failure(""), "There is no array.");
    assert_eq!(failure("c1ff00"), "There is no array.");
    assert_eq!(failure("92c080"), "There is no array.");
    assert_eq!(failure("929081a27031a12a"), "There are no bytes.");
    assert_eq!(failure("929081a27031c4022a"), "The payload is cut off.");
    assert_eq!(failure("929081a2fffec4012a"), "A text is not UTF-8.");
    let command = GroupCommand::read(&hex("942aa15301a147")).unwrap_err().0;
    assert_eq!(command, "Insufficient items in GroupCommand array.");
    assert_eq!(Ack::read(&hex("90")).unwrap_err().0, "Insufficient items in Ack array.");
    assert_eq!(Ack::read(&hex("91ce80000000")).unwrap_err().0, "There is no integer of that range.");
    assert_eq!(Completion::read(&hex("91a178")).unwrap_err().0, "Insufficient items in CompletionMessage array.");
}
