//! Streams to the server (section 13.7).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, stream};
use hub_client::{upload, upload_results};
use hub_core::HubProtocol;

use crate::support::{basic, connect, in_time, result, settle, start, start_with};

#[tokio::test(start_paused = true)]
async fn an_upload_may_stand_at_any_place_in_both_protocols() {
    // C-80, C-81, C-84
    for protocol in [HubProtocol::json(), HubProtocol::message_pack()] {
        let (server, _) = basic();
        let (connection, _) = connect(&server, |builder| builder.protocol(protocol)).await;
        let numbers = || upload(stream::iter([1_i64, 2, 3]));
        assert_eq!(connection.invoke::<i64>("Total", (10, numbers())).await.unwrap(), 60);
        assert_eq!(connection.invoke::<i64>("Total", (numbers(), 10)).await.unwrap(), 60);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_named_by_the_next_id_and_follows_its_call() {
    // C-50, C-80, C-81
    let (connection, mut peer, _server) = start().await;
    let letters = upload(stream::iter(["a", "b"]));
    connection.send("Listen", (1, letters, 2, upload(stream::empty::<u8>()))).await.unwrap();
    let messages = peer.so_far().await;
    assert_eq!(messages[0], r#"{"type":1,"target":"Listen","arguments":[1,2],"streamIds":["2","3"]}"#);
    let of = |id: &str| {
        let id = format!(r#""invocationId":"{id}""#);
        messages[1..].iter().filter(|message| message.contains(&id)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        of("2"),
        [
            r#"{"type":2,"invocationId":"2","item":"a"}"#,
            r#"{"type":2,"invocationId":"2","item":"b"}"#,
            r#"{"type":3,"invocationId":"2"}"#
        ]
    );
    assert_eq!(of("3"), [r#"{"type":3,"invocationId":"3"}"#]);
    let numbers = connection.stream::<u8>("Echo", (upload(stream::empty::<u8>()),)).await.unwrap();
    assert_eq!(
        peer.so_far().await,
        [
            r#"{"type":4,"invocationId":"4","target":"Echo","arguments":[],"streamIds":["5"]}"#,
            r#"{"type":3,"invocationId":"5"}"#
        ]
    );
    drop(numbers);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_tells_the_server_why() {
    // C-81
    let (connection, mut peer, _server) = start().await;
    let items = stream::iter([Ok(1), Err("no paper"), Ok(2)]);
    connection.send("Listen", (upload_results(items),)).await.unwrap();
    assert_eq!(
        peer.so_far().await[1..],
        [
            r#"{"type":2,"invocationId":"2","item":1}"#,
            r#"{"type":3,"invocationId":"2","error":"Stream errored by client: 'no paper'"}"#
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_and_an_item_that_does_not_serialize_fail_their_upload_alone() {
    // C-81
    let (connection, mut peer, _server) = start().await;
    let panics = stream::iter([1]).map(|_| -> u8 { panic!("on purpose") });
    connection.send("A", (upload(panics),)).await.unwrap();
    assert_eq!(
        peer.so_far().await[1..],
        [r#"{"type":3,"invocationId":"2","error":"Stream errored by client: 'on purpose'"}"#]
    );
    connection.send("A", (upload(stream::iter([f64::NAN])),)).await.unwrap();
    assert!(peer.so_far().await[1].starts_with(r#"{"type":3,"invocationId":"4","error":"Stream errored by client: '"#));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_cancels_its_uploads() {
    // C-81
    let (connection, mut peer, _server) = start().await;
    let call = {
        let connection = connection.clone();
        tokio::spawn(async move { connection.invoke::<()>("A", (upload(stream::pending::<u8>()),)).await })
    };
    assert_eq!(peer.so_far().await.len(), 1);
    call.abort();
    assert_eq!(peer.so_far().await, [r#"{"type":3,"invocationId":"2","error":"Stream canceled by client."}"#]);
    let items = connection.stream::<u8>("A", (upload(stream::pending::<u8>()),)).await.unwrap();
    peer.so_far().await;
    drop(items);
    let mut messages = peer.so_far().await;
    messages.sort();
    assert_eq!(
        messages,
        [r#"{"type":3,"invocationId":"4","error":"Stream canceled by client."}"#, r#"{"type":5,"invocationId":"3"}"#]
    );
}

#[tokio::test(start_paused = true)]
async fn an_upload_goes_on_when_its_call_is_answered_early() {
    // C-83
    let (connection, mut peer, _server) = start().await;
    let (sender, items) = tokio::sync::mpsc::channel::<u8>(1);
    let items = stream::unfold(items, |mut items| async { items.recv().await.map(|item| (item, items)) });
    let call = {
        let connection = connection.clone();
        tokio::spawn(async move { connection.invoke::<u8>("A", (upload(items),)).await })
    };
    peer.so_far().await;
    peer.send(&result("1", "9"));
    assert_eq!(in_time(call).await.unwrap().unwrap(), 9);
    sender.send(7).await.unwrap();
    drop(sender);
    assert_eq!(peer.so_far().await, [r#"{"type":2,"invocationId":"2","item":7}"#, r#"{"type":3,"invocationId":"2"}"#]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_ends_in_silence_with_its_connection() {
    // C-82
    let (connection, mut peer, _server) = start().await;
    let source = Arc::new(());
    let held = Arc::clone(&source);
    let items = stream::pending::<u8>().map(move |item| {
        let _ = &held;
        item
    });
    connection.send("A", (upload(items),)).await.unwrap();
    peer.so_far().await;
    connection.stop().await;
    settle().await;
    assert_eq!(peer.rest().await, [r#"{"type":7}"#]);
    assert_eq!(Arc::strong_count(&source), 1, "the source is dropped");
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_slows_the_source() {
    let (connection, mut peer, _server) = start_with(|builder| builder, |attempt| attempt.capacity(1)).await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let items = stream::iter(0..100_000).inspect(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    connection.send("Listen", (upload(items),)).await.unwrap();
    settle().await;
    let first = taken.load(Ordering::Relaxed);
    assert!(first < 100, "{first} items were taken, and none was read");
    for _ in 0..50 {
        peer.next().await;
    }
    settle().await;
    let second = taken.load(Ordering::Relaxed);
    assert!((first..first + 60).contains(&second), "{first} {second}");
}
