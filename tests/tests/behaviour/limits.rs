//! How large a message may be (section 6.11).

use crate::support::{CLOSED_WITH_AN_ERROR, Raw, basic, basic_with, call, result, settle};

const TOO_LARGE: &str = "InvalidDataException: The maximum message size of 32768B was exceeded. The message size can \
                         be configured in AddHubOptions.";

/// A call of `Echo` that takes `size` bytes with its separator, and the text it echoes.
fn echo_of(size: usize) -> (String, String) {
    let rest = call("1", "Echo", "[\"\"]").replace('␞', "\u{1E}").len();
    let text = "x".repeat(size - rest);
    (call("1", "Echo", &format!("[\"{text}\"]")), text)
}

#[tokio::test(start_paused = true)]
async fn a_message_of_exactly_the_largest_size_passes() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    let (message, text) = echo_of(32_768);
    raw.send(&message).await;
    assert_eq!(raw.so_far().await, [result("1", &format!("\"{text}\""))]);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_one_byte_more_ends_the_connection() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&echo_of(32_769).0).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
    assert_eq!(probe.log(), ["connected".to_owned(), format!("disconnected by {TOO_LARGE}")]);
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_tell_the_size() {
    let (server, _) = basic_with(|builder| builder.enable_detailed_errors(true));
    let mut raw = Raw::connect(&server).await;
    raw.send(&echo_of(40_000).0).await;
    let text = format!(r#"{{"type":7,"error":"Connection closed with an error. {TOO_LARGE}","allowReconnect":true}}"#);
    assert_eq!(raw.rest().await, [text]);
}

#[tokio::test(start_paused = true)]
async fn a_message_without_an_end_is_waited_for_until_it_is_too_large() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    for _ in 0..32 {
        raw.send(&" ".repeat(1024)).await;
        settle().await;
    }
    assert_eq!(probe.log(), ["connected"]);
    raw.send(" ").await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_too_large_only_together_pass() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    let (message, text) = echo_of(20_000);
    raw.send(&message.repeat(3)).await;
    let expected = result("1", &format!("\"{text}\""));
    assert_eq!(raw.so_far().await, [expected.clone(), expected.clone(), expected]);
}

#[tokio::test(start_paused = true)]
async fn messages_before_one_that_is_too_large_are_answered() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Echo", "[\"x\"]") + &echo_of(33_000).0 + &call("2", "Echo", "[\"x\"]"))).await;
    assert_eq!(raw.rest().await, [result("1", "\"x\""), CLOSED_WITH_AN_ERROR.to_owned()]);
}

#[tokio::test(start_paused = true)]
async fn the_largest_size_is_an_option() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(Some(100)));
    let mut raw = Raw::connect(&server).await;
    let (message, text) = echo_of(100);
    raw.send(&message).await;
    assert_eq!(raw.next().await, result("1", &format!("\"{text}\"")));
    raw.send(&echo_of(101).0).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn without_a_largest_size_anything_passes() {
    let (server, _) = basic_with(|builder| builder.maximum_receive_message_size(None));
    let mut raw = Raw::connect(&server).await;
    let (message, text) = echo_of(1_000_000);
    raw.send(&message).await;
    assert_eq!(raw.next().await, result("1", &format!("\"{text}\"")));
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_may_be_larger() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Large", "[500000]")).await;
    assert_eq!(raw.next().await, result("1", &format!("\"{}\"", "x".repeat(500_000))));
}
