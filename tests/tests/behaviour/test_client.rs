//! The client in memory that programs test their hubs with.

use std::time::Duration;

use hub_server::testing::TestError;
use hub_server::{Hub, HubError, HubServer, User, hub};
use tokio::time::{Instant, timeout};

use crate::support::{Probe, basic, basic_with, settle};

struct Chat(Probe);

#[hub]
impl Chat {
    async fn on_connected(&self, hub: Hub) -> Result<(), HubError> {
        hub.clients().caller().send("Welcome", (hub.connection_id(),)).await
    }

    fn on_disconnected(&self) {
        self.0.note("left");
    }

    async fn shout(&self, hub: Hub, user: String, text: String) -> Result<usize, HubError> {
        hub.clients().all().send("Receive", (&user, &text)).await?;
        Ok(text.len())
    }

    fn who(&self, user: User) -> Option<String> {
        user.id().map(str::to_owned)
    }

    fn fail(&self) -> Result<(), HubError> {
        Err(HubError::new("no"))
    }
}

fn chat() -> (HubServer<Chat>, Probe) {
    let probe = Probe::default();
    (HubServer::new(Chat(probe.clone())), probe)
}

#[tokio::test(start_paused = true)]
async fn a_call_has_its_result() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    assert_eq!(alice.invoke::<usize>("Shout", ("alice", "hi")).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_a_result_is_kept() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    alice.invoke::<usize>("shout", ("alice", "one")).await.unwrap();
    alice.send("Shout", ("alice", "two")).await.unwrap();
    assert_eq!(alice.received::<(String, String)>("Receive").await, Ok(("alice".to_owned(), "one".to_owned())));
    assert_eq!(alice.received::<(String, String)>("Receive").await, Ok(("alice".to_owned(), "two".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn messages_are_picked_out_by_their_target() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    alice.invoke::<usize>("Shout", ("alice", "hi")).await.unwrap();
    alice.received::<(String, String)>("Receive").await.unwrap();
    let (id,) = alice.received::<(String,)>("Welcome").await.unwrap();
    assert_eq!(id, alice.connection_id().as_str());
}

#[tokio::test(start_paused = true)]
async fn a_message_without_arguments_is_received_as_nothing() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    server.handle().clients().all().send("Refresh", ()).await.unwrap();
    server.handle().clients().all().send("Refresh", ()).await.unwrap();
    assert_eq!(alice.received::<()>("Refresh").await, Ok(()));
    assert_eq!(alice.received::<Vec<u8>>("Refresh").await, Ok(vec![]));
}

#[tokio::test(start_paused = true)]
async fn arguments_of_another_type_are_an_error() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    for expected_one in [true, false] {
        server.handle().clients().all().send("Number", (1, "x")).await.unwrap();
        let error = if expected_one {
            alice.received::<(u8,)>("Number").await.unwrap_err()
        } else {
            alice.received::<()>("Number").await.unwrap_err()
        };
        assert!(matches!(error, TestError::Payload(_)), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_is_an_error_with_its_text() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    let error = alice.invoke::<()>("Fail", ()).await.unwrap_err();
    let text = "An unexpected error occurred invoking 'Fail' on the server. HubException: no";
    assert_eq!((error.to_string().as_str(), &error), (text, &TestError::Call(text.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_result_of_another_type_is_an_error() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    let error = alice.invoke::<String>("Shout", ("alice", "hi")).await.unwrap_err();
    assert!(matches!(error, TestError::Payload(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_client_connects_as_its_user() {
    let (server, _) = chat();
    let mut alice = server.test_client().user(User::new("alice")).connect().await.unwrap();
    let mut nobody = server.test_client().connect().await.unwrap();
    assert_eq!(alice.invoke::<Option<String>>("Who", ()).await, Ok(Some("alice".to_owned())));
    assert_eq!(nobody.invoke::<Option<String>>("Who", ()).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_come_can_be_waited_for_in_no_time() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    assert!(timeout(Duration::from_secs(600), alice.received::<()>("Never")).await.is_err());
    assert_eq!(alice.invoke::<usize>("Shout", ("alice", "hi")).await, Ok(2), "and the client still works");
}

#[tokio::test(start_paused = true)]
async fn pings_are_waited_for() {
    let (server, _) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    let start = Instant::now();
    alice.pinged().await.unwrap();
    alice.pinged().await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_ping_of_the_client_arms_the_servers_timeout() {
    let (server, _) = basic();
    let mut alice = server.test_client().connect().await.unwrap();
    let start = Instant::now();
    alice.ping().await.unwrap();
    let closed = alice.closed().await;
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    assert_eq!(closed.error.as_deref(), Some("Connection closed with an error."));
    assert!(closed.allow_reconnect && closed.with_message);
}

#[tokio::test(start_paused = true)]
async fn a_close_is_answered() {
    let (server, probe) = chat();
    let mut alice = server.test_client().connect().await.unwrap();
    alice.close().await.unwrap();
    let closed = alice.closed().await;
    assert!(closed.with_message && !closed.allow_reconnect && closed.error.is_none());
    settle().await;
    assert_eq!(probe.log(), ["left"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_client_ends_the_connection() {
    let (server, probe) = chat();
    drop(server.test_client().connect().await.unwrap());
    settle().await;
    assert_eq!(probe.log(), ["left"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_on_a_connection_that_ends_is_an_error() {
    let (server, _) = basic();
    let mut alice = server.test_client().connect().await.unwrap();
    let Err(TestError::Closed(closed)) = alice.invoke::<()>("Abort", ()).await else { panic!("the call must fail") };
    assert!(closed.with_message && closed.error.is_none());
    settle().await;
    assert!(matches!(alice.invoke::<String>("Echo", ("x",)).await, Err(TestError::Closed(_))));
}

#[tokio::test(start_paused = true)]
async fn bytes_are_sent_as_they_are() {
    let (server, _) = basic_with(|builder| builder.enable_detailed_errors(true));
    let mut alice = server.test_client().connect().await.unwrap();
    alice.send_bytes(b"\xff\x1e").await.unwrap();
    let text = "Connection closed with an error. InvalidDataException: Error reading JSON.";
    assert_eq!(alice.closed().await.error.as_deref(), Some(text));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_refused_is_an_error() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(Some(10)));
    let error = server.test_client().connect().await.unwrap_err();
    assert_eq!(error, TestError::Handshake("Handshake was canceled.".to_owned()));
    assert_eq!(error.to_string(), "the handshake was refused: Handshake was canceled.");
}

#[tokio::test(start_paused = true)]
async fn many_clients_share_a_server() {
    let (server, _) = chat();
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(server.test_client().connect().await.unwrap());
    }
    clients[0].invoke::<usize>("Shout", ("first", "hi")).await.unwrap();
    for client in &mut clients {
        assert_eq!(client.received::<(String, String)>("Receive").await, Ok(("first".to_owned(), "hi".to_owned())));
    }
}
