//! Connections that outlive their transports (section 9).

mod buffer;
mod model;

use std::time::Duration;

use axum::http::Request;
use axum::http::request::Parts;
use hub_core::transport::memory::{MemoryTransport, pair};
use hub_core::{NewConnection, ReconnectHandle};
use hub_server::{ConnectionId, Hub, HubDispatch, HubServer, User, hub};
use tokio::time::{Instant, sleep};

use crate::support::{
    CLOSE, CLOSE_AND_RECONNECT, CLOSED_WITH_AN_ERROR, Raw, basic, basic_with, call, failure, result, send, settle,
};

const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const JUST_IN_TIME: Duration = Duration::from_millis(14_990);
const CAPACITY: usize = 64 * 1024;

/// A client that can come back.
struct Resumable {
    raw: Raw,
    handle: ReconnectHandle<MemoryTransport>,
}

impl Resumable {
    /// A connection whose handshake has not begun.
    fn open<H: HubDispatch>(server: &HubServer<H>) -> Self {
        let (transport, peer) = pair(CAPACITY);
        let id = ConnectionId::random();
        let (handle, reconnects) = ReconnectHandle::new(DISCONNECT_TIMEOUT);
        let connection = NewConnection::new(id.clone(), request("/first"), User::anonymous());
        tokio::spawn(server.serve_resumable(connection, transport, reconnects));
        Self { raw: Raw::on(peer, id), handle }
    }

    async fn connect<H: HubDispatch>(server: &HubServer<H>) -> Self {
        let mut client = Self::open(server);
        client.shake_hands().await;
        client
    }

    async fn shake_hands(&mut self) {
        self.raw.send(r#"{"protocol":"json","version":2}␞"#).await;
        assert_eq!(self.raw.next().await, "{}");
    }

    /// Loses the connection, and has the server notice it.
    async fn lose(self) -> Lost {
        let lost = Lost { id: self.raw.id().clone(), handle: self.handle };
        self.raw.cut();
        settle().await;
        lost
    }
}

/// A client without a connection.
struct Lost {
    id: ConnectionId,
    handle: ReconnectHandle<MemoryTransport>,
}

impl Lost {
    fn come_back(self) -> Resumable {
        let (transport, peer) = pair(CAPACITY);
        self.handle.attach(transport, request("/next"));
        Resumable { raw: Raw::on(peer, self.id), handle: self.handle }
    }
}

fn request(uri: &str) -> Parts {
    Request::get(uri).body(()).unwrap().into_parts().0
}

fn sequence(number: i64) -> String {
    format!(r#"{{"type":9,"sequenceId":{number}}}"#)
}

fn ack(number: i64) -> String {
    format!(r#"{{"type":8,"sequenceId":{number}}}"#)
}

fn said(text: &str) -> String {
    format!(r#"{{"type":1,"target":"Say","arguments":["{text}"]}}"#)
}

#[tokio::test(start_paused = true)]
async fn what_is_not_acknowledged_is_sent_again() {
    let (server, probe) = basic();
    let mut client = Resumable::connect(&server).await;
    for id in ["1", "2", "3", "4", "5"] {
        client.raw.send(&call(id, "Echo", "[1]")).await;
        client.raw.send(&call(id, "Echo", r#"["x"]"#)).await;
    }
    assert_eq!(client.raw.so_far().await.len(), 10);
    client.raw.send(&format!("{}␞", ack(8))).await;
    let mut client = client.lose().await.come_back();
    assert_eq!(client.raw.next().await, sequence(9));
    assert!(client.raw.next().await.contains(r#""invocationId":"5","error""#));
    assert_eq!(client.raw.next().await, result("5", r#""x""#));
    client.raw.send(&call("6", "Echo", r#"["back"]"#)).await;
    assert_eq!(client.raw.next().await, result("6", r#""back""#));
    assert_eq!(probe.log(), ["connected"], "the hub hears nothing of it");
}

#[tokio::test(start_paused = true)]
async fn the_sequence_comes_even_when_nothing_is_lost() {
    let (server, _) = basic();
    let client = Resumable::connect(&server).await;
    let mut client = client.lose().await.come_back();
    assert_eq!(client.raw.so_far().await, [sequence(1)]);
    client.raw.send(&call("1", "Echo", r#"["x"]"#)).await;
    assert_eq!(client.raw.next().await, result("1", r#""x""#));
    client.raw.send(&format!("{}␞", ack(1))).await;
    let mut client = client.lose().await.come_back();
    assert_eq!(client.raw.so_far().await, [sequence(2)]);
}

#[tokio::test(start_paused = true)]
async fn what_many_receive_is_counted_for_each() {
    let (server, _) = basic();
    let (mut first, second) = (Resumable::connect(&server).await, Resumable::connect(&server).await);
    let mut plain = Raw::connect(&server).await;
    let clients = server.handle().clients();
    first.raw.send(&call("1", "Echo", r#"["x"]"#)).await;
    first.raw.next().await;
    for text in ["a", "b"] {
        clients.all().send("Say", (text,)).await.unwrap();
    }
    first.raw.send(&format!("{}␞", ack(2))).await;
    second.raw.send(&format!("{}␞", ack(1))).await;
    let (first, second) = (first.lose().await, second.lose().await);
    clients.all().send("Say", ("c",)).await.unwrap();
    clients.client(&first.id).send("Say", ("d",)).await.unwrap();
    let (mut first, mut second) = (first.come_back(), second.come_back());
    assert_eq!(first.raw.so_far().await, [sequence(3), said("b"), said("c"), said("d")]);
    assert_eq!(second.raw.so_far().await, [sequence(2), said("b"), said("c")]);
    assert_eq!(plain.so_far().await, [said("a"), said("b"), said("c")]);
}

#[tokio::test(start_paused = true)]
async fn calls_go_on_while_nobody_is_there() {
    let (server, probe) = basic();
    let client = Resumable::connect(&server).await;
    client.raw.send(&call("1", "Pass", r#"["gate"]"#)).await;
    let lost = client.lose().await;
    probe.open("gate");
    settle().await;
    assert_eq!(probe.log(), ["connected", "gate begins", "gate ends"]);
    let mut client = lost.come_back();
    assert_eq!(client.raw.so_far().await, [sequence(1), result("1", r#""gate""#)]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_cut_off_is_carried_out_when_it_comes_again() {
    let (server, probe) = basic();
    let client = Resumable::connect(&server).await;
    let (whole, cut_off) = (send("Note", r#"["one"]"#), send("Note", r#"["two"]"#));
    client.raw.send(&(whole.clone() + &cut_off[..20])).await;
    let mut client = client.lose().await.come_back();
    client.raw.send(&format!("{}␞{whole}{cut_off}", sequence(1))).await;
    assert_eq!(client.raw.so_far().await, [sequence(1)]);
    assert_eq!(probe.log(), ["connected", "one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn what_waited_for_a_slot_when_the_connection_was_lost_is_carried_out_once() {
    let (server, probe) = basic();
    let client = Resumable::connect(&server).await;
    let messages: Vec<String> = ["a", "b", "c"].map(|gate| send("Pass", &format!(r#"["{gate}"]"#))).into();
    client.raw.send(&(messages.concat() + r#"{"type":1"#)).await;
    let client = client.lose().await.come_back();
    client.raw.send(&format!("{}␞{}{}", sequence(2), messages[1..].concat(), send("Note", r#"["d"]"#))).await;
    for gate in ["a", "b", "c"] {
        probe.open(gate);
        settle().await;
    }
    let expected = ["connected", "a begins", "a ends", "b begins", "b ends", "c begins", "c ends", "d"];
    assert_eq!(probe.log(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_away_is_given_up() {
    let (server, probe) = basic();
    let lost = Resumable::connect(&server).await.lose().await;
    sleep(JUST_IN_TIME).await;
    assert!(lost.handle.is_enabled());
    assert_eq!(probe.log(), ["connected"]);
    sleep(Duration::from_millis(20)).await;
    assert!(!lost.handle.is_enabled());
    assert_eq!(probe.log(), ["disconnected"]);
    assert_eq!(lost.come_back().raw.rest().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn time_away_does_not_count_as_silence_and_each_gap_has_its_own_time() {
    let (server, probe) = basic_with(|builder| builder.client_timeout_interval(Duration::from_secs(20)));
    let mut client = Resumable::connect(&server).await;
    client.raw.send(r#"{"type":6}␞"#).await;
    for _ in 0..3 {
        let lost = client.lose().await;
        sleep(JUST_IN_TIME).await;
        client = lost.come_back();
        settle().await;
    }
    assert_eq!(probe.log(), ["connected"]);
    sleep(Duration::from_secs(21)).await;
    assert_eq!(client.raw.rest().await.last().unwrap(), CLOSED_WITH_AN_ERROR, "silence counts again");
}

#[tokio::test(start_paused = true)]
async fn another_transport_takes_over_from_one_that_seems_to_live() {
    let (server, probe) = basic();
    let mut client = Resumable::connect(&server).await;
    client.raw.send(&call("1", "Echo", r#"["x"]"#)).await;
    client.raw.next().await;
    let mut old = client.raw;
    let mut client = Lost { id: old.id().clone(), handle: client.handle }.come_back();
    assert_eq!(client.raw.so_far().await, [sequence(1), result("1", r#""x""#)]);
    assert_eq!(old.rest().await, Vec::<String>::new());
    old.send(&send("Note", r#"["from the old one"]"#)).await;
    client.raw.send(&send("Note", r#"["from the new one"]"#)).await;
    settle().await;
    assert_eq!(probe.log(), ["connected", "from the new one"]);
}

#[tokio::test(start_paused = true)]
async fn of_several_transports_the_last_one_counts() {
    let (server, _) = basic();
    let lost = Resumable::connect(&server).await.lose().await;
    let transports: Vec<_> = (0..100).map(|_| pair(CAPACITY)).collect();
    let mut peers: Vec<Raw> = Vec::new();
    for (transport, peer) in transports {
        lost.handle.attach(transport, request("/next"));
        peers.push(Raw::on(peer, lost.id.clone()));
    }
    let mut newest = peers.pop().unwrap();
    assert_eq!(newest.so_far().await, [sequence(1)]);
    for mut peer in peers {
        peer.rest().await;
    }
    newest.send(&call("1", "Echo", r#"["x"]"#)).await;
    assert_eq!(newest.next().await, result("1", r#""x""#));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_in_order_cannot_be_resumed() {
    for (message, farewell) in [(r#"{"type":7}␞"#, CLOSE), ("{␞", CLOSED_WITH_AN_ERROR)] {
        let (server, _) = basic();
        let mut client = Resumable::connect(&server).await;
        client.raw.send(message).await;
        assert_eq!(client.raw.rest().await, [farewell]);
        assert!(!client.handle.is_enabled(), "{message}");
    }
    let (server, _) = basic();
    let mut client = Resumable::connect(&server).await;
    client.raw.send(&send("Abort", "[]")).await;
    assert_eq!(client.raw.rest().await, [CLOSE]);
    assert!(!client.handle.is_enabled());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ends_the_transport_in_order_does_not_come_back() {
    let (server, probe) = basic();
    let mut client = Resumable::connect(&server).await;
    client.raw.finish();
    assert_eq!(client.raw.rest().await, [CLOSE_AND_RECONNECT]);
    assert!(!client.handle.is_enabled());
    assert_eq!(probe.log(), ["connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_of_version_1_makes_a_plain_connection() {
    let (server, probe) = basic();
    let mut client = Resumable::open(&server);
    client.raw.shake_hands().await;
    assert!(!client.handle.is_enabled());
    client.raw.send(&format!("{}␞{}␞{}", ack(5), sequence(7), call("1", "Echo", r#"["x"]"#))).await;
    assert_eq!(client.raw.next().await, result("1", r#""x""#));
    sleep(Duration::from_secs(5)).await;
    assert_eq!(client.raw.so_far().await, Vec::<String>::new(), "no acknowledgements (S-53)");
    client.raw.cut();
    settle().await;
    assert_eq!(probe.log(), ["connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_before_its_handshake_waits_for_it() {
    let (server, probe) = basic();
    let client = Resumable::open(&server);
    client.raw.send(r#"{"protocol":"js"#).await;
    let mut client = client.lose().await.come_back();
    client.shake_hands().await;
    assert_eq!(client.raw.so_far().await, Vec::<String>::new(), "no Sequence (S-42)");
    let mut client = client.lose().await.come_back();
    assert_eq!(client.raw.so_far().await, [sequence(1)]);
    assert_eq!(probe.log(), ["connected"]);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_handshake_goes_on_while_nobody_is_there() {
    let (server, _) = basic();
    let client = Resumable::open(&server);
    sleep(Duration::from_secs(10)).await;
    let mut client = client.lose().await.come_back();
    sleep(Duration::from_secs(6)).await;
    assert_eq!(client.raw.rest().await, [r#"{"error":"Handshake was canceled."}"#]);
    assert!(!client.handle.is_enabled());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_connections_without_a_transport_too() {
    let (server, probe) = basic();
    let mut here = Resumable::connect(&server).await;
    let _lost = Resumable::connect(&server).await.lose().await;
    let start = Instant::now();
    server.shutdown().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(here.raw.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(probe.log(), ["connected", "connected", "disconnected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_a_connection_without_a_transport() {
    let (server, probe) = basic();
    let client = Resumable::connect(&server).await;
    client.raw.send(&(send("Pass", r#"["gate"]"#) + &send("Abort", "[]"))).await;
    let lost = client.lose().await;
    probe.open("gate");
    settle().await;
    assert!(!lost.handle.is_enabled());
    assert_eq!(probe.log(), ["connected", "gate begins", "gate ends", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn messages_that_never_came_cannot_be_skipped() {
    let (server, probe) = basic();
    let mut client = Resumable::connect(&server).await;
    client.raw.send(&format!("{}␞", send("Note", r#"["x"]"#).trim_end_matches('␞'))).await;
    client.raw.send(&format!("{}␞", sequence(3))).await;
    assert_eq!(client.raw.rest().await, [CLOSED_WITH_AN_ERROR]);
    let text = "Sequence ID greater than amount of messages we've received.";
    let reason = format!("disconnected by InvalidOperationException: {text}");
    assert_eq!(probe.log(), ["connected", "x", &reason]);
}

#[tokio::test(start_paused = true)]
async fn a_client_may_go_on_without_a_sequence() {
    let (server, probe) = basic();
    let client = Resumable::connect(&server).await;
    client.raw.send(&send("Note", r#"["one"]"#)).await;
    let client = client.lose().await.come_back();
    client.raw.send(&send("Note", r#"["two"]"#)).await;
    settle().await;
    assert_eq!(probe.log(), ["connected", "one", "two"]);
}

/// Shows what it knows of the request.
struct Looking;

#[hub]
impl Looking {
    fn path(&self, hub: Hub) -> String {
        hub.request().uri.path().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn the_request_is_that_of_the_latest_transport() {
    let server = HubServer::new(Looking);
    let mut client = Resumable::connect(&server).await;
    client.raw.send(&call("1", "Path", "[]")).await;
    assert_eq!(client.raw.next().await, result("1", r#""/first""#));
    client.raw.send(&format!("{}␞", ack(1))).await;
    let mut client = client.lose().await.come_back();
    client.raw.send(&call("2", "Path", "[]")).await;
    assert_eq!(client.raw.so_far().await, [sequence(2), result("2", r#""/next""#)]);
    client.raw.send(&call("3", "Nowhere", "[]")).await;
    assert_eq!(
        client.raw.next().await,
        failure("3", "Failed to invoke 'Nowhere' due to an error on the server. HubException: Method does not exist.")
    );
}
