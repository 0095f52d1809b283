//! Calling the hub (section 13.5).

use std::collections::HashMap;
use std::time::Duration;

use hub_client::{HubConnection, InvocationError};
use hub_core::HubProtocol;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::support::{Peer, basic, connect, end, failure, in_time, item, result, settle, start};

#[tokio::test(start_paused = true)]
async fn a_call_gives_its_result_in_both_protocols() {
    // C-51
    for protocol in [HubProtocol::json(), HubProtocol::message_pack()] {
        let (server, _) = basic();
        let (connection, _) = connect(&server, |builder| builder.protocol(protocol)).await;
        assert_eq!(connection.invoke::<i64>("Add", (1, 2)).await.unwrap(), 3);
        connection.invoke::<()>("Nothing", ()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_is_told_in_its_own_words() {
    // C-51
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<()>(&connection, "A");
    peer.so_far().await;
    peer.send(&failure("1", "exactly \\u201cthis\\u201d"));
    let error = in_time(invoking).await.unwrap().unwrap_err();
    assert!(matches!(&error, InvocationError::Server(text) if text == "exactly “this”"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn ids_are_counted_from_one() {
    // C-50
    let (connection, mut peer, _server) = start().await;
    let (first, second) = (invoking::<u32>(&connection, "A"), invoking::<u32>(&connection, "B"));
    assert_eq!(
        peer.so_far().await,
        [
            r#"{"type":1,"invocationId":"1","target":"A","arguments":[]}"#,
            r#"{"type":1,"invocationId":"2","target":"B","arguments":[]}"#
        ]
    );
    peer.send(&(result("2", "20") + &result("1", "10")));
    assert_eq!(in_time(first).await.unwrap().unwrap(), 10);
    assert_eq!(in_time(second).await.unwrap().unwrap(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_send_has_no_id_and_hears_of_no_error() {
    // C-52
    let (connection, mut peer, _server) = start().await;
    connection.send("Note", ("a", 1, None::<u8>)).await.unwrap();
    assert_eq!(peer.so_far().await, [r#"{"type":1,"target":"Note","arguments":["a",1,null]}"#]);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_leaves_before_the_connection_stops() {
    // C-52, C-110
    let (server, log) = basic();
    let (connection, _) = connect(&server, |builder| builder).await;
    for number in 0..100 {
        connection.send("Note", (number.to_string(),)).await.unwrap();
    }
    connection.stop().await;
    let log = log.take();
    assert_eq!((log.len(), log[100].as_str(), log[101].as_str()), (102, "99", "disconnected"));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_not_told_to_the_server() {
    // C-53, C-55
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<u32>(&connection, "A");
    assert_eq!(peer.so_far().await.len(), 1);
    invoking.abort();
    assert_eq!(peer.so_far().await, [""; 0]);
    peer.send(&result("1", "10"));
    assert_still_works(&connection, &mut peer, "2").await;
}

#[tokio::test(start_paused = true)]
async fn completions_and_items_that_nobody_waits_for_are_ignored() {
    // C-55
    let (connection, mut peer, _server) = start().await;
    for id in ["1", "99", "x", "-1", "18446744073709551616"] {
        peer.send(&(result(id, "1") + &item(id, "1") + &failure(id, "no") + &end(id)));
    }
    assert_still_works(&connection, &mut peer, "1").await;
}

#[tokio::test(start_paused = true)]
async fn a_result_of_another_type_fails_its_call_alone() {
    // C-59
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<u32>(&connection, "A");
    peer.so_far().await;
    peer.send(&result("1", r#"{"a":["b"]}"#));
    let error = in_time(invoking).await.unwrap().unwrap_err();
    assert!(matches!(error, InvocationError::WrongType(_)), "{error:?}");
    assert_still_works(&connection, &mut peer, "2").await;
}

#[tokio::test(start_paused = true)]
async fn a_completion_without_a_result_is_nothing() {
    // C-51
    let (connection, mut peer, _server) = start().await;
    let unit = invoking::<()>(&connection, "A");
    let option = invoking::<Option<u32>>(&connection, "B");
    let number = invoking::<u32>(&connection, "C");
    peer.so_far().await;
    peer.send(&["1", "2", "3"].map(end).concat());
    in_time(unit).await.unwrap().unwrap();
    assert_eq!(in_time(option).await.unwrap().unwrap(), None);
    assert!(matches!(in_time(number).await.unwrap(), Err(InvocationError::WrongType(_))));
}

#[tokio::test(start_paused = true)]
async fn an_item_for_a_call_without_a_stream_fails_it() {
    // C-56
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<u32>(&connection, "A");
    peer.so_far().await;
    peer.send(&item("1", "1"));
    assert!(matches!(in_time(invoking).await.unwrap(), Err(InvocationError::WrongKind(_))));
    peer.send(&item("1", "2"));
    peer.so_far().await;
    assert_still_works(&connection, &mut peer, "2").await;
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_serialize_fail_their_call_alone() {
    // C-60
    let (connection, mut peer, _server) = start().await;
    for error in [
        connection.invoke::<()>("A", (f64::NAN,)).await.unwrap_err(),
        connection.send("A", (1, HashMap::from([(vec![1], 2)]))).await.unwrap_err(),
        connection.stream::<()>("A", (f64::NAN,)).await.map(drop).unwrap_err(),
    ] {
        assert!(matches!(error, InvocationError::Arguments(_)), "{error:?}");
    }
    assert_eq!(peer.so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn calls_fail_without_a_connection() {
    // C-45
    let (connection, _peer, _server) = start().await;
    connection.stop().await;
    assert!(matches!(connection.invoke::<()>("A", ()).await, Err(InvocationError::NotConnected)));
    assert!(matches!(connection.send("A", ()).await, Err(InvocationError::NotConnected)));
    assert!(matches!(connection.stream::<()>("A", ()).await.map(drop), Err(InvocationError::NotConnected)));
}

#[tokio::test(start_paused = true)]
async fn calls_fail_with_the_reason_why_their_connection_ended() {
    // C-54
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<u32>(&connection, "A");
    peer.so_far().await;
    peer.connection.lose("Broken.");
    let error = in_time(invoking).await.unwrap().unwrap_err();
    assert!(matches!(&error, InvocationError::Closed(Some(_))), "{error:?}");
    assert_eq!(error.to_string(), "Broken.");
}

#[tokio::test(start_paused = true)]
async fn calls_fail_without_a_reason_when_the_connection_is_stopped() {
    // C-54
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<u32>(&connection, "A");
    peer.so_far().await;
    connection.stop().await;
    assert!(matches!(in_time(invoking).await.unwrap(), Err(InvocationError::Closed(None))));
}

#[tokio::test(start_paused = true)]
async fn calls_to_a_server_that_reads_nothing_wait_and_fail_when_it_is_gone() {
    // C-54
    let (connection, peer, _server) = start().await;
    let sending: Vec<_> = (0..1000)
        .map(|number| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.send("A", (number,)).await })
        })
        .collect();
    settle().await;
    let waiting = sending.iter().filter(|sending| !sending.is_finished()).count();
    assert!(waiting > 800, "only {waiting} of 1000 wait");
    peer.connection.lose("Broken.");
    for sending in sending {
        if let Err(error) = in_time(sending).await.unwrap() {
            assert_eq!(error.to_string(), "Broken.");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn structs_travel_by_the_naming_of_the_protocol() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Person {
        first_name: String,
    }
    let (connection, mut peer, _server) = start().await;
    let ada = Person { first_name: "Ada".to_owned() };
    connection.send("A", (&ada,)).await.unwrap();
    assert_eq!(peer.so_far().await, [r#"{"type":1,"target":"A","arguments":[{"firstName":"Ada"}]}"#]);
    let invoking = invoking::<Person>(&connection, "B");
    peer.so_far().await;
    peer.send(&result("2", r#"{"FirstName":"Ada"}"#));
    assert_eq!(in_time(invoking).await.unwrap().unwrap(), ada);
}

#[tokio::test(start_paused = true)]
async fn reading_that_panics_fails_its_call_alone() {
    #[derive(Debug)]
    struct Panics;
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("on purpose");
        }
    }
    let (connection, mut peer, _server) = start().await;
    let invoking = invoking::<Panics>(&connection, "A");
    peer.so_far().await;
    peer.send(&result("1", "1"));
    assert!(in_time(invoking).await.unwrap().is_err());
    assert_still_works(&connection, &mut peer, "2").await;
}

/// Calls a method beside the test.
fn invoking<R: serde::de::DeserializeOwned + Send + 'static>(
    connection: &HubConnection,
    target: &'static str,
) -> JoinHandle<Result<R, InvocationError>> {
    let connection = connection.clone();
    tokio::spawn(async move { connection.invoke(target, ()).await })
}

async fn assert_still_works(connection: &HubConnection, peer: &mut Peer, id: &str) {
    let invoking = invoking::<u32>(connection, "Works");
    let expected = format!(r#"{{"type":1,"invocationId":"{id}","target":"Works","arguments":[]}}"#);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(peer.so_far().await, [expected]);
    peer.send(&result(id, "42"));
    assert_eq!(in_time(invoking).await.unwrap().unwrap(), 42);
}
