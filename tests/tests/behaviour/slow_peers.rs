//! Clients that do not read, and what their neighbours notice of it: nothing.

use std::time::Duration;

use hub_core::transport::CloseStatus;
use hub_server::{Hub, HubError, HubServer, HubServerBuilder, hub};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{Probe, Raw, basic, call, in_time, open_odd, result, send, settle};

struct Crier(Probe);

#[hub]
impl Crier {
    fn on_disconnected(&self, hub: Hub, reason: Option<&hub_server::DisconnectError>) {
        let who = hub.query("name").unwrap_or_default();
        self.0.note(format!("{who} left: {}", reason.map_or("in order", |reason| reason.kind())));
    }

    async fn to_all(&self, hub: Hub, size: usize) -> Result<(), HubError> {
        hub.clients().all().send("Cry", ("x".repeat(size),)).await
    }

    async fn to_caller(&self, hub: Hub, count: usize) -> Result<(), HubError> {
        for n in 0..count {
            hub.clients().caller().send("Cry", ("x".repeat(100),)).await?;
            self.0.note(format!("sent {n}"));
        }
        Ok(())
    }
}

fn crier(options: impl FnOnce(HubServerBuilder<Crier>) -> HubServerBuilder<Crier>) -> (HubServer<Crier>, Probe) {
    let probe = Probe::default();
    (options(HubServer::builder(Crier(probe.clone()))).build(), probe)
}

/// A client whose pipe holds little.
async fn small(server: &HubServer<Crier>, name: &str, capacity: usize) -> Raw {
    let uri = format!("/?name={name}").parse().unwrap();
    let mut raw = Raw::of(server.test_client().uri(uri).capacity(capacity));
    raw.shake_hands().await;
    raw
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_delays_nobody() {
    let (server, _) = crier(|builder| builder);
    let _slow = small(&server, "slow", 100).await;
    let mut fast = Raw::connect(&server).await;
    let start = Instant::now();
    for n in 0..5 {
        fast.send(&call(&n.to_string(), "ToAll", "[1000]")).await;
        assert!(fast.next().await.contains("Cry"));
        assert_eq!(fast.next().await, result(&n.to_string(), "null"));
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// The size of `Cry` with this much text, in bytes.
fn cry(size: usize) -> usize {
    r#"{"type":1,"target":"Cry","arguments":[""]}"#.len() + 1 + size
}

#[tokio::test(start_paused = true)]
async fn a_queue_may_be_filled_to_its_limit() {
    let (server, probe) = crier(|builder| builder.slow_client_limit(cry(100) * 3));
    let mut slow = small(&server, "slow", 100).await;
    let clients = server.handle().clients();
    clients
        .all()
        .send("Fill", ("x".repeat(100 - r#"{"type":1,"target":"Fill","arguments":[""]}"#.len() - 1),))
        .await
        .unwrap();
    for _ in 0..3 {
        clients.all().send("Cry", ("x".repeat(100),)).await.unwrap();
    }
    settle().await;
    assert!(probe.log().is_empty());
    assert_eq!(slow.so_far().await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_queue_overflows_is_closed_alone() {
    let (server, probe) = crier(|builder| builder.slow_client_limit(cry(100) * 3));
    let slow = small(&server, "slow", 100).await;
    let mut other = small(&server, "other", 100_000).await;
    let clients = server.handle().clients();
    for _ in 0..10 {
        clients.all().send("Cry", ("x".repeat(100),)).await.unwrap();
    }
    settle().await;
    assert_eq!(probe.log(), ["slow left: SlowClient"]);
    assert_eq!(other.so_far().await.len(), 10);
    drop(slow);
}

#[tokio::test(start_paused = true)]
async fn a_message_larger_than_the_limit_finds_room_in_an_empty_queue() {
    let (server, probe) = crier(|builder| builder.slow_client_limit(10));
    let mut raw = small(&server, "any", 1000).await;
    for _ in 0..3 {
        server.handle().clients().all().send("Cry", ("x".repeat(5000),)).await.unwrap();
        assert_eq!(raw.next().await.len() + 1, cry(5000));
    }
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_is_dropped_without_a_farewell() {
    let (server, _) = crier(|builder| builder.slow_client_limit(500));
    let (mut raw, closed) = open_odd(&server, 100, |_| {});
    raw.shake_hands().await;
    for _ in 0..10 {
        server.handle().clients().all().send("Cry", ("x".repeat(100),)).await.unwrap();
    }
    settle().await;
    assert_eq!(closed.status(), Some(CloseStatus::Dropped));
}

#[tokio::test(start_paused = true)]
async fn sends_to_one_connection_wait_for_room() {
    let (server, probe) = crier(|builder| builder.outbound_buffer_size(cry(100) * 2));
    let mut raw = small(&server, "slow", 100).await;
    raw.send(&call("1", "ToCaller", "[10]")).await;
    settle().await;
    assert!(probe.log().len() <= 4, "the pipe holds 100 bytes and the queue two messages");
    assert_eq!(raw.so_far().await.len(), 11, "ten messages and the result");
}

#[tokio::test(start_paused = true)]
async fn a_send_to_one_connection_from_outside_waits_for_room_and_gives_up_with_the_connection() {
    let (server, probe) = crier(|builder| builder.outbound_buffer_size(10));
    let raw = small(&server, "slow", 100).await;
    let one = server.handle().clients().client(raw.id());
    one.send("Cry", ("x".repeat(1000),)).await.unwrap();
    let start = Instant::now();
    in_time(one.send("Cry", ("second",))).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(10), "the send timeout ends the connection (T-13)");
    settle().await;
    assert_eq!(probe.log(), ["slow left: in order"]);
}

#[tokio::test(start_paused = true)]
async fn replies_wait_for_room() {
    let (server, probe) = crate::support::basic_with(|builder| builder.outbound_buffer_size(500));
    let mut raw = Raw::of(server.test_client().capacity(1000));
    raw.shake_hands().await;
    let calls: String =
        (0..5).map(|n| call(&n.to_string(), "Large", "[5000]") + &send("Note", &format!("[\"{n}\"]"))).collect();
    raw.send(&calls).await;
    settle().await;
    let begun = probe.log();
    assert!(begun.len() <= 3, "the second reply waits, and all behind it: {begun:?}");
    assert_eq!(raw.so_far().await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_for_ten_seconds_is_given_up() {
    let (server, probe) = crier(|builder| builder);
    let mut raw = small(&server, "slow", 100).await;
    server.handle().clients().all().send("Cry", ("x".repeat(1000),)).await.unwrap();
    sleep(Duration::from_millis(9_999)).await;
    assert!(probe.log().is_empty());
    sleep(Duration::from_millis(2)).await;
    assert_eq!(probe.log(), ["slow left: in order"]);
    assert!(timeout(Duration::from_secs(1), raw.read_once()).await.is_ok(), "and the pipe is at its end");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_a_little_now_and_then_is_kept() {
    let (server, probe) = crier(|builder| builder);
    let mut raw = small(&server, "slow", 100).await;
    server.handle().clients().all().send("Cry", ("x".repeat(1000),)).await.unwrap();
    for _ in 0..8 {
        sleep(Duration::from_secs(9)).await;
        raw.read_once().await;
    }
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_time_a_write_may_take_is_an_option() {
    let (server, probe) = crier(|builder| builder.transport_send_timeout(Duration::from_millis(300)));
    let _raw = small(&server, "slow", 100).await;
    server.handle().clients().all().send("Cry", ("x".repeat(1000),)).await.unwrap();
    sleep(Duration::from_millis(299)).await;
    assert!(probe.log().is_empty());
    sleep(Duration::from_millis(2)).await;
    assert_eq!(probe.log(), ["slow left: in order"]);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_not_awaited_sends_nothing() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    let clients = server.handle().clients();
    drop(clients.all().send("Never", ()));
    drop(clients.client(raw.id()).send("Never", ()));
    drop(clients.all().send("Never", (f64::NAN,)));
    clients.all().send("Once", ()).await.unwrap();
    assert_eq!(raw.so_far().await, [r#"{"type":1,"target":"Once","arguments":[]}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_given_up_while_it_waits_sends_nothing() {
    let (server, _) = crier(|builder| builder.outbound_buffer_size(10));
    let mut raw = small(&server, "slow", 100).await;
    let one = server.handle().clients().client(raw.id());
    one.send("Cry", ("x".repeat(1000),)).await.unwrap();
    assert!(timeout(Duration::from_secs(1), one.send("Never", ())).await.is_err());
    let [message] = raw.so_far().await.try_into().unwrap();
    assert!(message.contains("Cry"));
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_writes_alone_and_in_small_pieces_loses_nothing() {
    let (server, _) = basic();
    let (mut raw, _) = open_odd(&server, 64, |odd| odd.own_writes = Some(3));
    raw.shake_hands().await;
    raw.send(&(call("1", "Large", "[2000]") + &call("2", "Echo", "[\"x\"]"))).await;
    let large = result("1", &format!("\"{}\"", "x".repeat(2000)));
    assert_eq!(raw.next().await, large);
    server.handle().clients().all().send("News", (1,)).await.unwrap();
    assert_eq!(raw.next().await, result("2", "\"x\""));
    assert_eq!(raw.next().await, r#"{"type":1,"target":"News","arguments":[1]}"#);
}

#[tokio::test(start_paused = true)]
async fn answers_of_the_transport_itself_stop_when_nobody_reads_them() {
    let (server, _) = basic();
    let (mut raw, _) = open_odd(&server, 100, |odd| odd.replies = 1000);
    raw.shake_hands_among_others().await;
    let mut sent = 0;
    while sent < 10_000 && timeout(Duration::from_millis(1), raw.try_send("\"")).await.is_ok() {
        settle().await;
        sent += 1;
    }
    assert!(sent < 1000, "answers of 1000 times 5 bytes are queued for each byte that is sent: {sent}");
}

#[tokio::test(start_paused = true)]
async fn a_buffer_of_nothing_still_lets_one_message_through_at_a_time() {
    let (server, _) = crier(|builder| builder.outbound_buffer_size(0).slow_client_limit(0));
    let mut raw = small(&server, "any", 100).await;
    raw.send(&call("1", "ToCaller", "[3]")).await;
    assert_eq!(raw.so_far().await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_vanishes_frees_who_waits_for_room() {
    let (server, probe) = crier(|builder| builder.outbound_buffer_size(10));
    let raw = small(&server, "slow", 100).await;
    raw.send(&call("1", "ToCaller", "[5]")).await;
    settle().await;
    assert!(probe.log().len() < 5);
    drop(raw);
    settle().await;
    let log = probe.log();
    assert!(log.contains(&"sent 4".to_owned()) && log.contains(&"slow left: in order".to_owned()), "{log:?}");
}
