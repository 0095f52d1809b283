//! Pings and silence (section 6.10).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::support::{CLOSED_WITH_AN_ERROR, PING, Raw, basic, basic_with, call, open_odd, result, send, settle};

const SILENCE: &str = "disconnected by OperationCanceledException: Client hasn't sent a message/ping within the \
                       configured ClientTimeoutInterval.";

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// The next message but pings, and when it came after `start`.
async fn next_but_pings(raw: &mut Raw, start: Instant) -> (String, Duration) {
    loop {
        let message = raw.next().await;
        if message != PING {
            return (message, start.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_comes_every_fifteen_seconds() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    let start = Instant::now();
    for n in 1..=10 {
        assert_eq!(raw.next().await, PING);
        assert_eq!(start.elapsed(), Duration::from_secs(15 * n));
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_comes_whatever_else_is_sent() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    let start = Instant::now();
    for _ in 0..14 {
        sleep(milliseconds(1000)).await;
        raw.send(&call("1", "Echo", "[\"x\"]")).await;
        assert_eq!(raw.next().await, result("1", "\"x\""));
    }
    assert_eq!(raw.next().await, PING);
    assert_eq!(start.elapsed(), milliseconds(15_000));
}

#[tokio::test(start_paused = true)]
async fn the_time_between_pings_is_an_option() {
    let (server, _) = basic_with(|builder| builder.keep_alive_interval(milliseconds(1234)));
    let mut raw = Raw::connect(&server).await;
    let start = Instant::now();
    assert_eq!([raw.next().await, raw.next().await], [PING, PING]);
    assert_eq!(start.elapsed(), milliseconds(2468));
}

#[tokio::test(start_paused = true)]
async fn pings_go_on_while_a_call_runs_and_another_waits() {
    let (server, _) = basic();
    let mut raw = Raw::connect(&server).await;
    raw.send(&(call("1", "Pass", "[\"a\"]") + &call("2", "Pass", "[\"b\"]"))).await;
    let start = Instant::now();
    assert_eq!([raw.next().await, raw.next().await], [PING, PING]);
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_notices_by_itself_needs_no_pings() {
    let (server, _) = basic();
    let (mut raw, _) = open_odd(&server, 4096, |odd| odd.inherent_keep_alive = true);
    raw.shake_hands().await;
    sleep(Duration::from_secs(600)).await;
    assert!(raw.so_far().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_pings_may_be_silent_for_ever() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(&send("Note", "[\"x\"]")).await;
    sleep(Duration::from_secs(600)).await;
    assert_eq!(probe.log(), ["connected", "x"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_pinged_is_given_up_after_thirty_seconds() {
    let (server, probe) = basic();
    let mut raw = Raw::connect(&server).await;
    sleep(milliseconds(500)).await;
    let start = Instant::now();
    raw.send(r#"{"type":6}␞"#).await;
    assert_eq!(next_but_pings(&mut raw, start).await, (CLOSED_WITH_AN_ERROR.to_owned(), milliseconds(30_000)));
    assert!(raw.rest().await.is_empty());
    assert_eq!(probe.log(), ["connected", SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_tell_a_client_that_it_was_silent() {
    let (server, _) = basic_with(|builder| builder.enable_detailed_errors(true));
    let mut raw = Raw::connect(&server).await;
    raw.send(r#"{"type":6}␞"#).await;
    let (close, _) = next_but_pings(&mut raw, Instant::now()).await;
    let text = SILENCE.strip_prefix("disconnected by ").unwrap();
    assert_eq!(
        close,
        format!(r#"{{"type":7,"error":"Connection closed with an error. {text}","allowReconnect":true}}"#)
    );
}

#[tokio::test(start_paused = true)]
async fn any_message_counts_once_the_client_has_pinged() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(r#"{"type":6}␞"#).await;
    for message in [r#"{"type":6}␞"#.to_owned(), send("Note", "[\"x\"]"), r#"{"type":99}␞"#.to_owned(), send("", "[]")]
    {
        sleep(milliseconds(29_999)).await;
        raw.send(&message).await;
    }
    sleep(milliseconds(29_999)).await;
    assert_eq!(probe.log(), ["connected", "x"]);
    sleep(milliseconds(2)).await;
    assert_eq!(probe.log(), [SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_message_do_not_count() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(r#"{"type":6}␞{"#).await;
    for _ in 0..3 {
        sleep(milliseconds(9_999)).await;
        raw.send(" ").await;
    }
    assert_eq!(probe.log(), ["connected"]);
    sleep(milliseconds(4)).await;
    assert_eq!(probe.log(), [SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_running_call_counts() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(&(r#"{"type":6}␞"#.to_owned() + &send("Pass", "[\"a\"]"))).await;
    sleep(milliseconds(30_001)).await;
    assert_eq!(probe.log(), ["connected", "a begins", SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_a_call_waits_for_a_slot_does_not_count() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(&(r#"{"type":6}␞"#.to_owned() + &send("Pass", "[\"a\"]") + &send("Note", "[\"waited\"]"))).await;
    sleep(Duration::from_secs(600)).await;
    assert_eq!(probe.log(), ["connected", "a begins"]);
    probe.open("a");
    sleep(milliseconds(29_999)).await;
    assert_eq!(probe.log(), ["a ends", "waited"]);
    sleep(milliseconds(2)).await;
    assert_eq!(probe.log(), [SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn pings_behind_a_call_that_waits_arm_the_timeout_when_they_are_read() {
    let (server, probe) = basic();
    let raw = Raw::connect(&server).await;
    raw.send(&(send("Pass", "[\"a\"]") + &send("Note", "[\"waited\"]") + r#"{"type":6}␞"#)).await;
    sleep(Duration::from_secs(60)).await;
    probe.open("a");
    settle().await;
    sleep(milliseconds(29_990)).await;
    assert_eq!(probe.log(), ["connected", "a begins", "a ends", "waited"]);
    sleep(milliseconds(11)).await;
    assert_eq!(probe.log(), [SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn the_time_a_client_may_be_silent_is_an_option() {
    let (server, probe) = basic_with(|builder| builder.client_timeout_interval(milliseconds(700)));
    let raw = Raw::connect(&server).await;
    raw.send(r#"{"type":6}␞"#).await;
    sleep(milliseconds(699)).await;
    assert_eq!(probe.log(), ["connected"]);
    sleep(milliseconds(2)).await;
    assert_eq!(probe.log(), [SILENCE]);
}

#[tokio::test(start_paused = true)]
async fn times_without_end_are_no_timeouts() {
    let (server, probe) = basic_with(|builder| {
        builder
            .keep_alive_interval(Duration::MAX)
            .client_timeout_interval(Duration::MAX)
            .handshake_timeout(Duration::MAX)
            .transport_send_timeout(Duration::MAX)
    });
    let mut raw = Raw::open(&server);
    sleep(Duration::from_secs(3600)).await;
    raw.shake_hands().await;
    raw.send(r#"{"type":6}␞"#).await;
    sleep(Duration::from_secs(3600)).await;
    assert!(raw.so_far().await.is_empty());
    assert_eq!(probe.log(), ["connected"]);
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_a_client_is_not_read_because_it_does_not_read_does_not_count() {
    let (server, probe) = basic_with(|builder| builder.outbound_buffer_size(1000));
    let mut raw = Raw::of(server.test_client().capacity(1000));
    raw.shake_hands().await;
    raw.send(r#"{"type":6}␞"#).await;
    // Every 6 s the client reads a little of what comes, slowly enough for more than 30 s, and pings.
    raw.send(&send("Large", "[1]")).await;
    raw.send(&call("1", "Large", "[12000]")).await;
    for _ in 0..10 {
        sleep(milliseconds(6_000)).await;
        raw.send(r#"{"type":6}␞"#).await;
        raw.read_once().await;
    }
    assert_eq!(probe.log(), ["connected"]);
}
