//! The end of a connection (section 13.10).

use std::time::Duration;

use hub_client::{ConnectionError, ConnectionState, HubConnection, HubConnectionBuilder};
use tokio::time::{Instant, sleep};

use crate::support::{Log, basic, call, connect, in_time, settle, start, start_with};

const CLOSE: &str = r#"{"type":7}"#;

/// Why the connection ends, once it does.
fn reasons(connection: &HubConnection) -> tokio::sync::mpsc::UnboundedReceiver<Option<ConnectionError>> {
    let (sender, reasons) = tokio::sync::mpsc::unbounded_channel();
    connection.on_closed(move |reason| sender.send(reason).unwrap());
    reasons
}

#[tokio::test(start_paused = true)]
async fn a_stop_tells_the_server_and_has_no_reason() {
    // C-41, C-110
    let (connection, mut peer, _server) = start().await;
    let mut reasons = reasons(&connection);
    connection.stop().await;
    assert_eq!(connection.state(), ConnectionState::Disconnected);
    assert!(reasons.try_recv().unwrap().is_none(), "the event comes before the end of the stop");
    assert_eq!(peer.rest().await, [CLOSE]);
    connection.stop().await;
    assert!(reasons.try_recv().is_err(), "it comes once");
}

#[tokio::test(start_paused = true)]
async fn a_stop_takes_five_seconds_at_most() {
    // C-110
    let (connection, _peer, _server) = start_with(|builder| builder, |attempt| attempt.capacity(1)).await;
    for number in 0..10 {
        connection.send("Note", (number,)).await.unwrap();
    }
    let began = Instant::now();
    connection.stop().await;
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    assert_eq!(connection.state(), ConnectionState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn several_stops_end_together() {
    let (connection, mut peer, _server) = start().await;
    let other = connection.clone();
    let stopping = tokio::spawn(async move { other.stop().await });
    connection.stop().await;
    in_time(stopping).await.unwrap();
    assert_eq!(peer.rest().await, [CLOSE]);
}

#[tokio::test(start_paused = true)]
async fn a_close_with_an_error_tells_it() {
    // C-111
    let (connection, mut peer, _server) = start().await;
    let mut reasons = reasons(&connection);
    peer.send(r#"{"type":7,"error":"Down for lunch."}␞{"type":1,"target":"Late","arguments":[]}␞"#);
    assert_eq!(peer.rest().await, [""; 0], "it is not answered");
    let reason = in_time(reasons.recv()).await.unwrap().unwrap();
    assert!(matches!(&reason, ConnectionError::ClosedByServer(text) if text == "Down for lunch."));
    assert_eq!(reason.to_string(), "The server closed the connection with the following error: Down for lunch.");
}

#[tokio::test(start_paused = true)]
async fn a_close_without_an_error_has_no_reason() {
    // C-41
    let (connection, peer, _server) = start().await;
    let mut reasons = reasons(&connection);
    peer.send("{\"type\":7}␞");
    assert!(in_time(reasons.recv()).await.unwrap().is_none());
    assert_eq!(connection.state(), ConnectionState::Disconnected);
    assert_eq!(connection.connection_id(), None);
}

#[tokio::test(start_paused = true)]
async fn an_orderly_end_of_the_transport_has_no_reason_and_a_loss_has_its_error() {
    // C-113
    let (connection, peer, _server) = start().await;
    let mut first = reasons(&connection);
    drop(peer);
    assert!(in_time(first.recv()).await.unwrap().is_none());

    let (connection, peer, _server) = start().await;
    let mut second = reasons(&connection);
    peer.connection.lose("Broken.");
    assert_eq!(in_time(second.recv()).await.unwrap().unwrap().to_string(), "Broken.");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_cut_off_is_told() {
    // C-114
    let (connection, peer, _server) = start().await;
    let mut reasons = reasons(&connection);
    peer.send(r#"{"type":6"#);
    drop(peer);
    let reason = in_time(reasons.recv()).await.unwrap().unwrap();
    assert_eq!(reason.to_string(), "Connection terminated while reading a message.");
}

#[tokio::test(start_paused = true)]
async fn the_servers_last_words_count_although_nothing_can_be_sent() {
    // C-111
    let (connection, mut peer, _server) = start().await;
    let mut reasons = reasons(&connection);
    peer.connection.stop_receiving();
    connection.send("Note", ()).await.unwrap();
    settle().await;
    peer.send(r#"{"type":7,"error":"Enough."}␞"#);
    assert!(matches!(in_time(reasons.recv()).await.unwrap(), Some(ConnectionError::ClosedByServer(_))));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_nothing_and_says_nothing_is_lost() {
    // C-113
    let (connection, mut peer, _server) = start().await;
    let mut reasons = reasons(&connection);
    peer.connection.stop_receiving();
    connection.send("Note", ()).await.unwrap();
    let began = Instant::now();
    assert!(matches!(in_time(reasons.recv()).await.unwrap(), Some(ConnectionError::Transport(_))));
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_stops_the_connection_when_it_is_dropped() {
    let (server, log) = basic();
    let (connection, _) = connect(&server, HubConnectionBuilder::with_automatic_reconnect).await;
    let clone = connection.clone();
    let weak = connection.downgrade();
    drop(connection);
    sleep(Duration::from_secs(100)).await;
    assert_eq!(clone.state(), ConnectionState::Connected);
    drop(clone);
    settle().await;
    assert_eq!(log.take(), ["connected", "disconnected"]);
    assert!(weak.upgrade().is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_a_connection_that_nobody_holds() {
    let (connection, peer, _server) = start().await;
    let kept = std::sync::Arc::new(());
    let held = std::sync::Arc::clone(&kept);
    connection.on("Wait", move || {
        let held = std::sync::Arc::clone(&held);
        async move {
            std::future::pending::<()>().await;
            drop(held);
        }
    });
    peer.send(&call("Wait", "[]"));
    settle().await;
    assert_eq!(std::sync::Arc::strong_count(&kept), 3);
    drop(connection);
    settle().await;
    assert_eq!(std::sync::Arc::strong_count(&kept), 1);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_nobody_holds_any_more_is_given_up() {
    let (connector, mut server) = hub_client::testing::fake_server();
    let starting = tokio::spawn(async move { HubConnection::with_connector(connector).build().start().await });
    let mut attempt = server.attempt().await.unwrap();
    starting.abort();
    in_time(attempt.given_up()).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_twice_of_one_end() {
    // C-41
    let log = Log::default();
    let (connection, peer, _server) = start().await;
    let noted = log.clone();
    connection.on_closed(move |_| noted.note("closed"));
    peer.send("{\"type\":7}␞{\"type\":7}␞");
    drop(peer);
    settle().await;
    connection.stop().await;
    assert_eq!(log.take(), ["closed"]);
}
