//! Starting (sections 13.1 and 3).

use std::time::Duration;

use hub_client::testing::{Attempt, FakeConnector, FakeServer, fake_server};
use hub_client::transport::TransportError;
use hub_client::{ConnectionState, HubConnection, HubConnectionBuilder, StartError};
use hub_core::HubProtocol;
use hub_core::protocol::TransferFormat;
use tokio::time::{Instant, sleep};

use crate::support::{Log, PING, Peer, call, in_time, settle, start, start_with, starting};

fn connection(
    options: impl FnOnce(HubConnectionBuilder<FakeConnector>) -> HubConnectionBuilder<FakeConnector>,
) -> (HubConnection, FakeServer) {
    let (connector, server) = fake_server();
    (options(HubConnection::with_connector(connector)).build(), server)
}

/// What comes of a start whose handshake is answered by this.
async fn answered_by(answer: &str) -> Result<(), StartError> {
    let (connection, mut server) = connection(|builder| builder);
    let starting = starting(&connection);
    let mut peer = Peer::accept(server.attempt().await.unwrap());
    peer.next().await;
    peer.send(answer);
    let result = in_time(starting).await.unwrap();
    let expected = if result.is_ok() { ConnectionState::Connected } else { ConnectionState::Disconnected };
    assert_eq!(connection.state(), expected);
    result
}

#[tokio::test(start_paused = true)]
async fn a_start_shakes_hands_and_pings_at_once() {
    // C-3, C-4, H-24
    let (connection, mut server) = connection(|builder| builder);
    assert_eq!(connection.state(), ConnectionState::Disconnected);
    let starting = starting(&connection);
    let attempt = server.attempt().await.unwrap();
    let request = attempt.request().unwrap();
    assert_eq!((request.transfer_format, request.stateful_reconnect), (TransferFormat::Text, false));
    assert_eq!(connection.state(), ConnectionState::Connecting);
    let mut peer = Peer::accept(attempt.connection_id("abc"));
    assert_eq!(peer.next().await, r#"{"protocol":"json","version":1}"#);
    assert_eq!(connection.connection_id(), None);
    peer.send("{}␞");
    assert_eq!(peer.next().await, PING);
    in_time(starting).await.unwrap().unwrap();
    assert_eq!((connection.state(), connection.connection_id().as_deref()), (ConnectionState::Connected, Some("abc")));
}

#[tokio::test(start_paused = true)]
async fn the_handshake_names_the_protocol() {
    // H-24, C-140
    let (connection, mut server) = connection(|builder| builder.protocol(HubProtocol::message_pack()));
    let _starting = starting(&connection);
    let attempt = server.attempt().await.unwrap();
    assert_eq!(attempt.request().unwrap().transfer_format, TransferFormat::Binary);
    assert_eq!(Peer::accept(attempt).next().await, r#"{"protocol":"messagepack","version":1}"#);
}

#[tokio::test(start_paused = true)]
async fn only_a_disconnected_connection_starts() {
    // C-2
    let (connection, _peer, _server) = start().await;
    assert!(matches!(connection.start().await, Err(StartError::NotDisconnected)));
    assert_eq!(connection.state(), ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_connection_starts_again_after_its_end() {
    // C-41
    let (connection, _peer, mut server) = start().await;
    connection.stop().await;
    let starting = starting(&connection);
    let mut peer = Peer::accept(server.attempt().await.unwrap());
    peer.next().await;
    peer.send("{}␞");
    in_time(starting).await.unwrap().unwrap();
    assert_eq!(connection.state(), ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_start_without_a_transport_fails_and_is_not_repeated() {
    // C-9
    let (connection, mut server) = connection(HubConnectionBuilder::with_automatic_reconnect);
    let log = Log::default();
    connection.on_closed({
        let log = log.clone();
        move |_| log.note("closed")
    });
    let starting = starting(&connection);
    server.attempt().await.unwrap().refuse(TransportError::new("Nobody is there."));
    let error = in_time(starting).await.unwrap().unwrap_err();
    assert!(matches!(error, StartError::Connect(_)), "{error:?}");
    assert_eq!(error.to_string(), "Nobody is there.");
    assert_eq!(connection.state(), ConnectionState::Disconnected);
    let again = tokio::time::timeout(Duration::from_secs(100), server.attempt()).await;
    assert!(again.is_err(), "it is tried again");
    assert_eq!(log.take(), [""; 0], "what never started does not end");
}

#[tokio::test(start_paused = true)]
async fn a_refused_handshake_tells_why() {
    // H-26
    let error = answered_by(r#"{"error":"The protocol 'json' is not supported."}␞"#).await.unwrap_err();
    assert!(matches!(&error, StartError::HandshakeRefused(text) if text == "The protocol 'json' is not supported."));
    let error = answered_by(r#"{"error":""}␞"#).await.unwrap_err();
    assert!(matches!(&error, StartError::HandshakeRefused(text) if text.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_handshake_response_fails_the_start() {
    // H-25
    for answer in ["<html>␞", "␞", "[]␞", r#"{"type":6}␞"#, r#"{"error":null}␞"#, "{␞", "\u{0}␞"] {
        let error = answered_by(answer).await.unwrap_err();
        assert!(matches!(error, StartError::InvalidHandshake(_)), "{answer}: {error:?}");
    }
    answered_by(r#"{"minorVersion":1}␞"#).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handshake_without_an_answer_takes_no_longer_than_its_timeout() {
    // C-10
    let (connection, mut server) = connection(|builder| builder);
    let (began, starting) = (Instant::now(), starting(&connection));
    let mut peer = Peer::accept(server.attempt().await.unwrap());
    peer.next().await;
    sleep(Duration::from_secs(10)).await;
    peer.send("<html>");
    let error = in_time(starting).await.unwrap().unwrap_err();
    assert!(matches!(error, StartError::HandshakeTimeout(_)), "{error:?}");
    assert_eq!(began.elapsed(), Duration::from_secs(15));
    assert_eq!(peer.next_or_end().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_in_its_handshake_fails_the_start() {
    // C-10
    for is_lost in [false, true] {
        let (connection, mut server) = connection(|builder| builder);
        let starting = starting(&connection);
        let mut peer = Peer::accept(server.attempt().await.unwrap());
        peer.next().await;
        peer.send("{");
        if is_lost {
            peer.connection.lose("Broken.");
        } else {
            drop(peer);
        }
        let error = in_time(starting).await.unwrap().unwrap_err();
        assert!(matches!(&error, StartError::Disconnected(error) if error.is_some() == is_lost), "{error:?}");
        assert_eq!(error.to_string(), "The server disconnected before sending a handshake response.");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endless_handshake_response_ends_at_the_size_limit() {
    let (connection, mut server) = connection(|builder| builder.maximum_receive_message_size(Some(1000)));
    let starting = starting(&connection);
    let peer = Peer::accept(server.attempt().await.unwrap());
    for _ in 0..100 {
        peer.send(&"x".repeat(100));
    }
    let error = in_time(starting).await.unwrap().unwrap_err();
    assert!(matches!(error, StartError::Disconnected(Some(_))), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_in_the_same_piece_as_the_handshake_response_are_taken() {
    // C-12
    let (connection, mut server) = connection(|builder| builder);
    let log = Log::default();
    let noted = log.clone();
    connection.on("Say", move |text: String| noted.note(text));
    let starting = starting(&connection);
    let peer = Peer::accept(server.attempt().await.unwrap());
    peer.send(&format!("{{}}␞{}{}", call("Say", r#"["a"]"#), r#"{"type":1,"target":"Say","#));
    peer.send(r#""arguments":["b"]}␞"#);
    in_time(starting).await.unwrap().unwrap();
    settle().await;
    assert_eq!(log.take(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_cancels_a_start_at_every_step() {
    // C-11
    for has_transport in [false, true] {
        let (connection, mut server) = connection(|builder| builder);
        let starting = starting(&connection);
        let mut attempt = Some(server.attempt().await.unwrap());
        let peer = if has_transport { attempt.take().map(Peer::accept) } else { None };
        settle().await;
        connection.stop().await;
        assert!(matches!(in_time(starting).await.unwrap(), Err(StartError::Stopped)));
        assert_eq!(connection.state(), ConnectionState::Disconnected);
        if let Some(mut peer) = peer {
            assert_eq!(peer.rest().await.len(), 1, "only the handshake was sent");
        }
        if let Some(mut attempt) = attempt {
            in_time(attempt.given_up()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_dropped_is_given_up() {
    // C-11
    let (connection, mut server) = connection(|builder| builder);
    let starting = starting(&connection);
    let mut attempt = server.attempt().await.unwrap();
    starting.abort();
    in_time(attempt.given_up()).await;
    settle().await;
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_the_start() {
    // C-46
    let (connection, mut server) = connection(|builder| builder);
    let starting = starting(&connection);
    let attempt = server.attempt().await.unwrap();
    let sender = connection.clone();
    let sending = tokio::spawn(async move { sender.send("Note", (1,)).await });
    settle().await;
    assert!(!sending.is_finished());
    let mut peer = Peer::accept(attempt);
    peer.next().await;
    peer.send("{}␞");
    in_time(starting).await.unwrap().unwrap();
    in_time(sending).await.unwrap().unwrap();
    assert_eq!(peer.so_far().await, [r#"{"type":1,"target":"Note","arguments":[1]}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_keeps_itself_alive_is_not_pinged() {
    // C-3, C-103
    let (_connection, mut peer, _server) = start_with(|builder| builder, Attempt::inherent_keep_alive).await;
    let next = tokio::time::timeout(Duration::from_secs(300), peer.next_or_end()).await;
    assert!(next.is_err(), "{next:?}");
}
