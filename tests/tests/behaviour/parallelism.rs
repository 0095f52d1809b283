//! How many calls of a client run at a time, and in which order (section 6.7).

use crate::support::{CLOSE, Raw, basic, basic_with, call, failure, result, send, settle};

fn pass(id: &str) -> String {
    call(id, "Pass", &format!("[\"{id}\"]"))
}

#[tokio::test(start_paused = true)]
async fn calls_run_one_after_another() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(pass("a") + &pass("b"))).await;
    settle().await;
    assert_eq!(probe.log(), ["connected", "a begins"]);
    probe.open("b");
    assert!(raw.so_far().await.is_empty());
    probe.open("a");
    assert_eq!(raw.so_far().await, [result("a", "\"a\""), result("b", "\"b\"")]);
    assert_eq!(probe.log(), ["a ends", "b begins", "b ends"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_begins_when_the_answer_of_the_one_before_has_been_sent() {
    let (server, probe) = basic_with(|builder| builder.outbound_buffer_size(1));
    let mut raw = Raw::of(server.test_client().capacity(100));
    raw.shake_hands().await;
    // The first answer fills the pipe and the buffer, so the second waits for room, and the third call for the second.
    raw.send(&(call("1", "Large", "[500]") + &call("2", "Echo", "[\"x\"]") + &call("3", "Note", "[\"third\"]"))).await;
    settle().await;
    assert_eq!(probe.log(), ["connected"]);
    assert_eq!(raw.so_far().await.len(), 3);
    assert_eq!(probe.log(), ["third"]);
}

#[tokio::test(start_paused = true)]
async fn four_calls_run_at_a_time_if_four_may() {
    let (server, probe) = basic_with(|builder| builder.maximum_parallel_invocations_per_client(4));
    let mut raw = Raw::connect(&server).await;
    raw.send(&["a", "b", "c", "d", "e"].map(pass).concat()).await;
    settle().await;
    assert_eq!(probe.log(), ["connected", "a begins", "b begins", "c begins", "d begins"]);
    probe.open("c");
    assert_eq!(raw.so_far().await, [result("c", "\"c\"")]);
    assert_eq!(probe.log(), ["c ends", "e begins"]);
    probe.open("e");
    probe.open("a");
    let mut answers = raw.so_far().await;
    answers.sort();
    assert_eq!(answers, [result("a", "\"a\""), result("e", "\"e\"")]);
}

#[tokio::test(start_paused = true)]
async fn no_parallel_calls_means_one() {
    let (server, _) = basic_with(|builder| builder.maximum_parallel_invocations_per_client(0));
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Echo", "[\"x\"]")).await;
    assert_eq!(raw.so_far().await, [result("1", "\"x\"")]);
}

#[tokio::test(start_paused = true)]
async fn calls_of_two_clients_do_not_wait_for_each_other() {
    let (server, _) = basic();
    let (alice, mut bob) = (Raw::connect(&server).await, Raw::connect(&server).await);
    alice.send(&pass("a")).await;
    settle().await;
    bob.send(&call("1", "Echo", "[\"x\"]")).await;
    assert_eq!(bob.so_far().await, [result("1", "\"x\"")]);
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_slot_is_read_behind_a_running_call() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(pass("a") + r#"{"type":6}␞{"type":5,"invocationId":"x"}␞{"type":7}␞"#)).await;
    assert_eq!(raw.rest().await, [CLOSE]);
    assert_eq!(probe.log(), ["connected", "a begins", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn all_messages_wait_behind_a_call_that_waits() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(pass("a") + &pass("b") + r#"{"type":7}␞"#)).await;
    assert!(raw.so_far().await.is_empty());
    probe.open("a");
    assert_eq!(raw.rest().await, [result("a", "\"a\""), CLOSE.to_owned()]);
    assert_eq!(probe.log(), ["connected", "a begins", "a ends", "b begins", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn calls_that_cannot_run_need_no_slot() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    let refused = [
        call("1", "Unknown", "[]"),
        call("2", "Echo", "[]"),
        r#"{"type":4,"invocationId":"3","target":"Echo","arguments":["x"]}␞"#.to_owned(),
    ];
    raw.send(&(pass("a") + &refused.concat())).await;
    let [first, second, third] = raw.so_far().await.try_into().unwrap();
    assert!(first.contains("Method does not exist."), "{first}");
    assert_eq!(second, failure("2", "Failed to invoke 'Echo' due to an error on the server."));
    assert!(third.contains("non-streaming 'Echo' method"), "{third}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_count_of_uploads_waits_for_a_slot() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    let message = r#"{"type":1,"invocationId":"1","target":"Echo","arguments":["x"],"streamIds":["s"]}␞"#;
    raw.send(&(pass("a") + message)).await;
    assert!(raw.so_far().await.is_empty());
    probe.open("a");
    let [first, second] = raw.so_far().await.try_into().unwrap();
    assert_eq!(first, result("a", "\"a\""));
    assert!(second.contains("Client sent 1 stream(s), Hub method expects 0."), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_gives_back_its_slot() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(send("Note", "[1]") + &call("1", "Note", "[]") + &call("2", "Echo", "[\"x\"]"))).await;
    assert_eq!(raw.so_far().await.last(), Some(&result("2", "\"x\"")));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_input_is_heard_behind_a_call_that_waits() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Outlive", "[\"a\"]") + &call("2", "Note", "[\"b\"]"))).await;
    raw.finish();
    settle().await;
    assert_eq!(probe.log(), ["connected", "a is cancelled"]);
    probe.open("a");
    let answers = raw.rest().await;
    assert_eq!(answers.len(), 3, "two results and the Close message: {answers:?}");
    assert_eq!(probe.log(), ["a ends", "b", "disconnected"]);
}

/// How many bytes of these messages the server takes from a client that does not read.
async fn taken(message: &str, parallel: usize) -> usize {
    let (server, _) = basic_with(|builder| builder.maximum_parallel_invocations_per_client(parallel));
    let mut raw = Raw::of(server.test_client().capacity(4096));
    raw.shake_hands().await;
    let many = message.repeat(4096 / message.len() + 1);
    let mut taken = 0;
    while taken < 4_000_000 {
        let sending = tokio::time::timeout(std::time::Duration::from_millis(1), raw.try_send(&many)).await;
        match sending {
            Ok(sent) => sent.unwrap(),
            Err(_) => break,
        }
        taken += many.len();
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn a_client_is_read_no_further_while_its_calls_wait() {
    let taken = taken(&pass("never"), 4).await;
    assert!((60_000..200_000).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_results_is_read_no_further() {
    let taken = taken(&call("1", "Large", "[1000]"), 1).await;
    assert!(taken < 200_000, "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_errors_is_read_no_further() {
    let taken = taken(&call("1", "Unknown", "[]"), 1).await;
    assert!(taken < 400_000, "{taken}");
}
