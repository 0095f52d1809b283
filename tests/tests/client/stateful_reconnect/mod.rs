//! Connections that outlive their transports (sections 9 and 13.12).

mod model;

use std::time::Duration;

use hub_client::testing::{Attempt, FakeServer};
use hub_client::transport::TransportError;
use hub_client::{ConnectionState, HubConnection, HubConnectionBuilder, InvocationError};
use hub_core::HubProtocol;
use tokio::time::{Instant, sleep};

use crate::support::{Log, PING, Peer, basic, call, connect, in_time, result, settle, start_with};

fn ack(number: i64) -> String {
    format!(r#"{{"type":8,"sequenceId":{number}}}"#)
}

fn sequence(number: i64) -> String {
    format!(r#"{{"type":9,"sequenceId":{number}}}"#)
}

fn note(number: u32) -> String {
    format!(r#"{{"type":1,"target":"Note","arguments":[{number}]}}"#)
}

/// A client that can be resumed, and its events.
async fn resumable() -> (HubConnection, Peer, FakeServer, Log) {
    let (connection, mut peer, server) = start_with(HubConnectionBuilder::with_stateful_reconnect, |attempt| {
        assert!(attempt.request().unwrap().stateful_reconnect);
        attempt.connection_id("id").resumable()
    })
    .await;
    assert_eq!(peer.next().await, PING);
    let log = Log::default();
    let noted = log.clone();
    connection.on("Say", move |text: String| noted.note(text));
    let noted = log.clone();
    connection.on_reconnecting(move |_| noted.note("reconnecting"));
    let noted = log.clone();
    connection.on_closed(move |reason| {
        noted.note(format!("closed: {}", reason.map_or("in order".to_owned(), |reason| reason.to_string())));
    });
    (connection, peer, server, log)
}

/// The transport that the client opens again.
async fn come_back(server: &mut FakeServer) -> Peer {
    let attempt = in_time(server.attempt()).await.unwrap();
    assert!(attempt.request().is_none(), "it does not negotiate");
    Peer::accept(attempt)
}

#[tokio::test(start_paused = true)]
async fn the_handshake_has_version_two_where_the_server_offers_it() {
    // C-130, H-24
    for (is_offered, is_asked_for, version) in [(true, true, 2), (false, true, 1), (true, false, 1)] {
        let (connector, mut server) = hub_client::testing::fake_server();
        let mut builder = HubConnection::with_connector(connector);
        if is_asked_for {
            builder = builder.with_stateful_reconnect();
        }
        let connection = builder.build();
        let _starting = crate::support::starting(&connection);
        let attempt = server.attempt().await.unwrap();
        assert_eq!(attempt.request().unwrap().stateful_reconnect, is_asked_for);
        let mut peer = Peer::accept(if is_offered { attempt.resumable() } else { attempt });
        assert_eq!(peer.next().await, format!(r#"{{"protocol":"json","version":{version}}}"#));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_acknowledged_is_sent_again_and_nobody_hears_of_it() {
    // S-12, S-13, S-32, C-131
    let (connection, mut peer, mut server, log) = resumable().await;
    for number in 1..=5 {
        connection.send("Note", (number,)).await.unwrap();
    }
    assert_eq!(peer.so_far().await.len(), 5);
    peer.send(&format!("{}␞", ack(3)));
    settle().await;
    peer.connection.lose("Broken.");
    let mut peer = come_back(&mut server).await;
    assert_eq!(peer.so_far().await, [sequence(4), note(4), note(5)]);
    peer.send(&format!("{}␞", sequence(1)));
    connection.send("Note", (6,)).await.unwrap();
    assert_eq!(peer.so_far().await, [note(6)]);
    assert_eq!((connection.state(), connection.connection_id().as_deref()), (ConnectionState::Connected, Some("id")));
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_sequence_comes_even_when_nothing_was_lost() {
    // S-32, S-35
    let (connection, mut peer, mut server, _log) = resumable().await;
    connection.send("Note", (1,)).await.unwrap();
    peer.so_far().await;
    peer.send(&format!("{}␞", ack(1)));
    settle().await;
    peer.connection.lose("Broken.");
    assert_eq!(come_back(&mut server).await.so_far().await, [sequence(2)]);
}

#[tokio::test(start_paused = true)]
async fn what_came_is_acknowledged_each_second() {
    // S-14
    let (_connection, mut peer, _server, _log) = resumable().await;
    peer.send(&(call("Say", r#"["a"]"#) + &call("Say", r#"["b"]"#) + "{\"type\":6}␞" + &result("9", "1")));
    assert_eq!(peer.next().await, ack(3), "pings are not counted, unknown ids are (S-11)");
    let last = Instant::now();
    peer.send(&call("Unknown", "[]"));
    assert_eq!(peer.next().await, ack(4));
    assert_eq!(last.elapsed(), Duration::from_secs(1));
    assert_eq!(peer.next().await, PING, "what is acknowledged is not acknowledged again");
    assert_eq!(last.elapsed(), Duration::from_secs(16));
}

#[tokio::test(start_paused = true)]
async fn what_was_received_before_is_not_taken_again() {
    // S-33, S-34, S-36
    let (_connection, peer, mut server, log) = resumable().await;
    peer.send(&(call("Say", r#"["1"]"#) + &call("Say", r#"["2"]"#)));
    settle().await;
    peer.connection.lose("Broken.");
    let mut peer = come_back(&mut server).await;
    peer.send(&call("Say", r#"["too early"]"#));
    peer.send(&format!("{}␞{}{}", sequence(2), call("Say", r#"["2"]"#), call("Say", r#"["3"]"#)));
    settle().await;
    assert_eq!(log.take(), ["1", "2", "3"]);
    assert_eq!(peer.next().await, sequence(1));
    assert_eq!(peer.next().await, ack(3));
}

#[tokio::test(start_paused = true)]
async fn half_a_message_is_forgotten_with_its_transport() {
    let (_connection, peer, mut server, log) = resumable().await;
    peer.send(r#"{"type":1,"target":"Say","arg"#);
    settle().await;
    peer.connection.lose("Broken.");
    let peer = come_back(&mut server).await;
    peer.send(&format!("{}␞{}", sequence(1), call("Say", r#"["whole"]"#)));
    settle().await;
    assert_eq!(log.take(), ["whole"]);
}

#[tokio::test(start_paused = true)]
async fn a_sequence_beyond_what_came_ends_the_connection() {
    // S-33
    let (_connection, peer, mut server, log) = resumable().await;
    peer.connection.lose("Broken.");
    let peer = come_back(&mut server).await;
    peer.send(&format!("{}␞", sequence(2)));
    settle().await;
    assert_eq!(log.take(), ["closed: Sequence ID greater than amount of messages we've received."]);
}

#[tokio::test(start_paused = true)]
async fn calls_made_in_the_gap_are_sent_afterwards() {
    // C-132
    let (connection, mut peer, mut server, _log) = resumable().await;
    let first = {
        let connection = connection.clone();
        tokio::spawn(async move { connection.invoke::<u32>("First", ()).await })
    };
    assert_eq!(peer.so_far().await.len(), 1);
    peer.connection.lose("Broken.");
    let attempt = in_time(server.attempt()).await.unwrap();
    let second = {
        let connection = connection.clone();
        tokio::spawn(async move { connection.invoke::<u32>("Second", ()).await })
    };
    sleep(Duration::from_secs(1)).await;
    assert_eq!(connection.state(), ConnectionState::Connected);
    let mut peer = Peer::accept(attempt);
    let messages = peer.so_far().await;
    assert_eq!(messages.len(), 3);
    assert!(messages[1].contains("First") && messages[2].contains("Second"), "{messages:?}");
    peer.send(&(format!("{}␞", sequence(1)) + &result("1", "10") + &result("2", "20")));
    assert_eq!(in_time(first).await.unwrap().unwrap(), 10);
    assert_eq!(in_time(second).await.unwrap().unwrap(), 20);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_while_too_much_is_unacknowledged() {
    // S-20, S-21
    let options =
        |builder: HubConnectionBuilder<_>| builder.with_stateful_reconnect().stateful_reconnect_buffer_size(100);
    let (connection, mut peer, _server) = start_with(options, Attempt::resumable).await;
    assert_eq!(peer.next().await, PING);
    let sender = connection.clone();
    let sending = tokio::spawn(async move {
        for number in 0..100 {
            sender.send("Note", (number,)).await.unwrap();
        }
    });
    let sent = peer.so_far().await;
    assert_eq!(sent.len(), 3, "the third goes beyond the limit");
    peer.send(&call("Unknown", "[]"));
    assert_eq!(peer.next().await, ack(1), "acknowledgements do not wait");
    assert!(!sending.is_finished());
    let mut received = 3;
    while received < 100 {
        peer.send(&format!("{}␞", ack(received)));
        let more = i64::try_from(peer.so_far().await.len()).unwrap();
        assert!((1..=3).contains(&more), "{more} came behind {received}");
        received += more;
    }
    in_time(sending).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_ends_the_connection_or_leads_to_a_reconnect() {
    // S-39
    let (connection, mut peer, mut server, log) = resumable().await;
    let waiting = {
        let connection = connection.clone();
        tokio::spawn(async move { connection.invoke::<u32>("A", ()).await })
    };
    peer.so_far().await;
    peer.connection.lose("Broken.");
    in_time(server.attempt()).await.unwrap().refuse(TransportError::new("Gone."));
    let error = in_time(waiting).await.unwrap().unwrap_err();
    assert!(matches!(error, InvocationError::Closed(Some(_))), "{error:?}");
    assert_eq!(log.take(), ["closed: Reconnect attempt failed: Gone. (after: Broken.)"]);

    let options = |builder: HubConnectionBuilder<_>| builder.with_stateful_reconnect().with_automatic_reconnect();
    let (connection, peer, mut server) = start_with(options, Attempt::resumable).await;
    peer.connection.lose("Broken.");
    in_time(server.attempt()).await.unwrap().refuse(TransportError::new("Gone."));
    let attempt = in_time(server.attempt()).await.unwrap();
    assert!(attempt.request().is_some(), "it negotiates again (C-122)");
    let mut peer = Peer::accept(attempt.resumable());
    assert!(peer.next().await.contains(r#""version":2"#));
    peer.send("{}␞");
    settle().await;
    assert_eq!(connection.state(), ConnectionState::Connected);
    connection.send("Note", (1,)).await.unwrap();
    assert_eq!(peer.so_far().await, [note(1)], "nothing is sent again");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_an_answer_takes_no_longer_than_a_handshake() {
    let (_connection, peer, mut server, log) = resumable().await;
    peer.connection.lose("Broken.");
    let mut attempt = in_time(server.attempt()).await.unwrap();
    let began = Instant::now();
    in_time(attempt.given_up()).await;
    assert_eq!(began.elapsed(), Duration::from_secs(15));
    settle().await;
    assert_eq!(log.take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_nothing_up_is_not_asked_for_ever() {
    let (_connection, peer, mut server, log) = resumable().await;
    peer.connection.lose("Broken.");
    come_back(&mut server).await.connection.lose("Broken again.");
    settle().await;
    assert_eq!(log.take(), ["closed: Broken again."]);
}

#[tokio::test(start_paused = true)]
async fn an_orderly_end_is_the_end() {
    // S-50
    let (connection, peer, mut server, _log) = resumable().await;
    connection.off("Say");
    let weak = connection.downgrade();
    drop(connection);
    drop(peer);
    settle().await;
    assert!(weak.upgrade().is_none());
    assert!(in_time(server.attempt()).await.is_none(), "nobody comes back");
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_the_server_has_closed_is_not_opened_again() {
    // S-50
    let (_connection, peer, mut server, log) = resumable().await;
    peer.connection.fail(TransportError::closed_by_server("Closed with 1011."));
    settle().await;
    assert_eq!(log.take(), ["closed: Closed with 1011."]);
    assert!(tokio::time::timeout(Duration::from_secs(100), server.attempt()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_close_is_the_end_although_the_transport_is_lost() {
    // S-50
    let (connection, peer, mut server) =
        start_with(HubConnectionBuilder::with_stateful_reconnect, Attempt::resumable).await;
    peer.send("{\"type\":7}␞");
    peer.connection.lose("Broken.");
    settle().await;
    assert_eq!(connection.state(), ConnectionState::Disconnected);
    assert!(tokio::time::timeout(Duration::from_secs(100), server.attempt()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_the_gap_ends_it() {
    // S-50
    let (connection, peer, mut server, log) = resumable().await;
    peer.connection.lose("Broken.");
    let mut attempt = in_time(server.attempt()).await.unwrap();
    let other = connection.clone();
    let stopping = tokio::spawn(async move { other.stop().await });
    in_time(attempt.given_up()).await;
    in_time(stopping).await.unwrap();
    assert_eq!(log.take(), ["closed: in order"]);
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_hub_keeps_its_connection_and_every_message_in_both_protocols() {
    // C-131, C-132
    for protocol in [HubProtocol::json(), HubProtocol::message_pack()] {
        let (server, log) = basic();
        let (connection, network) =
            connect(&server, |builder| builder.protocol(protocol).with_stateful_reconnect()).await;
        let id = connection.connection_id().unwrap();
        let said = Log::default();
        let noted = said.clone();
        connection.on("Say", move |text: String| noted.note(text));
        for number in 0..200 {
            if number % 7 == 3 {
                network.cut();
            }
            connection.send("Note", (number.to_string(),)).await.unwrap();
            connection.send("Say", (number.to_string(),)).await.unwrap();
            if number % 5 == 0 {
                sleep(Duration::from_millis(300)).await;
            }
        }
        assert_eq!(in_time(connection.invoke::<String>("Id", ())).await.unwrap(), id);
        let expected: Vec<_> = (0..200).map(|number| number.to_string()).collect();
        assert_eq!(log.take()[1..], expected);
        assert_eq!(said.take(), expected);
    }
}
