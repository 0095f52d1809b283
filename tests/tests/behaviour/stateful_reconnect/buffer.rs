//! Acknowledgements, and what waits for them (sections 9.1 and 9.2).

use std::time::Duration;

use hub_server::{HubServer, HubServerBuilder};
use tokio::time::{Instant, sleep, timeout};

use super::{Resumable, ack, said, sequence};
use crate::support::{Probe, Raw, basic, basic_with, call, result, send, settle};

type Server = HubServer<crate::support::Basic>;

/// A server that lets messages wait behind this many bytes, and disconnects slow receivers behind that many.
fn limited(buffer: usize, slow: usize) -> (Server, Probe) {
    basic_with(|builder: HubServerBuilder<_>| builder.stateful_reconnect_buffer_size(buffer).slow_client_limit(slow))
}

/// The numbers that are acknowledged from now on, and when.
async fn acknowledged(raw: &mut Raw) -> Vec<String> {
    sleep(Duration::from_secs(3)).await;
    raw.so_far().await.into_iter().filter(|message| message.contains(r#""type":8"#)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_new_is_acknowledged_once_within_a_second() {
    let (server, _) = basic();
    let mut client = Resumable::connect(&server).await;
    assert_eq!(acknowledged(&mut client.raw).await, Vec::<String>::new(), "nothing has come");
    let start = Instant::now();
    client.raw.send(&send("Note", r#"["x"]"#).repeat(5)).await;
    assert_eq!(client.raw.next().await, ack(5));
    assert!(start.elapsed() <= Duration::from_secs(1));
    client.raw.send(r#"{"type":6}␞"#).await;
    assert_eq!(acknowledged(&mut client.raw).await, Vec::<String>::new(), "a ping is not counted");
}

#[tokio::test(start_paused = true)]
async fn all_that_calls_or_answers_is_counted() {
    let (server, _) = basic();
    let mut client = Resumable::connect(&server).await;
    let messages = [
        &send("Nowhere", "[]"),
        &send("Echo", "[]"),
        r#"{"type":2,"invocationId":"nope","item":1}␞"#,
        r#"{"type":3,"invocationId":"nope"}␞"#,
        &call("s", "Nowhere", "[]").replace("\"type\":1", "\"type\":4"),
        r#"{"type":5,"invocationId":"nope"}␞"#,
        r#"{"type":6}␞"#,
        r#"{"type":8,"sequenceId":0}␞"#,
        r#"{"type":9,"sequenceId":7}␞"#,
        r#"{"type":77}␞"#,
    ];
    client.raw.send(&messages.concat()).await;
    assert_eq!(acknowledged(&mut client.raw).await, [ack(6)]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_again_is_acknowledged_again() {
    let (server, _) = basic();
    let mut client = Resumable::connect(&server).await;
    client.raw.send(&send("Note", r#"["x"]"#).repeat(3)).await;
    assert_eq!(acknowledged(&mut client.raw).await, [ack(3)]);
    let mut client = client.lose().await.come_back();
    assert_eq!(acknowledged(&mut client.raw).await, Vec::<String>::new());
    client.raw.send(&format!("{}␞{}", sequence(2), send("Note", r#"["x"]"#).repeat(2))).await;
    assert_eq!(acknowledged(&mut client.raw).await, [ack(3)]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_acknowledged_is_when_the_client_is_back() {
    let (server, probe) = basic();
    let client = Resumable::connect(&server).await;
    client.raw.send(&send("Note", r#"["x"]"#)).await;
    let lost = client.lose().await;
    sleep(Duration::from_secs(5)).await;
    let mut client = lost.come_back();
    assert_eq!(acknowledged(&mut client.raw).await, [ack(1)]);
    assert_eq!(probe.log(), ["connected", "x"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_waits_behind_a_full_buffer_for_acknowledgements() {
    let (server, _) = limited(100, 1_000_000);
    let mut client = Resumable::connect(&server).await;
    let to_client = server.handle().clients().client(client.raw.id());
    to_client.send("Say", ("x".repeat(200),)).await.unwrap();
    client.raw.next().await;
    assert!(timeout(Duration::from_secs(5), to_client.send("Say", ("y",))).await.is_err());
    let sending = tokio::spawn(async move { to_client.send("Say", ("z",)).await });
    settle().await;
    client.raw.send(&format!("{}␞", ack(1))).await;
    assert_eq!(client.raw.next().await, said("z"));
    sending.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn acknowledgements_are_read_behind_calls_that_wait_for_them() {
    let (server, _) = limited(100, 1_000_000);
    let mut client = Resumable::connect(&server).await;
    let calls: String = (0..5).map(|n| call(&n.to_string(), "Large", "[200]")).collect();
    client.raw.send(&(calls + "{\"type\":1,\"tar")).await;
    assert_eq!(client.raw.so_far().await.len(), 1);
    // What was cut off above ends here.
    client.raw.send(&format!("get\":\"Note\",\"arguments\":[\"x\"]}}␞{}␞", ack(1))).await;
    assert_eq!(client.raw.so_far().await.len(), 1);
    for number in 2..5 {
        client.raw.send(&format!("{}␞", ack(number))).await;
        assert_eq!(client.raw.so_far().await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_acknowledges_is_disconnected() {
    let (server, probe) = limited(100, 1_000_000);
    let mut client = Resumable::connect(&server).await;
    let start = Instant::now();
    client.raw.send(&(call("1", "Large", "[200]") + &call("2", "Large", "[200]"))).await;
    let rest = client.raw.rest().await;
    assert_eq!(rest.iter().filter(|message| message.contains(r#""type":3"#)).count(), 1);
    assert!(rest.iter().all(|message| !message.contains(r#""type":7"#)), "no Close message");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    let reason = "disconnected by OperationCanceledException: The operation was canceled.";
    assert_eq!(probe.log(), ["connected", reason]);
}

#[tokio::test(start_paused = true)]
async fn waiting_is_in_vain_when_the_client_does_not_come_back() {
    let (server, probe) = limited(100, 1_000_000);
    let client = Resumable::connect(&server).await;
    client.raw.send(&(call("1", "Large", "[200]") + &call("2", "Large", "[200]"))).await;
    let lost = client.lose().await;
    sleep(Duration::from_secs(11)).await;
    assert!(!lost.handle.is_enabled());
    assert_eq!(probe.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn acknowledging_what_was_never_sent_changes_nothing() {
    let (server, _) = basic();
    let mut client = Resumable::connect(&server).await;
    for number in [i64::MAX, 9, 1, 0, -1, i64::MIN] {
        client.raw.send(&format!("{}␞", ack(number))).await;
    }
    client.raw.send(&call("1", "Echo", r#"["x"]"#)).await;
    assert_eq!(client.raw.next().await, result("1", r#""x""#));
    let mut client = client.lose().await.come_back();
    assert_eq!(client.raw.so_far().await, [sequence(1), result("1", r#""x""#)]);
}

#[tokio::test(start_paused = true)]
async fn a_flood_while_nobody_is_there_ends_the_connection() {
    let (server, probe) = limited(1_000, 10_000);
    let client = Resumable::connect(&server).await;
    let lost = client.lose().await;
    let mut sent = 0;
    while lost.handle.is_enabled() && sent < 1_000 {
        server.handle().clients().all().send("Say", ("x".repeat(100),)).await.unwrap();
        sent += 1;
        settle().await;
    }
    assert!(sent < 100, "{sent} messages were kept");
    let reason = "disconnected by SlowClient: The client does not read what is sent to it.";
    assert_eq!(probe.log(), ["connected", reason]);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_calls_that_fail_waits_for_acknowledgements() {
    let (server, probe) = limited(1_000, 10_000);
    let mut client = Resumable::connect(&server).await;
    client.raw.send(&call("1", "Nowhere", "[]").repeat(800)).await;
    assert!(client.raw.so_far().await.len() < 20);
    sleep(Duration::from_secs(11)).await;
    assert_eq!(probe.log().len(), 2, "it is over");
}

#[tokio::test(start_paused = true)]
async fn what_on_connected_sends_may_wait_for_acknowledgements() {
    let server = HubServer::builder(Greeting).stateful_reconnect_buffer_size(100).build();
    let mut client = Resumable::connect(&server).await;
    for number in 1..=5 {
        assert!(client.raw.next().await.contains("Say"));
        client.raw.send(&format!("{}␞", ack(number))).await;
    }
    client.raw.send(&call("1", "Ready", "[]")).await;
    assert_eq!(client.raw.next().await, result("1", "true"));
}

struct Greeting;

#[hub_server::hub]
impl Greeting {
    async fn on_connected(
        &self,
        hub: hub_server::Hub<hub_server::Untyped, hub_server::Connecting>,
    ) -> Result<(), hub_server::HubError> {
        for _ in 0..5 {
            hub.clients().caller().send("Say", ("x".repeat(200),)).await?;
        }
        Ok(())
    }

    fn ready(&self) -> bool {
        true
    }
}
