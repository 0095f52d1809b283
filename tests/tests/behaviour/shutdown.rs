//! The end of a server.

use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;

use hub_server::testing::TestError;
use hub_server::{HubServer, User, hub};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::support::{CLOSE_AND_RECONNECT, Raw, basic, call, in_time, send, settle};

/// Lets a future run on its own.
fn begin<F: Future<Output = ()> + Send + 'static>(future: F) -> JoinHandle<()> {
    tokio::spawn(future)
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_tells_clients_that_they_may_come_back() {
    let (server, probe) = basic();
    let (mut alice, mut bob) = (Raw::connect(&server).await, Raw::connect(&server).await);
    in_time(server.shutdown()).await;
    assert_eq!(alice.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(bob.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(probe.log(), ["connected", "connected", "disconnected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_of_nobody_is_over_at_once() {
    let (server, _) = basic();
    let start = Instant::now();
    in_time(server.shutdown()).await;
    in_time(server.shutdown()).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_running_calls() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Outlive", "[\"a\"]")).await;
    settle().await;
    let clone = server.clone();
    let shutdown = begin(async move { clone.shutdown().await });
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT], "the client need not wait");
    sleep(Duration::from_secs(60)).await;
    assert!(!shutdown.is_finished());
    probe.open("a");
    in_time(shutdown).await.unwrap();
    assert_eq!(probe.log().last().unwrap(), "a ends");
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_a_slot_are_not_begun_any_more() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(&(send("Outlive", "[\"a\"]") + &send("Note", "[\"b\"]"))).await;
    settle().await;
    probe.open("a");
    in_time(server.shutdown()).await;
    let log = probe.log();
    assert!(log.contains(&"a ends".to_owned()) && !log.contains(&"b".to_owned()), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_under_way_is_refused() {
    let (server, probe) = basic();
    let mut raw = Raw::open(&server);
    raw.send("{").await;
    settle().await;
    in_time(server.shutdown()).await;
    assert_eq!(raw.rest().await, [r#"{"error":"Handshake was canceled."}"#]);
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn connections_that_come_later_are_refused() {
    let (server, probe) = basic();
    in_time(server.shutdown()).await;
    let error = server.test_client().connect().await.unwrap_err();
    assert_eq!(error, TestError::Handshake("Handshake was canceled.".to_owned()));
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_holds_a_shutdown_up_no_longer_than_a_write_may_take() {
    let (server, _) = basic();
    let mut raw = Raw::of(server.test_client().capacity(100));
    raw.shake_hands().await;
    raw.send(&call("1", "Large", "[1000]")).await;
    settle().await;
    let start = Instant::now();
    in_time(server.shutdown()).await;
    assert!(start.elapsed() <= Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_a_shutdown_arrives() {
    let (server, _) = basic();
    let mut raw = Raw::of(server.test_client().capacity(100));
    raw.shake_hands().await;
    server.handle().clients().all().send("News", ("x".repeat(1000),)).await.unwrap();
    let clone = server.clone();
    begin(async move { clone.shutdown().await });
    let [news, farewell] = raw.rest().await.try_into().unwrap();
    assert!(news.contains("News") && news.len() > 1000);
    assert_eq!(farewell, CLOSE_AND_RECONNECT);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_after_a_shutdown_reaches_nobody() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    in_time(server.shutdown()).await;
    server.handle().clients().all().send("News", ()).await.unwrap();
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_just_being_made_hears_of_the_shutdown() {
    let own: Arc<OnceLock<HubServer<Empty>>> = Arc::default();
    let found = Arc::clone(&own);
    // The user is asked for between the handshake and the registration.
    let begin_shutdown = move |_: &User, _: &axum::http::request::Parts| {
        let mut shutdown = Box::pin(found.get().unwrap().shutdown());
        assert!(shutdown.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        None
    };
    let server = HubServer::builder(Empty).user_id(begin_shutdown).build();
    assert!(own.set(server.clone()).is_ok());
    let mut raw = Raw::connect(&server).await;
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
}

struct Empty;

#[hub]
impl Empty {}
