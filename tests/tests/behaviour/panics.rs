//! A panic in a program's own code fails what it was in, and nothing else (D-27).

use hub_server::testing::TestError;
use hub_server::{FromInvocation, Hub, HubServer, hub};
use serde::{Deserialize, Serialize};

use crate::support::{CLOSE_AND_RECONNECT, CLOSED_WITH_AN_ERROR, Probe, Raw, call, failure, result, settle};

struct Fragile(Probe);

#[hub]
impl Fragile {
    fn on_connected(&self, hub: Hub) {
        assert_ne!(hub.query("panic").as_deref(), Some("connect"), "on_connected panicked");
    }

    fn on_disconnected(&self, hub: Hub) {
        self.0.note("disconnected");
        assert_ne!(hub.query("panic").as_deref(), Some("disconnect"), "on_disconnected panicked");
    }

    fn echo(&self, text: String) -> String {
        text
    }

    fn at_once(&self) -> u8 {
        panic!("at once")
    }

    async fn before_waiting(&self) {
        assert!(self.0.log().len() > 100, "before {}", "waiting");
        self.0.pass("gate").await;
    }

    async fn after_waiting(&self) {
        self.0.pass("gate").await;
        std::panic::panic_any(42);
    }

    async fn pass(&self) -> u8 {
        self.0.pass("other").await;
        1
    }

    async fn tell_all(&self, hub: Hub) -> Result<(), hub_server::HubError> {
        hub.clients().all().send("Receive", (Explosive,)).await
    }

    fn write(&self) -> Explosive {
        Explosive
    }

    fn read(&self, value: Explosive) {
        let _ = value;
    }

    fn bind(&self, value: Bomb) {
        let _ = value;
    }
}

/// A value that panics when it is read or written.
struct Explosive;

impl Serialize for Explosive {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("written")
    }
}

impl<'de> Deserialize<'de> for Explosive {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("read")
    }
}

/// A parameter that panics when it is bound.
struct Bomb;

impl FromInvocation<Fragile> for Bomb {
    fn from_invocation(_: &mut hub_server::Call<'_, Fragile>) -> Result<Self, hub_server::BindError> {
        panic!("bound")
    }
}

fn fragile(detailed: bool) -> (HubServer<Fragile>, Probe) {
    let probe = Probe::default();
    (HubServer::builder(Fragile(probe.clone())).enable_detailed_errors(detailed).build(), probe)
}

/// Calls what panics, then something else; returns the two answers.
async fn answers(target: &str, arguments: &str, detailed: bool) -> [String; 2] {
    let (server, probe) = fragile(detailed);
    probe.open("gate");
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", target, arguments) + &call("2", "Echo", "[\"alive\"]"))).await;
    raw.so_far().await.try_into().unwrap()
}

const ALIVE: &str = r#"{"type":3,"invocationId":"2","result":"alive"}"#;

#[tokio::test(start_paused = true)]
async fn a_panic_fails_its_call_alone() {
    for target in ["AtOnce", "BeforeWaiting", "AfterWaiting", "TellAll"] {
        let text = format!("An unexpected error occurred invoking '{target}' on the server.");
        assert_eq!(answers(target, "[]", false).await, [failure("1", &text), ALIVE.to_owned()]);
    }
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_tell_what_a_panic_said() {
    let cases = [
        ("AtOnce", "at once"),
        ("BeforeWaiting", "before waiting"),
        ("AfterWaiting", "the method panicked"),
        ("TellAll", "written"),
    ];
    for (target, said) in cases {
        let text = format!("An unexpected error occurred invoking '{target}' on the server. Panic: {said}");
        assert_eq!(answers(target, "[]", true).await, [failure("1", &text), ALIVE.to_owned()]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_arguments_are_read_fails_its_call_alone() {
    for (target, arguments, said) in [("Read", "[1]", "read"), ("Bind", "[]", "bound")] {
        let text = format!("Failed to invoke '{target}' due to an error on the server.");
        assert_eq!(answers(target, arguments, false).await, [failure("1", &text), ALIVE.to_owned()]);
        let text = format!("{text} Panic: {said}");
        assert_eq!(answers(target, arguments, true).await, [failure("1", &text), ALIVE.to_owned()]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_result_is_written_closes_the_connection_in_order() {
    let (server, probe) = fragile(false);
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Write", "[]")).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
    settle().await;
    assert_eq!(probe.log(), ["disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn other_calls_of_the_connection_go_on() {
    let probe = Probe::default();
    let server = HubServer::builder(Fragile(probe.clone())).maximum_parallel_invocations_per_client(2).build();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Pass", "[]") + &call("2", "AfterWaiting", "[]"))).await;
    settle().await;
    probe.open("gate");
    let [failed] = raw.so_far().await.try_into().unwrap();
    assert!(failed.contains("invoking 'AfterWaiting'"), "{failed}");
    probe.open("other");
    assert_eq!(raw.so_far().await, [result("1", "1")]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_on_connected_is_its_failure() {
    let (server, probe) = fragile(false);
    let mut raw = Raw::of(server.test_client().uri("/?panic=connect".parse().unwrap()));
    raw.shake_hands().await;
    assert_eq!(raw.rest().await, [r#"{"type":7,"error":"Connection closed with an error."}"#]);
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_on_disconnected_ends_the_connection_all_the_same() {
    let (server, probe) = fragile(false);
    let mut raw = Raw::of(server.test_client().uri("/?panic=disconnect".parse().unwrap()));
    raw.shake_hands().await;
    raw.finish();
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(probe.log(), ["disconnected"]);
    crate::support::in_time(server.shutdown()).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_something_is_sent_from_outside_is_the_senders() {
    let (server, _) = fragile(false);
    let mut client = server.test_client().connect().await.unwrap();
    let handle = server.handle();
    let sending = tokio::spawn(async move { handle.clients().all().send("Receive", (Explosive,)).await });
    assert!(sending.await.unwrap_err().is_panic());
    assert_eq!(client.invoke::<String>("Echo", ("alive",)).await, Ok("alive".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_one_client_is_not_felt_by_another() {
    let (server, _) = fragile(false);
    let mut alice = server.test_client().connect().await.unwrap();
    let mut bob = server.test_client().connect().await.unwrap();
    let error = alice.invoke::<u8>("AtOnce", ()).await.unwrap_err();
    assert_eq!(error, TestError::Call("An unexpected error occurred invoking 'AtOnce' on the server.".to_owned()));
    assert_eq!(bob.invoke::<String>("Echo", ("alive",)).await, Ok("alive".to_owned()));
}
