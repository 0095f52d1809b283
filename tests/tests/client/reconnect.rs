//! Automatic reconnects (section 13.11).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_client::testing::{FakeServer, fake_server};
use hub_client::transport::TransportError;
use hub_client::{
    ConnectionError, ConnectionState, HubConnection, HubConnectionBuilder, InvocationError, RetryContext,
};
use tokio::time::{Instant, sleep};

use crate::support::{Log, Peer, basic, connect, in_time, settle, start_with, starting};

/// A client that reconnects, and what it tells of that with the time since it was lost.
async fn reconnecting() -> (HubConnection, Peer, FakeServer, Log) {
    let (connection, peer, server) =
        start_with(HubConnectionBuilder::with_automatic_reconnect, |attempt| attempt.connection_id("first")).await;
    let log = listen(&connection);
    (connection, peer, server, log)
}

fn listen(connection: &HubConnection) -> Log {
    let (log, began) = (Log::default(), Instant::now());
    let told = |reason: Option<ConnectionError>| reason.map_or("in order".to_owned(), |reason| reason.to_string());
    let noted = log.clone();
    connection
        .on_reconnecting(move |reason| noted.note(format!("{:?} reconnecting: {}", began.elapsed(), told(reason))));
    let noted = log.clone();
    connection.on_reconnected(move |id| noted.note(format!("{:?} reconnected: {id:?}", began.elapsed())));
    let noted = log.clone();
    connection.on_closed(move |reason| noted.note(format!("{:?} closed: {}", began.elapsed(), told(reason))));
    log
}

/// Takes up the next attempt.
async fn take_up(server: &mut FakeServer, id: &str) -> Peer {
    let mut peer = Peer::accept(in_time(server.attempt()).await.unwrap().connection_id(id));
    assert_eq!(peer.next().await, r#"{"protocol":"json","version":1}"#);
    peer.send("{}␞");
    settle().await;
    peer
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_comes_back_with_another_id() {
    // C-42, C-113, C-120, C-122
    let (connection, peer, mut server, log) = reconnecting().await;
    peer.connection.lose("Broken.");
    let mut peer = take_up(&mut server, "second").await;
    assert_eq!(log.take(), ["0ns reconnecting: Broken.", "0ns reconnected: Some(\"second\")"]);
    assert_eq!(connection.connection_id().as_deref(), Some("second"));
    assert_eq!(connection.state(), ConnectionState::Connected);
    peer.so_far().await;
    drop(connection.stream::<u8>("A", ()).await.unwrap());
    assert!(peer.so_far().await[0].contains(r#""invocationId":"1""#), "ids begin again (C-50)");
}

#[tokio::test(start_paused = true)]
async fn attempts_come_after_0_2_10_and_30_seconds_and_then_no_more() {
    // C-120, C-123
    let (connection, peer, mut server, log) = reconnecting().await;
    let began = Instant::now();
    peer.connection.lose("Broken.");
    let mut times = Vec::new();
    for _ in 0..4 {
        let attempt = in_time(server.attempt()).await.unwrap();
        times.push(began.elapsed().as_millis());
        assert_eq!(connection.state(), ConnectionState::Reconnecting);
        attempt.refuse(TransportError::new("Nobody is there."));
    }
    settle().await;
    assert_eq!(times, [0, 2000, 12_000, 42_000]);
    assert_eq!(
        log.take(),
        [
            "0ns reconnecting: Broken.",
            "42s closed: Reconnect retries have been exhausted after 4 failed attempts and 42s elapsed. Disconnecting."
        ]
    );
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn delays_can_be_chosen() {
    // C-120
    let options = |builder: HubConnectionBuilder<_>| builder.with_reconnect_delays([7, 300].map(Duration::from_millis));
    let (_connection, peer, mut server) = start_with(options, |attempt| attempt).await;
    let began = Instant::now();
    peer.connection.lose("Broken.");
    for time in [7, 307] {
        drop(in_time(server.attempt()).await.unwrap());
        assert_eq!(began.elapsed(), Duration::from_millis(time));
    }
    assert!(tokio::time::timeout(Duration::from_secs(100), server.attempt()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_policy_knows_attempts_time_and_reason() {
    // C-120
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let policy = move |retry: &RetryContext| {
        let reason = retry.reason.as_ref().map(ToString::to_string);
        noted.lock().unwrap().push((retry.previous_retries, retry.elapsed.as_secs(), reason));
        (retry.previous_retries < 2).then_some(Duration::from_secs(3))
    };
    let (connection, peer, mut server) =
        start_with(|builder| builder.with_reconnect_policy(policy), |attempt| attempt).await;
    drop(peer);
    for _ in 0..2 {
        in_time(server.attempt()).await.unwrap().refuse(TransportError::new("Nobody is there."));
    }
    settle().await;
    let reason = || Some("Nobody is there.".to_owned());
    assert_eq!(*seen.lock().unwrap(), [(0, 0, None), (1, 3, reason()), (2, 6, reason())]);
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_stops_at_once_or_panics_leaves_the_reason_as_it_is() {
    // C-121, C-126
    for panics in [false, true] {
        let policy = move |_: &RetryContext| if panics { panic!("on purpose") } else { None };
        let (connection, peer, _server) =
            start_with(|builder| builder.with_reconnect_policy(policy), |attempt| attempt).await;
        let log = listen(&connection);
        peer.connection.lose("Broken.");
        settle().await;
        assert_eq!(log.take(), ["0ns closed: Broken."]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_is_final_unless_it_allows_to_reconnect() {
    // C-112
    let (_connection, peer, _server, log) = reconnecting().await;
    peer.send(r#"{"type":7,"error":"Go."}␞"#);
    settle().await;
    assert_eq!(log.take(), ["0ns closed: The server closed the connection with the following error: Go."]);

    let (connection, peer, mut server, log) = reconnecting().await;
    peer.send(r#"{"type":7,"allowReconnect":true}␞"#);
    let _peer = take_up(&mut server, "second").await;
    assert_eq!(log.take(), ["0ns reconnecting: in order", "0ns reconnected: Some(\"second\")"]);
    assert_eq!(connection.state(), ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_server_timeout_and_garbage_lead_to_a_reconnect() {
    // C-100
    let (_connection, peer, mut server, log) = reconnecting().await;
    let peer_2 = {
        let attempt = in_time(server.attempt()).await.unwrap();
        drop(peer);
        assert!(log.take()[0].starts_with("30s reconnecting: Server timeout (30000.00ms)"));
        let peer = Peer::accept(attempt.connection_id("second"));
        peer.send("{}␞");
        peer
    };
    settle().await;
    log.take();
    peer_2.send("<html>␞");
    let _peer = take_up(&mut server, "third").await;
    assert_eq!(log.take().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bad_handshake_is_a_failed_attempt() {
    // C-125
    let (connection, peer, mut server, log) = reconnecting().await;
    drop(peer);
    for answer in ["<html>␞", "{\"error\":\"No.\"}␞"] {
        let peer = Peer::accept(in_time(server.attempt()).await.unwrap());
        peer.send(answer);
        settle().await;
        assert_eq!(connection.state(), ConnectionState::Reconnecting);
    }
    drop(Peer::accept(in_time(server.attempt()).await.unwrap()));
    let _peer = take_up(&mut server, "fifth").await;
    assert_eq!(log.take().last().unwrap(), "42s reconnected: Some(\"fifth\")");
}

#[tokio::test(start_paused = true)]
async fn calls_fail_in_the_meantime() {
    // C-45, C-54
    let (connection, mut peer, mut server, _log) = reconnecting().await;
    let waiting = {
        let connection = connection.clone();
        tokio::spawn(async move { connection.invoke::<()>("A", ()).await })
    };
    peer.so_far().await;
    peer.connection.lose("Broken.");
    let attempt = in_time(server.attempt()).await.unwrap();
    assert_eq!(in_time(waiting).await.unwrap().unwrap_err().to_string(), "Broken.");
    assert!(matches!(connection.invoke::<()>("A", ()).await, Err(InvocationError::NotConnected)));
    assert_eq!(connection.connection_id(), None);
    drop(attempt);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_delay() {
    // C-124
    let (connection, peer, mut server, log) = reconnecting().await;
    drop(peer);
    drop(in_time(server.attempt()).await.unwrap());
    sleep(Duration::from_secs(1)).await;
    connection.stop().await;
    assert_eq!(log.take()[1], "1s closed: Connection stopped during reconnect delay. Done reconnecting.");
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_an_attempt() {
    // C-124
    let (connection, peer, mut server, log) = reconnecting().await;
    drop(peer);
    let mut attempt = in_time(server.attempt()).await.unwrap();
    connection.stop().await;
    assert_eq!(log.take()[1], "0ns closed: Connection stopped during reconnect attempt. Done reconnecting.");
    in_time(attempt.given_up()).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_reconnects_as_often_as_it_is_lost() {
    // C-120
    let (connection, mut peer, mut server, log) = reconnecting().await;
    for _ in 0..10 {
        drop(peer);
        drop(in_time(server.attempt()).await.unwrap());
        let began = Instant::now();
        let attempt = in_time(server.attempt()).await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(2), "counting begins again");
        peer = Peer::accept(attempt);
        peer.send("{}␞");
        settle().await;
    }
    assert_eq!(log.take().len(), 20);
    assert_eq!(connection.state(), ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_started_is_not_reconnected() {
    // C-9, C-125
    let (connector, mut server) = fake_server();
    let connection = HubConnection::with_connector(connector).with_automatic_reconnect().build();
    let starting = starting(&connection);
    drop(Peer::accept(server.attempt().await.unwrap()));
    assert!(in_time(starting).await.unwrap().is_err());
    assert!(tokio::time::timeout(Duration::from_secs(100), server.attempt()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_hub_sees_a_new_connection() {
    // C-122
    let (server, log) = basic();
    let (connection, network) = connect(&server, HubConnectionBuilder::with_automatic_reconnect).await;
    let first = connection.invoke::<String>("Id", ()).await.unwrap();
    assert_eq!(connection.connection_id().as_ref(), Some(&first));
    network.cut();
    settle().await;
    let second = connection.invoke::<String>("Id", ()).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(connection.connection_id(), Some(second));
    let mut log = log.take();
    log.sort();
    assert_eq!(log, ["connected", "connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_for_a_while_is_found_again() {
    let (server, _) = basic();
    let (connection, network) = connect(&server, HubConnectionBuilder::with_automatic_reconnect).await;
    network.set_down(true);
    network.cut();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(connection.state(), ConnectionState::Reconnecting);
    network.set_down(false);
    sleep(Duration::from_secs(8)).await;
    assert_eq!(connection.state(), ConnectionState::Connected);
}
