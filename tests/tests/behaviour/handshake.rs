//! The first exchange on a connection (section 3).

use std::time::Duration;

use hub_server::testing::TestError;
use tokio::time::{Instant, sleep};

use crate::support::{Raw, basic, basic_with, call, in_time, open_odd, result, settle};

const REQUEST: &str = r#"{"protocol":"json","version":1}␞"#;
const CANCELED: &str = r#"{"error":"Handshake was canceled."}"#;

/// Sends a request that is refused; returns all that comes until the end.
async fn refused(request: &str, detailed: bool) -> Vec<String> {
    let (server, probe) = basic_with(|builder| builder.enable_detailed_errors(detailed));
    let mut raw = Raw::open(&server);
    raw.send(request).await;
    let answers = raw.rest().await;
    settle().await;
    assert!(probe.log().is_empty(), "the hub knows nothing of a refused handshake (H-18)");
    answers
}

fn error(text: &str) -> Vec<String> {
    vec![format!(r#"{{"error":"{text}"}}"#)]
}

#[tokio::test(start_paused = true)]
async fn a_request_in_single_bytes_is_answered_when_it_is_complete() {
    let (server, _) = basic();
    let mut raw = Raw::open(&server);
    for character in REQUEST.chars() {
        assert!(raw.so_far().await.is_empty());
        raw.send(&character.to_string()).await;
    }
    assert_eq!(raw.so_far().await, ["{}"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_behind_the_request_is_carried_out() {
    let (server, _) = basic();
    let mut raw = Raw::open(&server);
    raw.send(&format!("{REQUEST}{}", call("1", "Echo", r#"["hi"]"#))).await;
    assert_eq!(raw.so_far().await, ["{}".to_owned(), result("1", "\"hi\"")]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_begins_behind_the_request_is_carried_out_when_it_is_complete() {
    let (server, _) = basic();
    let mut raw = Raw::open(&server);
    let text = format!("{REQUEST}{}", call("1", "Echo", r#"["hi"]"#));
    let (first, second) = text.split_at(60);
    raw.send(first).await;
    assert_eq!(raw.so_far().await, ["{}"]);
    raw.send(second).await;
    assert_eq!(raw.so_far().await, [result("1", "\"hi\"")]);
}

#[tokio::test(start_paused = true)]
async fn names_of_protocols_are_known_in_any_case_and_in_old_versions() {
    let requests = [
        r#"{"version":2,"protocol":"JSON"}␞"#,
        r#"{"protocol":"Json","version":0}␞"#,
        r#"{"protocol":"json","version":-7,"more":[{}]}␞"#,
        " {\"\\u0070rotocol\":\"json\",\"version\":1} and what follows␞",
        r#"{"protocol":"x","protocol":"json","version":9,"version":1}␞"#,
    ];
    for request in requests {
        let (server, _) = basic();
        let mut raw = Raw::open(&server);
        raw.send(request).await;
        assert_eq!(raw.so_far().await, ["{}"], "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_protocol_is_refused_by_the_name_that_was_sent() {
    let answers = refused(r#"{"protocol":"Carrier Pigeon","version":1}␞"#, false).await;
    assert_eq!(answers, error("The protocol 'Carrier Pigeon' is not supported."));
}

#[tokio::test(start_paused = true)]
async fn a_later_version_is_refused_by_its_number() {
    let answers = refused(r#"{"protocol":"Json","version":3}␞"#, false).await;
    assert_eq!(answers, error("The server does not support version 3 of the 'Json' protocol."));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_protocol_comes_before_its_version() {
    let answers = refused(r#"{"protocol":"x","version":3}␞"#, false).await;
    assert_eq!(answers, error("The protocol 'x' is not supported."));
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_request_is_refused_without_saying_why() {
    for request in
        ["␞", "{␞", "[]␞", "{}␞", r#"{"protocol":null,"version":1}␞"#, r#"{"protocol":"json","version":1.5}␞"#]
    {
        let answers = refused(request, false).await;
        assert_eq!(answers, error("An unexpected error occurred during connection handshake."), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_say_why_a_request_is_unreadable() {
    let cases = [
        (r"{}␞", "InvalidDataException: Missing required property 'protocol'. Message content: {}"),
        (
            r#"{"protocol":"json"}␞"#,
            r#"InvalidDataException: Missing required property 'version'. Message content: {\"protocol\":\"json\"}"#,
        ),
        (r#"{"protocol":"json","version":"1"}␞"#, "InvalidDataException: Expected 'version' to be of type Number."),
        (r#"{"protocol":1,"version":1}␞"#, "InvalidDataException: Expected 'protocol' to be of type String."),
        ("[]␞", "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object."),
        (
            r#"{"protocol":"json","version":1.0}␞"#,
            "FormatException: Either the JSON value is not in a supported format, or is out of bounds for an Int32.",
        ),
    ];
    for (request, details) in cases {
        let answers = refused(request, true).await;
        let text = format!("An unexpected error occurred during connection handshake. {details}");
        assert_eq!(answers, error(&text), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_behind_a_refused_request_is_ignored() {
    let request = r#"{"protocol":"x","version":1}␞"#.to_owned() + &call("1", "Note", r#"["hi"]"#);
    let answers = refused(&request, false).await;
    assert_eq!(answers, error("The protocol 'x' is not supported."));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_refused_after_fifteen_seconds() {
    let (server, probe) = basic();
    let start = Instant::now();
    let mut raw = Raw::open(&server);
    assert_eq!(raw.rest().await, [CANCELED]);
    assert_eq!(start.elapsed(), Duration::from_secs(15));
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_request_do_not_extend_its_time() {
    let (server, _) = basic_with(|builder| builder.handshake_timeout(Duration::from_secs(3)));
    let start = Instant::now();
    let mut raw = Raw::open(&server);
    raw.send("{").await;
    sleep(Duration::from_secs(2)).await;
    raw.send(r#""protocol""#).await;
    assert_eq!(raw.rest().await, [CANCELED]);
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_request_in_the_last_moment_is_accepted() {
    let (server, _) = basic();
    let mut raw = Raw::open(&server);
    sleep(Duration::from_millis(14_999)).await;
    raw.send(REQUEST).await;
    assert_eq!(raw.next().await, "{}");
}

#[tokio::test(start_paused = true)]
async fn a_request_of_exactly_the_largest_size_is_accepted() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(Some(100)));
    let mut raw = Raw::open(&server);
    raw.send(&format!(r#"{{"protocol":"json","version":1}}{}␞"#, " ".repeat(68))).await;
    assert_eq!(raw.so_far().await, ["{}"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_beyond_the_largest_size_is_refused() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(Some(100)));
    let mut raw = Raw::open(&server);
    raw.send(&format!(r#"{{"protocol":"json","version":1}}{}␞"#, " ".repeat(69))).await;
    assert_eq!(raw.rest().await, [CANCELED]);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_end_is_refused_once_it_is_too_large() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(Some(100)));
    let mut raw = Raw::open(&server);
    raw.send(&" ".repeat(100)).await;
    assert!(raw.so_far().await.is_empty());
    raw.send(" ").await;
    assert_eq!(raw.rest().await, [CANCELED]);
}

#[tokio::test(start_paused = true)]
async fn what_follows_the_request_does_not_count_to_its_size() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(Some(80)));
    let mut raw = Raw::open(&server);
    let text = call("1", "Echo", r#"["hi"]"#);
    raw.send(&format!("{REQUEST}{text}{text}")).await;
    assert_eq!(raw.so_far().await, ["{}".to_owned(), result("1", "\"hi\""), result("1", "\"hi\"")]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_its_request_hears_nothing() {
    let (server, probe) = basic();
    for part in ["", "{", r#"{"protocol":"json","version":1}"#] {
        let mut raw = Raw::open(&server);
        raw.send(part).await;
        raw.finish();
        assert!(raw.rest().await.is_empty(), "{part}");
    }
    assert!(probe.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_behind_its_request_has_been_connected() {
    let (server, probe) = basic();
    let mut raw = Raw::open(&server);
    raw.send(REQUEST).await;
    raw.finish();
    assert_eq!(raw.rest().await, ["{}", crate::support::CLOSE_AND_RECONNECT]);
    assert_eq!(probe.log(), ["connected", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_client_that_does_not_read_is_given_up_after_the_send_timeout() {
    let (server, _) = basic();
    let raw = Raw::of(server.test_client().capacity(8));
    let start = Instant::now();
    raw.send("{}␞").await;
    in_time(server.shutdown()).await;
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn the_test_client_reports_a_refusal() {
    let (server, _) = basic();
    server.shutdown().await;
    let error = server.test_client().connect().await.unwrap_err();
    assert_eq!(error, TestError::Handshake("Handshake was canceled.".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_protocol_whose_format_the_transport_cannot_carry_is_refused() {
    let (server, probe) = basic();
    let (mut raw, _) = open_odd(&server, 4096, |odd| odd.carries_text = false);
    raw.send(REQUEST).await;
    let text = "Cannot use the 'json' protocol on the current transport. The transport does not support 'Text' transfer \
                format.";
    assert_eq!(raw.rest().await, error(text));
    assert!(probe.log().is_empty());
}
