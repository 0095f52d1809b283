//! Servers that do what no server should.

use std::time::Duration;

use hub_client::{ConnectionError, HubConnection, InvocationError};
use hub_core::HubProtocol;
use tokio::time::Instant;

use crate::support::{Peer, in_time, settle, start, start_with};

/// Why a connection ends that has received this, while a call waited for its answer.
async fn after(text: &str) -> ConnectionError {
    let (connection, mut peer, _server) = start().await;
    let (sender, mut reasons) = tokio::sync::mpsc::unbounded_channel();
    connection.on_closed(move |reason| sender.send(reason).unwrap());
    let invoking = invoking(&connection, &mut peer).await;
    peer.send(text);
    let reason = in_time(reasons.recv()).await.unwrap().expect("there is a reason");
    let error = in_time(invoking).await.unwrap().unwrap_err();
    assert!(matches!(&error, InvocationError::Closed(Some(error)) if error.to_string() == reason.to_string()));
    reason
}

async fn invoking(
    connection: &HubConnection,
    peer: &mut Peer,
) -> tokio::task::JoinHandle<Result<u32, InvocationError>> {
    let connection = connection.clone();
    let invoking = tokio::spawn(async move { connection.invoke::<u32>("A", ()).await });
    assert_eq!(peer.so_far().await.len(), 1);
    invoking
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_ends_the_connection() {
    for text in [
        "<html>␞",
        "␞",
        "[]␞",
        "{}␞",
        r#"{"type":"1"}␞"#,
        r#"{"type":3}␞"#,
        r#"{"type":3,"invocationId":"1","result":1,"error":"x"}␞"#,
        r#"{"type":1,"target":"A"}␞"#,
        r#"{"type":2,"invocationId":"1"}␞"#,
        r#"{"type":8}␞"#,
        "{\"type\":1,\u{0}}␞",
    ] {
        let began = Instant::now();
        let reason = after(text).await;
        assert!(matches!(reason, ConnectionError::Protocol(_)), "{text}: {reason:?}");
        assert!(began.elapsed() < Duration::from_secs(1), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_and_misplaced_messages_are_skipped() {
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking(&connection, &mut peer).await;
    for text in [
        r#"{"type":99,"x":[1]}␞"#,
        r#"{"type":0}␞"#,
        r#"{"type":-1}␞"#,
        r#"{"type":4,"invocationId":"1","target":"A","arguments":[]}␞"#,
        r#"{"type":5,"invocationId":"1"}␞"#,
        r#"{"type":8,"sequenceId":5}␞"#,
        r#"{"type":9,"sequenceId":5}␞"#,
        r#"{"type":6}␞"#,
    ] {
        peer.send(text);
    }
    assert_eq!(peer.so_far().await, [""; 0]);
    peer.send(r#"{"type":3,"invocationId":"1","result":7}␞"#);
    assert_eq!(in_time(invoking).await.unwrap().unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn garbage_in_message_pack_ends_the_connection() {
    for bytes in [&b"\x00"[..], b"\xff\xff\xff\xff\xff", b"\x01\xc1", b"\x03\x93\x03\x80", b"\x02\x91\xa1"] {
        let options = |builder: hub_client::HubConnectionBuilder<_>| builder.protocol(HubProtocol::message_pack());
        let (connection, peer, _server) = start_with(options, |attempt| attempt).await;
        let (sender, mut reasons) = tokio::sync::mpsc::unbounded_channel();
        connection.on_closed(move |reason| sender.send(reason).unwrap());
        peer.connection.send(bytes);
        let reason = in_time(reasons.recv()).await.unwrap();
        assert!(matches!(reason, Some(ConnectionError::Protocol(_))), "{bytes:x?}: {reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_beyond_the_limit_ends_the_connection() {
    let options = |builder: hub_client::HubConnectionBuilder<_>| builder.maximum_receive_message_size(Some(100));
    let (connection, mut peer, _server) = start_with(options, |attempt| attempt).await;
    let invoking = invoking(&connection, &mut peer).await;
    peer.send(&"x".repeat(60));
    settle().await;
    peer.send(&"x".repeat(60));
    let error = in_time(invoking).await.unwrap().unwrap_err();
    assert!(matches!(error, InvocationError::Closed(Some(ConnectionError::MessageTooLarge(100)))), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_may_come_byte_by_byte() {
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking(&connection, &mut peer).await;
    for byte in "{\"type\":6}\u{1e}{\"type\":3,\"invocationId\":\"1\",\"result\":7}\u{1e}".bytes() {
        peer.connection.send(vec![byte]);
        peer.connection.send(Vec::new());
    }
    assert_eq!(in_time(invoking).await.unwrap().unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_holds_calls_no_longer_than_its_timeout() {
    let (connection, mut peer, _server) = start().await;
    let began = Instant::now();
    let invoking = invoking(&connection, &mut peer).await;
    let error = in_time(invoking).await.unwrap().unwrap_err();
    assert!(matches!(error, InvocationError::Closed(Some(ConnectionError::ServerTimeout(_)))), "{error:?}");
    assert_eq!(began.elapsed(), Duration::from_secs(30));
}
