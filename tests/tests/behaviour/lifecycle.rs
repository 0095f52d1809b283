//! How a connection begins and ends, and who is told what (section 6.9).

use std::time::Duration;

use hub_core::transport::CloseStatus;
use hub_server::{Connecting, DisconnectError, Hub, HubError, HubServer, hub};

use crate::support::{
    CLOSE, CLOSE_AND_RECONNECT, CLOSED_WITH_AN_ERROR, PING, Probe, Raw, basic, basic_with, call, in_time, open_odd,
    result, send, settle,
};

/// Connects and disconnects as the query says.
struct Door(Probe);

#[hub]
impl Door {
    async fn on_connected(&self, hub: Hub<hub_server::Untyped, Connecting>) -> Result<(), HubError> {
        self.0.note("connecting");
        match hub.query("connect").as_deref() {
            Some("greet") => {
                hub.clients().caller().send("Welcome", ("you",)).await?;
                hub.clients().all().send("Welcome", ("all",)).await?;
                hub.groups().add(hub.connection_id(), "guests").await?;
                hub.clients().group("guests").send("Welcome", ("guests",)).await?;
            }
            Some("fail") => Err(std::io::Error::other("broken"))?,
            Some("refuse") => return Err(HubError::new("not you")),
            Some("abort") => hub.abort(),
            Some("abort-and-fail") => {
                hub.abort();
                return Err(HubError::new("not you"));
            }
            Some("wait") => self.0.pass("connect").await,
            _ => {}
        }
        self.0.note("connected");
        Ok(())
    }

    async fn on_disconnected(&self, hub: Hub, reason: Option<&DisconnectError>) -> Result<(), HubError> {
        self.0.note(format!("disconnected: {reason:?}", reason = reason.map(DisconnectError::text)));
        assert!(hub.is_aborted());
        hub.clients().caller().send("Farewell", ()).await?;
        hub.clients().others().send("Left", ()).await?;
        match hub.query("disconnect").as_deref() {
            Some("fail") => Err(HubError::new("broken")),
            Some("wait") => {
                self.0.pass("disconnect").await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn note(&self, text: String) {
        self.0.note(text);
    }

    async fn greet_and_abort(&self, hub: Hub) -> Result<u8, HubError> {
        hub.clients().caller().send("Before", ()).await?;
        hub.abort();
        hub.clients().caller().send("Behind", ()).await?;
        hub.clients().all().send("Behind", ()).await?;
        Ok(1)
    }

    fn look_around_an_abort(&self, hub: Hub) {
        let token = hub.cancellation();
        self.0.note(format!("{} {}", hub.is_aborted(), token.is_cancelled()));
        hub.abort();
        self.0.note(format!("{} {}", hub.is_aborted(), token.is_cancelled()));
    }

    async fn abort_later(&self, hub: Hub) {
        self.0.pass("abort").await;
        hub.abort();
    }
}

fn door() -> (HubServer<Door>, Probe) {
    let probe = Probe::default();
    (HubServer::new(Door(probe.clone())), probe)
}

fn open(server: &HubServer<Door>, query: &str) -> Raw {
    Raw::of(server.test_client().uri(format!("/door?{query}").parse().unwrap()))
}

/// Shakes hands, and returns all that comes behind the response until the end.
async fn fate(server: &HubServer<Door>, query: &str, messages: &str) -> Vec<String> {
    let mut raw = open(server, query);
    raw.shake_hands().await;
    raw.send(messages).await;
    let all = raw.rest().await;
    settle().await;
    all
}

fn invocation(target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"target":"{target}","arguments":{arguments}}}"#)
}

#[tokio::test(start_paused = true)]
async fn an_abort_is_seen_at_once() {
    let (server, probe) = door();
    assert_eq!(fate(&server, "", &send("LookAroundAnAbort", "[]")).await, [CLOSE]);
    assert_eq!(probe.log(), ["connecting", "connected", "false false", "true true", "disconnected: None"]);
}

#[tokio::test(start_paused = true)]
async fn what_on_connected_sends_comes_before_the_first_result() {
    let (server, _) = door();
    let mut raw = open(&server, "connect=greet");
    raw.send(&(r#"{"protocol":"json","version":1}␞"#.to_owned() + &call("1", "Note", "[\"x\"]"))).await;
    let expected = [
        "{}".to_owned(),
        invocation("Welcome", "[\"you\"]"),
        invocation("Welcome", "[\"all\"]"),
        invocation("Welcome", "[\"guests\"]"),
        result("1", "null"),
    ];
    assert_eq!(raw.so_far().await, expected);
}

#[tokio::test(start_paused = true)]
async fn calls_wait_until_on_connected_is_over() {
    let (server, probe) = door();
    let mut raw = open(&server, "connect=wait");
    raw.shake_hands().await;
    raw.send(&(call("1", "Note", "[\"called\"]") + "{\"type\":6}␞")).await;
    settle().await;
    assert_eq!(probe.log(), ["connecting"]);
    probe.open("connect");
    assert_eq!(raw.so_far().await, [result("1", "null")]);
    assert_eq!(probe.log(), ["connected", "called"]);
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_client_that_left_while_connecting_are_carried_out() {
    let (server, probe) = door();
    let mut raw = open(&server, "connect=wait");
    raw.shake_hands().await;
    raw.send(&send("Note", "[\"called\"]")).await;
    raw.finish();
    settle().await;
    assert_eq!(probe.log(), ["connecting"]);
    probe.open("connect");
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(probe.log(), ["connected", "called", "disconnected: None"]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_on_connected_ends_the_connection_for_good() {
    let (server, probe) = door();
    let messages = fate(&server, "connect=fail", &send("Note", "[\"called\"]")).await;
    assert_eq!(messages, [r#"{"type":7,"error":"Connection closed with an error."}"#]);
    assert_eq!(probe.log(), ["connecting"], "no call, and no on_disconnected (D-113)");
}

#[tokio::test(start_paused = true)]
async fn the_text_of_a_hub_error_of_on_connected_is_read_by_the_client() {
    let (server, _) = door();
    let messages = fate(&server, "connect=refuse", "").await;
    assert_eq!(messages, [r#"{"type":7,"error":"Connection closed with an error. HubException: not you"}"#]);
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_name_the_error_of_on_connected() {
    let server = HubServer::builder(Door(Probe::default())).enable_detailed_errors(true).build();
    let messages = fate(&server, "connect=fail", "").await;
    assert_eq!(messages, [r#"{"type":7,"error":"Connection closed with an error. Error: broken"}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_on_connected_refused_is_unknown() {
    let (server, _) = door();
    let mut raw = open(&server, "connect=refuse");
    raw.shake_hands().await;
    raw.rest().await;
    let mut witness = open(&server, "");
    witness.shake_hands().await;
    server.handle().clients().all().send("Here", ()).await.unwrap();
    assert_eq!(witness.so_far().await, [invocation("Here", "[]")]);
}

#[tokio::test(start_paused = true)]
async fn an_abort_in_on_connected_is_an_abort() {
    let (server, probe) = door();
    assert_eq!(fate(&server, "connect=abort", &send("Note", "[\"called\"]")).await, [CLOSE]);
    assert_eq!(probe.log(), ["connecting", "connected", "disconnected: None"]);
}

#[tokio::test(start_paused = true)]
async fn an_on_connected_that_fails_after_an_abort_has_no_on_disconnected() {
    let (server, probe) = door();
    assert_eq!(fate(&server, "connect=abort-and-fail", "").await, [CLOSE]);
    assert_eq!(probe.log(), ["connecting"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_input_is_answered_with_leave_to_reconnect() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.finish();
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(probe.log(), ["connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_vanishes_is_disconnected_without_a_reason() {
    let (server, probe) = basic();
    drop(Raw::connect(&server).await);
    settle().await;
    assert_eq!(probe.log(), ["connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_transport_is_the_reason() {
    let (server, probe) = basic();
    let (mut raw, closed) = open_odd(&server, 4096, |odd| odd.error = Some("the wire is cut"));
    raw.shake_hands().await;
    raw.finish();
    assert!(raw.rest().await.is_empty(), "nobody could hear a Close message");
    assert_eq!(probe.log(), ["connected", "disconnected by TransportError: the wire is cut"]);
    assert_eq!(closed.status(), Some(CloseStatus::Dropped));
}

#[tokio::test(start_paused = true)]
async fn a_message_cut_off_by_the_end_is_the_reason() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Echo", "[\"x\"]") + "{\"type\"")).await;
    raw.finish();
    assert_eq!(raw.rest().await, [result("1", "\"x\""), CLOSED_WITH_AN_ERROR.to_owned()]);
    let reason = "disconnected by InvalidDataException: Connection terminated while reading a message.";
    assert_eq!(probe.log(), ["connected", reason]);
}

#[tokio::test(start_paused = true)]
async fn calls_sent_right_before_the_end_are_carried_out_in_order() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    let calls: String = ["a", "b", "c"].iter().map(|id| call(id, "Pass", &format!("[\"{id}\"]"))).collect();
    raw.send(&calls).await;
    raw.finish();
    for gate in ["a", "b", "c"] {
        settle().await;
        probe.open(gate);
    }
    settle().await;
    let log = probe.log();
    let begun: Vec<_> = log.iter().filter(|line| line.ends_with("begins")).collect();
    assert_eq!(begun, ["a begins", "b begins", "c begins"], "{log:?}");
    assert!(log.contains(&"c ends".to_owned()), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_sent_right_before_a_close_message_are_carried_out_in_order() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    let calls: String = (0..3).map(|n| send("Note", &format!("[\"{n}\"]"))).collect();
    raw.send(&(calls + r#"{"type":7}␞"#)).await;
    assert_eq!(raw.rest().await, [CLOSE]);
    assert_eq!(probe.log(), ["connected", "0", "1", "2", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_close_message_is_answered_plainly_whatever_it_says() {
    for message in [r#"{"type":7}␞"#, r#"{"type":7,"error":"bye","allowReconnect":true}␞"#] {
        let (server, _) = basic();
        let mut raw = Raw::connect(&server).await;
        raw.send(message).await;
        assert_eq!(raw.rest().await, [CLOSE]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_close_message_is_the_reason() {
    for error in ["it was late", ""] {
        let (server, probe) = basic();
        let mut raw = Raw::connect(&server).await;
        raw.send(&format!(r#"{{"type":7,"error":"{error}"}}␞"#)).await;
        raw.rest().await;
        assert_eq!(probe.log(), ["connected".to_owned(), format!("disconnected by HubException: {error}")]);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_behind_a_close_message_is_carried_out() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(r#"{"type":7}␞"#.to_owned() + &send("Note", "[\"x\"]") + r#"{"type":7,"error":"x"}␞"#)).await;
    assert_eq!(raw.rest().await, [CLOSE]);
    assert_eq!(probe.log(), ["connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_message_closes_with_leave_to_reconnect() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Echo", "[\"x\"]") + "{␞" + &send("Note", "[\"behind\"]"))).await;
    assert_eq!(raw.rest().await, [result("1", "\"x\""), CLOSED_WITH_AN_ERROR.to_owned()]);
    assert_eq!(probe.log(), ["connected", "disconnected by InvalidDataException: Error reading JSON."]);
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_say_what_is_wrong_with_a_message() {
    let cases = [
        ("{\"type\":1}␞", "InvalidDataException: Missing required property 'target'."),
        ("{}␞", "InvalidDataException: Missing required property 'type'."),
        ("[]␞", "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object."),
        ("{\"type\":7,\"error\":null}␞", "InvalidDataException: Expected 'error' to be of type String."),
    ];
    for (message, text) in cases {
        let (server, _) = basic_with(|builder| builder.enable_detailed_errors(true));
        let mut raw = Raw::connect(&server).await;
        raw.send(message).await;
        let expected =
            format!(r#"{{"type":7,"error":"Connection closed with an error. {text}","allowReconnect":true}}"#);
        assert_eq!(raw.rest().await, [expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_abort_nothing_is_sent_but_what_was_before() {
    let (server, probe) = door();
    let messages = fate(&server, "", &(call("1", "GreetAndAbort", "[]") + &send("Note", "[\"behind\"]"))).await;
    assert_eq!(messages, [invocation("Before", "[]"), CLOSE.to_owned()]);
    assert_eq!(probe.log(), ["connecting", "connected", "disconnected: None"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_behind_one_that_aborts_is_not_carried_out() {
    let (server, probe) = door();
    let mut raw = open(&server, "");
    raw.shake_hands().await;
    raw.send(&(send("AbortLater", "[]") + &send("Note", "[\"behind\"]"))).await;
    settle().await;
    probe.open("abort");
    assert_eq!(raw.rest().await, [CLOSE]);
    assert_eq!(probe.log(), ["connecting", "connected", "disconnected: None"]);
}

#[tokio::test(start_paused = true)]
async fn running_calls_see_the_end_and_are_not_waited_for() {
    let (server, probe) = basic_with(|builder| builder.maximum_parallel_invocations_per_client(2));
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Outlive", "[\"a\"]") + r#"{"type":7}␞"#)).await;
    assert_eq!(raw.rest().await, [CLOSE]);
    let mut log = probe.log();
    log.sort();
    assert_eq!(log, ["a is cancelled", "connected", "disconnected"]);
    probe.open("a");
    settle().await;
    assert_eq!(probe.log(), ["a ends"], "the call runs to its end although nobody hears of it");
}

#[tokio::test(start_paused = true)]
async fn the_close_message_leaves_before_on_disconnected_is_over() {
    let (server, probe) = door();
    let mut raw = open(&server, "disconnect=wait");
    raw.shake_hands().await;
    raw.finish();
    assert_eq!(raw.next().await, CLOSE_AND_RECONNECT);
    assert_eq!(probe.log(), ["connecting", "connected", "disconnected: None"]);
    probe.open("disconnect");
    assert!(raw.rest().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn on_disconnected_reaches_the_others_but_not_the_caller() {
    let (server, _) = door();
    let mut other = open(&server, "");
    other.shake_hands().await;
    assert_eq!(fate(&server, "", r#"{"type":7}␞"#).await, [CLOSE]);
    assert_eq!(other.so_far().await, [invocation("Left", "[]")]);
}

#[tokio::test(start_paused = true)]
async fn an_orderly_end_closes_the_transport_in_order() {
    let (server, _) = basic();
    let (mut raw, closed) = open_odd(&server, 4096, |_| {});
    raw.shake_hands().await;
    raw.finish();
    raw.rest().await;
    assert_eq!(closed.status(), Some(CloseStatus::Normal));
}

#[tokio::test(start_paused = true)]
async fn a_failing_on_disconnected_closes_the_transport_with_an_error() {
    struct Failing;
    #[hub]
    impl Failing {
        fn on_disconnected(&self) -> Result<(), HubError> {
            Err(HubError::new("broken"))
        }
    }
    let server = HubServer::new(Failing);
    let (mut raw, closed) = open_odd(&server, 4096, |_| {});
    raw.shake_hands().await;
    raw.finish();
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
    assert_eq!(closed.status(), Some(CloseStatus::InternalError));
    let mut next = Raw::connect(&server).await;
    server.handle().clients().all().send("Here", ()).await.unwrap();
    assert_eq!(next.so_far().await, [invocation("Here", "[]")]);
}

#[tokio::test(start_paused = true)]
async fn a_hub_without_lifecycle_methods_connects_and_disconnects() {
    struct Plain;
    #[hub]
    impl Plain {}
    let mut raw = Raw::connect(&HubServer::new(Plain)).await;
    raw.finish();
    assert_eq!(raw.rest().await, [CLOSE_AND_RECONNECT]);
}

#[tokio::test(start_paused = true)]
async fn pings_go_on_while_on_connected_runs() {
    let (server, _) = door();
    let mut raw = open(&server, "connect=wait");
    raw.shake_hands().await;
    assert_eq!([raw.next().await, raw.next().await], [PING, PING]);
}

#[tokio::test(start_paused = true)]
async fn on_connected_may_send_more_than_there_is_room_for() {
    struct Talker;
    #[hub]
    impl Talker {
        async fn on_connected(&self, hub: Hub) -> Result<(), HubError> {
            for n in 0..50 {
                hub.clients().caller().send("Say", (n, "x".repeat(100))).await?;
            }
            Ok(())
        }
    }
    let server = HubServer::builder(Talker).outbound_buffer_size(200).build();
    let mut raw = Raw::of(server.test_client().capacity(150));
    raw.shake_hands().await;
    for n in 0..50 {
        assert!(raw.next().await.starts_with(&format!(r#"{{"type":1,"target":"Say","arguments":[{n},"x"#)));
    }
}

#[tokio::test(start_paused = true)]
async fn to_a_client_that_has_gone_nothing_more_is_written() {
    let (server, probe) = basic();
    let (mut raw, _) = open_odd(&server, 100, |odd| odd.gone = true);
    raw.shake_hands().await;
    raw.send(&(call("1", "Large", "[1]") + &send("Note", "[\"x\"]"))).await;
    assert_eq!(raw.next().await, result("1", "\"x\""));
    raw.finish();
    assert!(raw.rest().await.is_empty());
    assert_eq!(probe.log(), ["connected", "x", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_connection_whose_task_is_dropped_goes_on() {
    let (server, probe) = basic();
    let (mut raw, fate) = open_odd(&server, 100, |_| {});
    raw.shake_hands().await;
    raw.send(&call("1", "Pass", "[\"a\"]")).await;
    settle().await;
    let one = server.handle().clients().client(raw.id());
    let waiting = tokio::spawn(async move {
        one.send("Fill", ("x".repeat(100_000),)).await?;
        one.send("Wait", ()).await
    });
    settle().await;
    assert!(!waiting.is_finished());
    fate.drop_task();
    assert!(in_time(waiting).await.unwrap().is_ok(), "who waited for room is told");
    assert_eq!(probe.log(), ["connected", "a begins"]);
    in_time(server.shutdown()).await;
}

/// The servers' tasks run beside the test here: what is not certain fails now and then.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_sent_after_the_answer_to_the_handshake_misses_the_client() {
    let server = HubServer::new(Door(Probe::default()));
    for round in 0..1_000 {
        let mut client = server.test_client().connect().await.unwrap();
        server.handle().clients().all().send("Round", (round,)).await.unwrap();
        let received = tokio::time::timeout(Duration::from_secs(30), client.received("Round")).await;
        assert_eq!(received, Ok(Ok((round,))));
    }
}
