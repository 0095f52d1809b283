//! Streams from the server (section 13.6).

use hub_client::InvocationError;

use crate::support::{basic, connect, end, failure, in_time, item, result, start};

#[tokio::test(start_paused = true)]
async fn a_stream_gives_its_items_and_ends() {
    // C-70
    let (server, _) = basic();
    let (connection, _) = connect(&server, |builder| builder).await;
    let mut numbers = connection.stream::<u32>("Countdown", (3,)).await.unwrap();
    let mut items = Vec::new();
    while let Some(number) = in_time(numbers.next()).await {
        items.push(number.unwrap());
    }
    assert_eq!(items, [2, 1, 0]);
    assert!(in_time(numbers.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_error_comes_behind_the_items() {
    // C-70
    let (connection, mut peer, _server) = start().await;
    let mut numbers = connection.stream::<u32>("Count", (1, "a")).await.unwrap();
    assert_eq!(peer.so_far().await, [r#"{"type":4,"invocationId":"1","target":"Count","arguments":[1,"a"]}"#]);
    peer.send(&(item("1", "1") + &item("1", "2") + &failure("1", "No more.")));
    assert_eq!(in_time(numbers.next()).await.unwrap().unwrap(), 1);
    assert_eq!(in_time(numbers.next()).await.unwrap().unwrap(), 2);
    let error = in_time(numbers.next()).await.unwrap().unwrap_err();
    assert!(matches!(&error, InvocationError::Server(text) if text == "No more."), "{error:?}");
    assert!(in_time(numbers.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_is_cancelled_once() {
    // C-71
    let (connection, mut peer, _server) = start().await;
    let mut numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    peer.so_far().await;
    peer.send(&item("1", "1"));
    assert_eq!(in_time(numbers.next()).await.unwrap().unwrap(), 1);
    drop(numbers);
    assert_eq!(peer.so_far().await, [r#"{"type":5,"invocationId":"1"}"#]);
    peer.send(&(item("1", "2") + &end("1")));
    assert_eq!(peer.so_far().await, [""; 0], "what comes late is ignored");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_over_is_not_cancelled() {
    // C-71
    let (connection, mut peer, _server) = start().await;
    let numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    peer.so_far().await;
    peer.send(&end("1"));
    assert_eq!(peer.so_far().await, [""; 0]);
    drop(numbers);
    assert_eq!(peer.so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_before_it_is_sent_sends_nothing() {
    // C-72
    let (connection, mut peer, _server) = start().await;
    drop(connection.stream::<u32>("Count", ()));
    drop(connection.invoke::<u32>("Add", ()));
    assert_eq!(peer.so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_reaches_a_server_that_reads_slowly() {
    // C-71
    let (connection, mut peer, _server) = start().await;
    let numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    let sender = connection.clone();
    let sending = tokio::spawn(async move {
        for number in 0..300 {
            sender.send("A", (number,)).await.unwrap();
        }
    });
    crate::support::settle().await;
    assert!(!sending.is_finished(), "there is no room left");
    drop(numbers);
    let messages = peer.so_far().await;
    assert_eq!(messages.len(), 302);
    assert!(messages.contains(&r#"{"type":5,"invocationId":"1"}"#.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_item_of_another_type_ends_its_stream_alone() {
    // C-58 is not copied: the connection stays.
    let (connection, mut peer, _server) = start().await;
    let mut numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    peer.so_far().await;
    peer.send(&(item("1", "1") + &item("1", r#""x""#) + &item("1", "2")));
    assert_eq!(in_time(numbers.next()).await.unwrap().unwrap(), 1);
    let error = in_time(numbers.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, InvocationError::WrongType(_)), "{error:?}");
    assert!(in_time(numbers.next()).await.is_none());
    assert_eq!(peer.so_far().await, [r#"{"type":5,"invocationId":"1"}"#], "the server is told");
    drop(numbers);
    assert_eq!(peer.so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_no_end_of_a_stream() {
    // C-57
    let (connection, mut peer, _server) = start().await;
    let mut numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    peer.so_far().await;
    peer.send(&result("1", "1"));
    let error = in_time(numbers.next()).await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "Server provided a result in a completion response to a streamed invocation.");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_reason_why_its_connection_did() {
    // C-54
    let (connection, mut peer, _server) = start().await;
    let mut numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    peer.so_far().await;
    peer.send(&item("1", "1"));
    peer.connection.lose("Broken.");
    assert_eq!(in_time(numbers.next()).await.unwrap().unwrap(), 1);
    assert_eq!(in_time(numbers.next()).await.unwrap().unwrap_err().to_string(), "Broken.");
    assert!(in_time(numbers.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn items_are_kept_until_they_are_taken() {
    // C-70
    let (connection, mut peer, _server) = start().await;
    let mut numbers = connection.stream::<u32>("Count", ()).await.unwrap();
    peer.so_far().await;
    (0..10_000).for_each(|number: u32| peer.send(&item("1", &number.to_string())));
    peer.send(&end("1"));
    for number in 0..10_000 {
        assert_eq!(in_time(numbers.next()).await.unwrap().unwrap(), number);
    }
    assert!(in_time(numbers.next()).await.is_none());
}
