//! What a caller reads of a failure (sections 4.3, 6.2 and 6.3).

use std::fmt;

use hub_server::{HubError, HubServer, hub};
use serde::Serialize;
use serde::ser::Error as _;

use crate::support::{CLOSED_WITH_AN_ERROR, Raw, basic, basic_with, call, failure, result, send};

struct Counter;

#[hub]
impl Counter {
    fn count(&self, number: i32) -> i32 {
        number
    }

    fn visible(&self, text: String) -> Result<(), HubError> {
        Err(HubError::new(text))
    }

    async fn masked(&self) -> Result<(), HubError> {
        tokio::task::yield_now().await;
        "x".parse::<u8>()?;
        Ok(())
    }

    fn own(&self) -> Result<u8, OutOfOrder<String>> {
        Err(OutOfOrder(String::new()))
    }

    #[hub(name = "Renamed")]
    fn original(&self) -> Result<(), HubError> {
        Err(HubError::new("no"))
    }

    fn unspeakable(&self) -> Unspeakable {
        Unspeakable
    }
}

/// An error of the program's own.
#[derive(Debug)]
struct OutOfOrder<T>(T);

impl<T> fmt::Display for OutOfOrder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ask somebody else")
    }
}

impl<T: fmt::Debug> std::error::Error for OutOfOrder<T> {}

/// A value that cannot be written.
struct Unspeakable;

impl Serialize for Unspeakable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("words fail me"))
    }
}

const NO_METHOD: &str = "due to an error on the server. HubException: Method does not exist.";

async fn answers_of(server: HubServer<Counter>, messages: &str) -> Vec<String> {
    let mut raw = Raw::connect(&server).await;
    raw.send(messages).await;
    raw.so_far().await
}

async fn answer(message: &str) -> String {
    let [answer] = answers_of(HubServer::new(Counter), message).await.try_into().unwrap();
    answer
}

async fn detailed_answer(message: &str) -> String {
    let server = HubServer::builder(Counter).enable_detailed_errors(true).build();
    let [answer] = answers_of(server, message).await.try_into().unwrap();
    answer
}

#[tokio::test(start_paused = true)]
async fn an_unknown_method_is_named_as_it_was_sent() {
    let text = format!("Failed to invoke 'noSuch' {NO_METHOD}");
    assert_eq!(answer(&call("1", "noSuch", "[1]")).await, failure("1", &text));
    assert_eq!(detailed_answer(&call("1", "noSuch", "[1]")).await, failure("1", &text));
}

#[tokio::test(start_paused = true)]
async fn an_empty_target_is_an_unknown_method() {
    assert_eq!(answer(&call("1", "", "[]")).await, failure("1", &format!("Failed to invoke '' {NO_METHOD}")));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_count_of_arguments_is_masked() {
    for arguments in ["[]", "[1,2]"] {
        let text = "Failed to invoke 'Count' due to an error on the server.";
        assert_eq!(answer(&call("1", "Count", arguments)).await, failure("1", text));
    }
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_count_the_arguments() {
    for (arguments, count) in [("[]", 0), ("[1,2]", 2), ("[1,2,{},null]", 4)] {
        let text = format!(
            "Failed to invoke 'Count' due to an error on the server. InvalidDataException: Invocation provides {count} \
             argument(s) but target expects 1."
        );
        assert_eq!(detailed_answer(&call("1", "Count", arguments)).await, failure("1", &text));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_type_comes_before_a_wrong_count() {
    let text = "Failed to invoke 'Count' due to an error on the server. InvalidDataException: Error binding arguments. \
                Make sure that the types of the provided values match the types of the hub method being invoked.";
    for arguments in ["[\"1\"]", "[null]", "[1.0]", "[2147483648]", "[{},2]"] {
        assert_eq!(detailed_answer(&call("1", "Count", arguments)).await, failure("1", text), "{arguments}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_declared_name_is_spelt_as_declared() {
    let text = "Failed to invoke 'Count' due to an error on the server.";
    assert_eq!(answer(&call("1", "cOUNT", "[]")).await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn a_name_with_an_escape_is_spelt_as_sent() {
    let text = "An unexpected error occurred invoking 'vIsible' on the server. HubException: no";
    assert_eq!(answer(&call("1", r"v\u0049sible", "[\"no\"]")).await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn a_renamed_method_is_called_by_its_new_name_in_errors() {
    let text = "An unexpected error occurred invoking 'Renamed' on the server. HubException: no";
    assert_eq!(answer(&call("1", "renamed", "[]")).await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn the_text_of_a_hub_error_is_read_by_the_caller() {
    for text in ["This is a message", ""] {
        let expected = format!("An unexpected error occurred invoking 'Visible' on the server. HubException: {text}");
        assert_eq!(answer(&call("1", "Visible", &format!("[\"{text}\"]"))).await, failure("1", &expected));
    }
}

#[tokio::test(start_paused = true)]
async fn the_text_of_another_error_stays_on_the_server() {
    for target in ["Masked", "Own"] {
        let text = format!("An unexpected error occurred invoking '{target}' on the server.");
        assert_eq!(answer(&call("1", target, "[]")).await, failure("1", &text));
    }
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_name_the_type_of_an_error() {
    let masked = "An unexpected error occurred invoking 'Masked' on the server. ParseIntError: invalid digit found in \
                  string";
    assert_eq!(detailed_answer(&call("1", "Masked", "[]")).await, failure("1", masked));
    let own = "An unexpected error occurred invoking 'Own' on the server. OutOfOrder: ask somebody else";
    assert_eq!(detailed_answer(&call("1", "Own", "[]")).await, failure("1", own));
}

#[tokio::test(start_paused = true)]
async fn a_plain_method_is_no_stream() {
    let message = r#"{"type":4,"invocationId":"1","target":"count","arguments":[1]}␞"#;
    let text = "The client attempted to invoke the non-streaming 'Count' method with a streaming invocation.";
    assert_eq!(answer(message).await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_an_unknown_method_or_with_wrong_arguments_is_told_that_first() {
    let unknown = r#"{"type":4,"invocationId":"1","target":"x","arguments":[1]}␞"#;
    assert_eq!(answer(unknown).await, failure("1", &format!("Failed to invoke 'x' {NO_METHOD}")));
    let wrong = r#"{"type":4,"invocationId":"1","target":"Count","arguments":[]}␞"#;
    assert_eq!(answer(wrong).await, failure("1", "Failed to invoke 'Count' due to an error on the server."));
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_id_breaks_the_protocol_if_its_arguments_fit() {
    let ignored = r#"{"type":4,"target":"Count","arguments":[]}␞{"type":4,"target":"x","arguments":[]}␞"#;
    let fatal = r#"{"type":4,"target":"Count","arguments":[1]}␞"#;
    let server = HubServer::builder(Counter).enable_detailed_errors(true).build();
    let answers = answers_of(server, &format!("{ignored}{}{fatal}", call("1", "Count", "[1]"))).await;
    let [first, last] = answers.try_into().unwrap();
    assert_eq!(first, result("1", "1"));
    let text = "Connection closed with an error. InvalidDataException: Missing required property 'invocationId'.";
    assert_eq!(last, format!(r#"{{"type":7,"error":"{text}","allowReconnect":true}}"#));
}

#[tokio::test(start_paused = true)]
async fn uploads_for_a_method_without_streams_are_counted() {
    let message = r#"{"type":1,"invocationId":"1","target":"count","arguments":[1],"streamIds":["a","b"]}␞"#;
    let text = "An unexpected error occurred invoking 'Count' on the server. HubException: Client sent 2 stream(s), Hub \
                method expects 0.";
    assert_eq!(answer(message).await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn uploads_are_counted_after_the_arguments() {
    let message = r#"{"type":1,"invocationId":"1","target":"Count","arguments":[],"streamIds":["a","b"]}␞"#;
    assert_eq!(answer(message).await, failure("1", "Failed to invoke 'Count' due to an error on the server."));
}

#[tokio::test(start_paused = true)]
async fn errors_of_calls_without_an_id_are_told_to_nobody() {
    let quiet = [
        send("Visible", "[\"x\"]"),
        send("Masked", "[]"),
        send("x", "[]"),
        send("Count", "[true]"),
        r#"{"type":1,"target":"Count","arguments":[1],"streamIds":["a"]}␞"#.to_owned(),
    ];
    let messages = quiet.concat() + &call("1", "Count", "[1]");
    assert_eq!(answers_of(HubServer::new(Counter), &messages).await, [result("1", "1")]);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_escaped_like_any_text() {
    let answer = answer(&call("1", "Visible", r#"["\"\\ \u0001 ä <b>"]"#)).await;
    let text = r#"An unexpected error occurred invoking 'Visible' on the server. HubException: \"\\ \u0001 ä <b>"#;
    assert_eq!(answer, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn a_result_that_cannot_be_written_closes_the_connection() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "NotANumber", "[]") + &call("2", "Note", r#"["behind"]"#))).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
    let [connected, reason] = probe.log().try_into().unwrap();
    assert_eq!(connected, "connected");
    assert!(reason.starts_with("disconnected by ArgumentException: "), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_result_that_nobody_asked_for_is_not_written() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(send("NotANumber", "[]") + &call("2", "Echo", "[\"x\"]"))).await;
    assert_eq!(raw.so_far().await, [result("2", "\"x\"")]);
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_say_why_a_result_cannot_be_written() {
    let (server, _) = basic_with(|builder| builder.enable_detailed_errors(true));
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "NotANumber", "[]")).await;
    let [close] = raw.rest().await.try_into().unwrap();
    assert!(close.starts_with(r#"{"type":7,"error":"Connection closed with an error. ArgumentException: "#), "{close}");
    assert!(close.ends_with(r#"","allowReconnect":true}"#), "{close}");
}

#[tokio::test(start_paused = true)]
async fn a_result_whose_type_refuses_to_be_written_closes_the_connection() {
    let server = HubServer::builder(Counter).enable_detailed_errors(true).build();
    let [close] = answers_of(server, &call("1", "Unspeakable", "[]")).await.try_into().unwrap();
    assert!(close.contains("Connection closed with an error.") && close.contains("words fail me"), "{close}");
}
