//! Calls by the server (section 13.8).

use std::time::Duration;

use hub_client::HubConnection;
use hub_core::{HubError, HubProtocol};
use tokio::time::sleep;

use crate::support::{Log, Peer, ask, basic, call, connect, in_time, result, settle, start};

const NO_RESULT: &str = "Client didn't provide a result.";
const NOT_PARSED: &str = "Client failed to parse argument(s).";

/// The completion with this error, as the client sends it.
fn refused(id: &str, text: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","error":"{text}"}}"#)
}

fn answered(id: &str, value: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","result":{value}}}"#)
}

fn fail() {
    panic!("on purpose");
}

/// A connected client that writes down what `Say` says.
async fn noting() -> (HubConnection, Peer, Log) {
    let (connection, mut peer, _server) = start().await;
    peer.so_far().await;
    let log = Log::default();
    let noted = log.clone();
    connection.on("Say", move |text: String| noted.note(text));
    (connection, peer, log)
}

#[tokio::test(start_paused = true)]
async fn a_handler_takes_what_the_server_sends_in_both_protocols() {
    // C-90
    for protocol in [HubProtocol::json(), HubProtocol::message_pack()] {
        let (server, _) = basic();
        let (connection, _) = connect(&server, |builder| builder.protocol(protocol)).await;
        let log = Log::default();
        let noted = log.clone();
        connection.on("Say", move |text: String| {
            let noted = noted.clone();
            async move { noted.note(text) }
        });
        connection.invoke::<()>("Say", ("hello",)).await.unwrap();
        settle().await;
        assert_eq!(log.take(), ["hello"]);
        connection.on("Answer", |question: String| async move { format!("{question} 42") });
        assert_eq!(connection.invoke::<String>("Ask", ("What?",)).await.unwrap(), "What? 42");
    }
}

#[tokio::test(start_paused = true)]
async fn handlers_of_one_name_run_in_order_and_names_in_exact_case() {
    // C-90
    let (connection, peer, log) = noting().await;
    let noted = log.clone();
    connection.on("Say", move |text: String| {
        let noted = noted.clone();
        async move {
            sleep(Duration::from_secs(1)).await;
            noted.note(format!("second {text}"));
        }
    });
    let noted = log.clone();
    connection.on("Say", move |text: String| noted.note(format!("third {text}")));
    peer.send(&(call("say", r#"["x"]"#) + &call("Say", r#"["a"]"#)));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(log.take(), ["a", "second a", "third a"]);
}

#[tokio::test(start_paused = true)]
async fn handlers_take_any_number_of_arguments() {
    type N = u8;
    let (connection, peer, log) = noting().await;
    let noted = log.clone();
    connection.on("None", move || noted.note("none"));
    let noted = log.clone();
    connection.on(
        "Sixteen",
        move |a: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, _: N, p: N| {
            noted.note(format!("{a} {p}"));
        },
    );
    peer.send(&(call("None", "[]") + &call("Sixteen", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]")));
    settle().await;
    assert_eq!(log.take(), ["none", "1 16"]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_method_is_ignored_or_answered() {
    // C-91
    let (_connection, mut peer, log) = noting().await;
    peer.send(&(call("Unknown", "[1]") + &ask("s1", "Unknown", "[1]") + &call("Say", r#"["still here"]"#)));
    assert_eq!(peer.so_far().await, [refused("s1", NO_RESULT)]);
    assert_eq!(log.take(), ["still here"]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_without_a_value_gives_no_answer() {
    // C-91
    let (connection, mut peer, log) = noting().await;
    connection.on("Fails", || Err::<(), _>(HubError::new("not for the server")));
    peer.send(&(ask("s1", "Say", r#"["a"]"#) + &ask("s2", "Fails", "[]")));
    assert_eq!(peer.so_far().await, [refused("s1", NO_RESULT), refused("s2", NO_RESULT)]);
    assert_eq!(log.take(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_fit_are_refused() {
    // C-92
    let (connection, mut peer, log) = noting().await;
    connection.on("Double", |number: u32| number * 2);
    for arguments in ["[]", "[1]", r#"["a","b"]"#, "[null]"] {
        peer.send(&call("Say", arguments));
        peer.send(&ask("s1", "Say", arguments));
        assert_eq!(peer.so_far().await, [refused("s1", NOT_PARSED)], "{arguments}");
    }
    peer.send(&ask("s2", "Double", "[-1]"));
    assert_eq!(peer.so_far().await, [refused("s2", NOT_PARSED)]);
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_handler_with_the_value_answers_whatever_the_others_do() {
    // C-90, C-94
    let (connection, mut peer, log) = noting().await;
    connection.on("Say", |_: u8| {});
    connection.on("Say", |text: String| async move { text.len() });
    connection.on("Say", |_: String| fail());
    peer.send(&ask("s1", "Say", r#"["four"]"#));
    assert_eq!(peer.so_far().await, [answered("s1", "4")]);
    assert_eq!(log.take(), ["four"]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "'Name' already has a value returning handler. Multiple return values are not supported.")]
async fn a_second_handler_with_a_value_is_refused() {
    // C-93
    let (connection, _peer, _log) = noting().await;
    connection.on("Name", || "Ada");
    connection.on("Name", || async { Ok::<_, HubError>(1) });
}

#[tokio::test(start_paused = true)]
async fn values_null_and_errors_are_answers() {
    // C-94
    let (connection, mut peer, _log) = noting().await;
    connection.on("Value", || vec![1, 2]);
    connection.on("Null", || async { None::<u8> });
    connection.on("Fallible", |good: bool| async move { if good { Ok("yes") } else { Err(HubError::new("no")) } });
    connection.on("Panics", || async {
        fail();
        1
    });
    connection.on("NotANumber", || f64::NAN);
    for (target, arguments, answer) in [
        ("Value", "[]", answered("s1", "[1,2]")),
        ("Null", "[]", answered("s1", "null")),
        ("Fallible", "[true]", answered("s1", r#""yes""#)),
        ("Fallible", "[false]", refused("s1", "no")),
        ("Panics", "[]", refused("s1", "on purpose")),
    ] {
        peer.send(&ask("s1", target, arguments));
        assert_eq!(peer.so_far().await, [answer], "{target}");
    }
    peer.send(&ask("s1", "NotANumber", "[]"));
    assert!(peer.so_far().await[0].starts_with(r#"{"type":3,"invocationId":"s1","error":""#));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_nobody_asked_for_is_not_sent() {
    // C-95
    let (connection, mut peer, _log) = noting().await;
    connection.on("Value", || 1);
    peer.send(&call("Value", "[]"));
    assert_eq!(peer.so_far().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn calls_without_an_answer_run_one_after_the_other() {
    // C-96
    let (connection, peer, _log) = noting().await;
    let log = Log::default();
    let noted = log.clone();
    connection.on("Wait", move |seconds: u64| {
        let noted = noted.clone();
        async move {
            noted.note(format!("{seconds} begins"));
            sleep(Duration::from_secs(seconds)).await;
            noted.note(format!("{seconds} ends"));
        }
    });
    peer.send(&(call("Wait", "[5]") + &call("Wait", "[1]")));
    sleep(Duration::from_secs(7)).await;
    assert_eq!(log.take(), ["5 begins", "5 ends", "1 begins", "1 ends"]);
}

#[tokio::test(start_paused = true)]
async fn calls_with_an_answer_hold_nobody_up() {
    // C-96
    let (connection, mut peer, log) = noting().await;
    let noted = log.clone();
    connection.on("Slow", move |seconds: u64| {
        let noted = noted.clone();
        async move {
            noted.note(format!("{seconds} begins"));
            sleep(Duration::from_secs(seconds)).await;
            seconds
        }
    });
    peer.send(&(ask("s1", "Slow", "[10]") + &ask("s2", "Slow", "[5]") + &call("Say", r#"["a"]"#)));
    settle().await;
    assert_eq!(log.take(), ["10 begins", "5 begins", "a"]);
    sleep(Duration::from_secs(11)).await;
    assert_eq!(peer.so_far().await, [answered("s2", "5"), answered("s1", "10")]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_can_call_the_hub_while_others_wait() {
    // C-96
    let (connection, mut peer, log) = noting().await;
    let (weak, noted) = (connection.downgrade(), log.clone());
    connection.on("Look", move || {
        let (connection, noted) = (weak.upgrade().unwrap(), noted.clone());
        async move { noted.note(connection.invoke::<String>("Get", ()).await.unwrap()) }
    });
    peer.send(&(call("Look", "[]") + &call("Say", r#"["after"]"#)));
    assert_eq!(peer.so_far().await.len(), 1);
    peer.send(&result("1", r#""result""#));
    settle().await;
    assert_eq!(log.take(), ["result", "after"]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_can_stop_its_connection() {
    let (connection, mut peer, log) = noting().await;
    let (weak, noted) = (connection.downgrade(), log.clone());
    connection.on("Stop", move || {
        let (weak, noted) = (weak.clone(), noted.clone());
        async move {
            weak.upgrade().unwrap().stop().await;
            noted.note("stopped");
        }
    });
    peer.send(&call("Stop", "[]"));
    assert_eq!(peer.rest().await, [r#"{"type":7}"#]);
    settle().await;
    assert_eq!(log.take(), ["stopped"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_handler_ends_nothing() {
    // C-97
    let (connection, mut peer, log) = noting().await;
    connection.on("Panics", fail);
    connection.on("PanicsLater", || async {
        settle().await;
        fail();
    });
    peer.send(&(call("Panics", "[]") + &call("PanicsLater", "[]") + &call("Say", r#"["a"]"#)));
    sleep(Duration::from_millis(10)).await;
    assert_eq!(log.take(), ["a"]);
    connection.send("Note", ()).await.unwrap();
    assert_eq!(peer.so_far().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_handler_stays_until_it_is_taken_off() {
    let (connection, peer, log) = noting().await;
    let noted = log.clone();
    let second = connection.on("Say", move |text: String| noted.note(format!("second {text}")));
    drop(connection.on("Say", |_: String| {}));
    let say = || async {
        peer.send(&call("Say", r#"["a"]"#));
        settle().await;
        log.take()
    };
    assert_eq!(say().await, ["a", "second a"]);
    second.off();
    assert_eq!(say().await, ["a"]);
    connection.off("Say");
    assert_eq!(say().await, [""; 0]);
    let value = connection.on("Value", || 1);
    value.off();
    connection.on("Value", || 2);
}

#[tokio::test(start_paused = true)]
async fn calls_that_have_come_run_although_the_connection_ends() {
    let (connection, peer, log) = noting().await;
    connection.on("Wait", || sleep(Duration::from_secs(1)));
    peer.send(&(call("Wait", "[]") + &call("Say", r#"["a"]"#)));
    settle().await;
    connection.stop().await;
    assert_eq!(log.take(), [""; 0]);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(log.take(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn answers_do_not_hold_up_reading_when_the_server_reads_nothing() {
    // C-96
    let (connection, mut peer, log) = noting().await;
    connection.on("Value", |number: u32| number);
    for number in 0..1000 {
        peer.send(&ask("s1", "Value", &format!("[{number}]")));
    }
    peer.send(&call("Say", r#"["read"]"#));
    settle().await;
    assert_eq!(log.take(), ["read"]);
    let answers = peer.so_far().await;
    assert_eq!(answers.len(), 1000);
    in_time(connection.stop()).await;
}
