//! Keep-alive and timeouts (section 13.9).

use std::time::Duration;

use hub_client::ConnectionError;
use tokio::time::{Instant, sleep};

use crate::support::{Log, PING, start, start_with};

const SERVER_TIMEOUT: &str = "Server timeout (30000.00ms) elapsed without receiving a message from the server.";

#[tokio::test(start_paused = true)]
async fn a_silent_client_pings_every_fifteen_seconds() {
    // C-102
    let (_connection, mut peer, _server) = start().await;
    assert_eq!(peer.next().await, PING);
    let mut last = Instant::now();
    for _ in 0..5 {
        peer.send("{\"type\":6}␞");
        assert_eq!(peer.next().await, PING);
        assert_eq!(last.elapsed(), Duration::from_secs(15));
        last = Instant::now();
    }
}

#[tokio::test(start_paused = true)]
async fn any_message_puts_the_next_ping_off() {
    // C-102
    let (connection, mut peer, _server) = start().await;
    assert_eq!(peer.next().await, PING);
    sleep(Duration::from_millis(14_999)).await;
    connection.send("Note", ()).await.unwrap();
    assert_ne!(peer.next().await, PING);
    let sent = Instant::now();
    assert_eq!(peer.next().await, PING);
    assert_eq!(sent.elapsed(), Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_after_thirty_seconds() {
    // C-100, C-101
    let (connection, mut peer, _server) = start().await;
    let began = Instant::now();
    let log = Log::default();
    let noted = log.clone();
    connection.on_closed(move |reason| {
        assert!(matches!(reason, Some(ConnectionError::ServerTimeout(_))));
        noted.note(format!("{:?}: {}", began.elapsed(), reason.unwrap()));
    });
    peer.rest().await;
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    assert_eq!(log.take(), [format!("30s: {SERVER_TIMEOUT}")]);
}

#[tokio::test(start_paused = true)]
async fn every_message_keeps_the_connection() {
    // C-101
    let (_connection, mut peer, _server) = start().await;
    let mut last = Instant::now();
    for message in ["{\"type\":6}␞", "{\"type\":99}␞", "{\"type\":3,\"invocationId\":\"9\"}␞"] {
        sleep(Duration::from_millis(29_999)).await;
        peer.send(message);
        last = Instant::now();
    }
    peer.rest().await;
    assert_eq!(last.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn half_a_message_does_not_keep_the_connection() {
    // C-101
    let (_connection, mut peer, _server) = start().await;
    let began = Instant::now();
    for _ in 0..3 {
        sleep(Duration::from_secs(9)).await;
        peer.send("{");
    }
    peer.rest().await;
    assert_eq!(began.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn both_times_can_be_chosen() {
    // C-100, C-102
    let options = |builder: hub_client::HubConnectionBuilder<_>| {
        builder.server_timeout(Duration::from_millis(700)).keep_alive_interval(Duration::from_millis(300))
    };
    let (_connection, mut peer, _server) = start_with(options, |attempt| attempt).await;
    let began = Instant::now();
    let mut pings = 0;
    while peer.next_or_end().await.is_some() {
        pings += 1;
    }
    assert_eq!((pings, began.elapsed()), (3, Duration::from_millis(700)));
}

#[tokio::test(start_paused = true)]
async fn times_without_end_are_allowed() {
    let options = |builder: hub_client::HubConnectionBuilder<_>| {
        builder.server_timeout(Duration::MAX).keep_alive_interval(Duration::MAX).handshake_timeout(Duration::MAX)
    };
    let (connection, mut peer, _server) = start_with(options, |attempt| attempt).await;
    sleep(Duration::from_secs(100_000)).await;
    connection.send("Note", ()).await.unwrap();
    assert_eq!(peer.so_far().await.len(), 1);
}
