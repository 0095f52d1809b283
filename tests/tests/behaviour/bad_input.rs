//! Input that is made to hurt: it costs its sender the call or the connection, and nobody else anything.

use std::time::Duration;

use hub_server::testing::{TestClient, TestClientBuilder};
use hub_server::{HubProtocol, HubServer, UploadStream, hub};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{CLOSED_WITH_AN_ERROR, Raw, call, failure, in_time, result};

struct Target;

#[derive(Debug, Serialize, Deserialize)]
struct Nested {
    child: Option<Box<Nested>>,
}

#[hub]
impl Target {
    fn echo(&self, text: String) -> String {
        text
    }

    fn nested(&self, nested: Nested) -> Nested {
        nested
    }

    fn many(&self, numbers: Vec<u64>) -> usize {
        numbers.len()
    }

    async fn upload(&self, mut numbers: UploadStream<Vec<u64>>) -> bool {
        numbers.next().await.is_some_and(|item| item.is_ok())
    }
}

/// What becomes of who sends something.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// The connection ends, and its client is told so.
    Closed,
    /// The connection goes on.
    Lives,
}

/// Sends each input on a connection of its own, beside one that behaves and must not notice.
async fn assert_fates(protocol: HubProtocol, inputs: Vec<(&str, Fate, Vec<u8>)>) {
    let server = HubServer::new(Target);
    let connect = || async { in_time(builder(&server, &protocol).connect()).await.unwrap() };
    let mut witness = connect().await;
    for (name, expected, input) in inputs {
        let mut client = connect().await;
        let start = Instant::now();
        // A connection that has ended takes no more.
        let _ = in_time(client.send_bytes(&input)).await;
        assert_eq!(fate(&mut client).await, expected, "{name}");
        assert!(echoes(&mut witness).await, "{name}");
        assert_eq!(start.elapsed(), Duration::ZERO, "{name}");
    }
}

/// Whether a client can go on, and what it is told if not.
async fn fate(client: &mut TestClient) -> Fate {
    if echoes(client).await {
        return Fate::Lives;
    }
    let closed = in_time(client.closed()).await;
    assert_eq!(closed.error.as_deref(), Some("Connection closed with an error."));
    Fate::Closed
}

fn builder(server: &HubServer<Target>, protocol: &HubProtocol) -> TestClientBuilder<Target> {
    server.test_client().protocol(protocol.clone())
}

async fn echoes(client: &mut TestClient) -> bool {
    let echo = timeout(Duration::from_secs(1), client.invoke::<String>("Echo", ("x",))).await;
    echo.is_ok_and(|answer| answer.is_ok_and(|text| text == "x"))
}

/// A JSON message.
fn json(text: &str) -> Vec<u8> {
    text.replace('␞', "\u{1E}").into_bytes()
}

/// A MessagePack message behind its length.
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let message = parts.concat();
    let mut framed = Vec::new();
    let mut length = message.len();
    while length >= 0x80 {
        framed.push(u8::try_from(length & 0x7F | 0x80).unwrap());
        length >>= 7;
    }
    framed.push(u8::try_from(length).unwrap());
    framed.extend(message);
    framed
}

/// A MessagePack call of a method of this name with these arguments.
fn packed(target: &str, arguments: &[u8]) -> Vec<u8> {
    let name = [&[0xA0 | u8::try_from(target.len()).unwrap()], target.as_bytes()].concat();
    framed(&[b"\x96\x01\x80\xa1z", &name, arguments, b"\x90"])
}

#[tokio::test(start_paused = true)]
async fn json_that_is_deep_long_or_no_text_hurts_its_sender_alone() {
    let deep =
        |open: &str, levels: usize| format!(r#"{{"type":1,"target":"Nested","arguments":[{}"#, open.repeat(levels));
    let echo = |text: &[u8]| [br#"{"type":1,"target":"Echo","arguments":[""#, text, b"\"]}\x1e"].concat();
    let inputs = vec![
        ("arrays to the limit of size", Fate::Closed, json(&(deep("[", 32_000) + "␞"))),
        ("objects to the limit of size", Fate::Closed, json(&(deep(r#"{"child":"#, 3_500) + "␞"))),
        ("levels without an end", Fate::Closed, json(&deep("[", 100_000))),
        ("a byte that is never in UTF-8", Fate::Lives, echo(b"\xff")),
        ("a character in too many bytes", Fate::Lives, echo(b"\xc0\xaf")),
        ("half of a pair", Fate::Lives, echo(b"\xed\xa0\x80")),
        ("a character that breaks off", Fate::Lives, echo(b"\xf0\x9f\x98")),
        ("half of a pair, escaped", Fate::Lives, echo(br"\ud83d")),
        ("a target that is no UTF-8", Fate::Closed, b"{\"type\":1,\"target\":\"\xff\",\"arguments\":[]}\x1e".to_vec()),
        ("a name that is no UTF-8", Fate::Lives, b"{\"\xff\":1,\"type\":6}\x1e".to_vec()),
        ("a number beyond all bounds", Fate::Lives, json(r#"{"type":1,"target":"Many","arguments":[[1e999999]]}␞"#)),
        ("an acknowledgement of nothing", Fate::Lives, json(r#"{"type":8,"sequenceId":9223372036854775807}␞"#)),
        ("an acknowledgement below nothing", Fate::Lives, json(r#"{"type":8,"sequenceId":-9223372036854775808}␞"#)),
        ("a sequence from nowhere", Fate::Lives, json(r#"{"type":9,"sequenceId":9223372036854775807}␞"#)),
        ("an item of no stream", Fate::Lives, json(r#"{"type":2,"invocationId":"?","item":[[[]]]}␞"#)),
        ("an answer to nothing", Fate::Lives, json(r#"{"type":3,"invocationId":"s1","result":1}␞"#)),
        ("thousands of empty messages", Fate::Closed, json(&"␞".repeat(10_000))),
        ("thousands of cancellations", Fate::Lives, json(&r#"{"type":5,"invocationId":"x"}␞"#.repeat(10_000))),
    ];
    assert_fates(HubProtocol::json(), inputs).await;
}

#[tokio::test(start_paused = true)]
async fn message_pack_that_is_deep_lies_or_is_no_text_hurts_its_sender_alone() {
    let inputs = vec![
        (
            "arrays to the limit of size",
            Fate::Lives,
            packed("Nested", &[b"\x91".as_slice(), &b"\x91".repeat(30_000), b"\xc0"].concat()),
        ),
        (
            "maps to the limit of size",
            Fate::Lives,
            packed("Nested", &[b"\x91".as_slice(), &b"\x81\xa5Child".repeat(4_000), b"\xc0"].concat()),
        ),
        ("levels that break off", Fate::Closed, framed(&[b"\x96\x01\x80\xc0", &b"\x91".repeat(30_000)])),
        ("an array of four thousand million", Fate::Lives, packed("Many", b"\x91\xdd\xff\xff\xff\xff")),
        ("arguments of four thousand million", Fate::Lives, packed("Many", b"\xdd\xff\xff\xff\xff")),
        ("a text of four gigabytes", Fate::Lives, packed("Echo", b"\x91\xdb\xff\xff\xff\xff")),
        ("bytes of four gigabytes", Fate::Lives, packed("Many", b"\x91\xc6\xff\xff\xff\xff")),
        (
            "headers of four thousand million",
            Fate::Closed,
            framed(&[b"\x96\x01\xdf\xff\xff\xff\xff\xc0\xa4Echo\x90\x90"]),
        ),
        ("a target of four gigabytes", Fate::Closed, framed(&[b"\x96\x01\x80\xc0\xdb\xff\xff\xff\xff"])),
        (
            "stream ids of four thousand million",
            Fate::Closed,
            framed(&[b"\x96\x01\x80\xc0\xa4Echo\x91\xa1x\xdd\xff\xff\xff\xff"]),
        ),
        ("a length of two gigabytes", Fate::Closed, [b"\xff\xff\xff\xff\x07".as_slice(), &[0; 33_000]].concat()),
        ("a length beyond all bounds", Fate::Closed, b"\xff\xff\xff\xff\xff\xff".to_vec()),
        ("a length of nothing", Fate::Closed, vec![0]),
        ("an argument that is no UTF-8", Fate::Lives, packed("Echo", b"\x91\xa2\xc0\xaf")),
        ("a target that is no UTF-8", Fate::Lives, framed(&[b"\x96\x01\x80\xc0\xa2\xc0\xaf\x90\x90"])),
        ("an acknowledgement of nothing", Fate::Lives, framed(&[b"\x92\x08\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"])),
    ];
    assert_fates(HubProtocol::message_pack(), inputs).await;
}

#[tokio::test(start_paused = true)]
async fn an_item_that_lies_fails_its_upload_alone() {
    let server = HubServer::new(Target);
    let mut client = in_time(builder(&server, &HubProtocol::message_pack()).connect()).await.unwrap();
    client.send_bytes(&framed(&[b"\x96\x01\x80\xa1u\xa6Upload\x90\x91\xa1s"])).await.unwrap();
    client.send_bytes(&framed(&[b"\x94\x02\x80\xa1s", &b"\x91".repeat(30_000), b"\xc0"])).await.unwrap();
    assert!(echoes(&mut client).await);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_byte_by_byte_is_waited_for_and_holds_nobody_up() {
    let server = HubServer::new(Target);
    let (mut slow, mut witness) = (Raw::connect(&server).await, Raw::connect(&server).await);
    let message = call("1", "Echo", "[\"slow\"]");
    for byte in message.chars() {
        slow.send(&byte.to_string()).await;
        sleep(Duration::from_secs(1)).await;
        witness.send(&call("2", "Echo", "[\"x\"]")).await;
        while witness.next().await != result("2", "\"x\"") {}
    }
    assert!(slow.so_far().await.contains(&result("1", "\"slow\"")));
    // One that pings has to say something whole now and then.
    slow.send(r#"{"type":6}␞"#).await;
    for _ in 0..29 {
        slow.send(" ").await;
        sleep(Duration::from_secs(1)).await;
    }
    assert!(!slow.so_far().await.contains(&CLOSED_WITH_AN_ERROR.to_owned()));
    slow.send(" ").await;
    sleep(Duration::from_secs(2)).await;
    assert!(slow.rest().await.contains(&CLOSED_WITH_AN_ERROR.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_call_of_the_longest_name_there_can_be_is_answered() {
    let server = HubServer::new(Target);
    let mut raw = Raw::connect(&server).await;
    let name = "x".repeat(32_000);
    raw.send(&call("1", &name, "[]")).await;
    let text = format!("Failed to invoke '{name}' due to an error on the server. HubException: Method does not exist.");
    assert_eq!(raw.next().await, failure("1", &text));
}
