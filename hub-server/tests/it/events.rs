//! Server-Sent Events (section 2.2).

use std::time::Duration;

use axum::Router;
use hub_server::{HubServer, RouterExt};
use tokio::time::{Instant, sleep, timeout};

use crate::client::{Client, invocation, serve};
use crate::http::{CLOSE, CLOSE_AND_COME_BACK, Session, UNKNOWN, settle};
use crate::hub::{self, Endings, TestHub};

const SSE: (&str, &str) = ("accept", "text/event-stream");

fn app() -> (Router, HubServer<TestHub>, Endings) {
    let (server, endings) = hub::server();
    (Router::new().route_hub("/hub", server.clone()), server, endings)
}

#[tokio::test]
async fn messages_are_events() {
    let (app, _, _endings) = app();
    let (session, mut events) = Session::streaming(&app, "/hub").await;
    assert_eq!(events.headers["content-type"], "text/event-stream");
    assert_eq!(events.headers["cache-control"], "no-cache,no-store");
    assert_eq!(events.headers["pragma"], "no-cache");
    assert_eq!(events.headers["content-encoding"], "identity");
    session.post(invocation("Echo", "a")).await;
    assert_eq!(events.message().await, "{\"type\":3,\"invocationId\":\"1\",\"result\":\"a\"}\u{1e}");
}

#[tokio::test]
async fn there_is_one_stream_and_no_other_transport() {
    let (app, _, _endings) = app();
    let (session, mut events) = Session::streaming(&app, "/hub").await;
    assert!(session.send("GET", &[SSE], "").await.is((409, "")));
    assert!(session.poll().await.is((400, "Cannot change transports mid-connection")));
    assert_eq!(session.delete().await.status, 400);
    session.post(invocation("Echo", "still here")).await;
    assert!(events.message().await.contains("still here"));
}

#[tokio::test]
async fn the_connection_is_unknown_when_its_stream_ends() {
    let (app, _, mut endings) = app();
    let (session, mut events) = Session::streaming(&app, "/hub").await;
    session.post("{\"type\":1,\"target\":\"Abort\",\"arguments\":[]}\u{1e}").await;
    assert_eq!(events.message().await, CLOSE);
    assert_eq!(events.next().await, None);
    assert!(session.send("POST", &[], "x").await.is(UNKNOWN));
    assert!(session.send("GET", &[SSE], "").await.is(UNKNOWN));
    assert_eq!(endings.recv().await, Some(None));
}

#[tokio::test]
async fn a_client_that_ends_its_stream_is_gone_at_once() {
    let (app, _, mut endings) = app();
    let (session, events) = Session::streaming(&app, "/hub").await;
    drop(events);
    assert_eq!(endings.recv().await, Some(None));
    settle().await;
    assert!(session.send("POST", &[], "x").await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_pinged() {
    let (app, _, _endings) = app();
    let (_session, mut events) = Session::streaming(&app, "/hub").await;
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(events.message().await, "{\"type\":6}\u{1e}");
    }
    assert_eq!(start.elapsed(), Duration::from_secs(45));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut_off() {
    let (app, _, mut endings) = app();
    let (session, mut events) = Session::streaming(&app, "/hub").await;
    for _ in 0..4 {
        session.post(invocation("Large", "").replace("\"\"", "100000")).await;
    }
    let start = Instant::now();
    assert_eq!(endings.recv().await, Some(None));
    assert!(start.elapsed() >= Duration::from_secs(10));
    assert!(events.is_cut_off().await);
    assert!(session.send("POST", &[], "x").await.is(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_gets_everything() {
    let (app, _, mut endings) = app();
    let (session, mut events) = Session::streaming(&app, "/hub").await;
    for _ in 0..8 {
        session.post(invocation("Large", "").replace("\"\"", "100000")).await;
    }
    let mut received = String::new();
    while received.matches("xxx\"}").count() < 8 {
        sleep(Duration::from_secs(5)).await;
        received += &events.next().await.expect("more to come");
    }
    assert!(endings.try_recv().is_err());
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_in_order() {
    let (app, server, mut endings) = app();
    let (_session, mut events) = Session::streaming(&app, "/hub").await;
    server.shutdown().await;
    assert_eq!(events.message().await, CLOSE_AND_COME_BACK);
    assert_eq!(events.next().await, None);
    assert_eq!(endings.recv().await, Some(None));
}

#[tokio::test]
async fn a_broadcast_reaches_every_transport() {
    let (app, _, _endings) = app();
    let address = serve(app.clone()).await;
    let mut socket = Client::connect(address, "/hub").await;
    let (_streaming, mut events) = Session::streaming(&app, "/hub").await;
    let polling = Session::polling(&app, "/hub").await;
    polling.post("{\"type\":1,\"target\":\"ToAll\",\"arguments\":[\"x\"]}\u{1e}").await;
    let expected = "{\"type\":1,\"target\":\"Receive\",\"arguments\":[\"x\"]}\u{1e}";
    assert_eq!(socket.text().await, expected);
    assert_eq!(events.message().await, expected);
    assert_eq!(timeout(Duration::from_secs(9), polling.poll()).await.unwrap().body, expected);
}
