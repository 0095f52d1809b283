//! Streams from a hub to its clients (section 6.5).

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_server::{CancellationToken, HubError, HubServer, hub};
use tokio::time::sleep;

use crate::support::{
    CLOSE, CLOSED_WITH_AN_ERROR, PING, Probe, Raw, call, cancel, end, failure, item, result, settle, stream as streamed,
};

struct Radio(Probe);

/// Notes when a stream is dropped.
struct Dropped(Probe);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

/// A stream that is not called so.
trait Numbers: Stream<Item = u8> {}

impl<S: Stream<Item = u8>> Numbers for S {}

#[hub]
impl Radio {
    fn on_disconnected(&self) {
        self.0.note("disconnected");
    }

    fn count(&self, to: u32) -> impl Stream<Item = u32> + Send + use<> {
        stream::iter(0..to)
    }

    async fn count_later(&self, to: u32) -> Result<impl Stream<Item = u32> + Send + use<>, HubError> {
        sleep(Duration::from_secs(1)).await;
        if to > 9 { Err(HubError::new("too far")) } else { Ok(stream::iter(0..to)) }
    }

    fn named(&self) -> stream::Iter<std::vec::IntoIter<u8>> {
        stream::iter(vec![7])
    }

    fn numbers(&self) -> impl Numbers + Send + use<> {
        stream::iter([7])
    }

    fn borrowing(&self) -> impl Stream<Item = usize> + Send {
        stream::iter(0..2).map(|number| number + self.0.log().len())
    }

    fn breaks(&self, after: u32) -> impl Stream<Item = Result<u32, HubError>> + Send + use<> {
        stream::iter(0..after).map(Ok).chain(stream::once(async { Err(HubError::new("static")) }))
    }

    fn masked(&self) -> impl Stream<Item = Result<u32, std::num::ParseIntError>> + Send + use<> {
        stream::iter([Ok(1), "x".parse()])
    }

    fn crashes(&self, after: u32) -> impl Stream<Item = u32> + Send + use<> {
        stream::iter(0..).inspect(move |number| assert!(*number < after, "static"))
    }

    fn crashes_at_once(&self) -> stream::Empty<u8> {
        panic!("no antenna")
    }

    /// One item each second, for ever.
    fn ticks(&self) -> impl Stream<Item = u32> + Send + use<> {
        ticks(Dropped(self.0.clone()))
    }

    /// The same, but what to do with the token is left to the stream, which does nothing.
    fn stubborn(&self, _: CancellationToken) -> impl Stream<Item = u32> + Send + use<> {
        ticks(Dropped(self.0.clone())).take(3)
    }

    fn until_cancelled(&self, token: CancellationToken) -> impl Stream<Item = u32> + Send + use<> {
        let probe = self.0.clone();
        let last = stream::once(async move {
            token.cancelled().await;
            probe.note("cancelled");
            99
        });
        stream::iter([1]).chain(last)
    }

    fn unwritable(&self) -> impl Stream<Item = f64> + Send + use<> {
        stream::iter([1.5, f64::NAN, 2.5])
    }

    fn fast(&self) -> impl Stream<Item = String> + Send + use<> {
        let probe = self.0.clone();
        stream::iter(0..1000).map(move |number| {
            probe.note(format!("{number}"));
            "x".repeat(100)
        })
    }

    async fn pass(&self, gate: String) {
        self.0.pass(&gate).await;
    }

    fn echo(&self, text: String) -> String {
        text
    }
}

fn ticks(dropped: Dropped) -> impl Stream<Item = u32> + Send {
    stream::unfold((0, dropped), |(number, dropped)| async move {
        sleep(Duration::from_secs(1)).await;
        Some((number, (number + 1, dropped)))
    })
}

fn radio() -> (HubServer<Radio>, Probe) {
    let probe = Probe::default();
    (HubServer::new(Radio(probe.clone())), probe)
}

async fn connect() -> (Raw, Probe) {
    let (server, probe) = radio();
    (Raw::connect(&server).await, probe)
}

/// What comes within ten seconds.
async fn answers(messages: &str) -> Vec<String> {
    let (mut raw, _) = connect().await;
    raw.send(messages).await;
    sleep(Duration::from_secs(10)).await;
    raw.so_far().await
}

#[tokio::test(start_paused = true)]
async fn items_come_in_order_and_then_the_completion() {
    assert_eq!(
        answers(&streamed("a", "Count", "[3]")).await,
        [item("a", "0"), item("a", "1"), item("a", "2"), end("a")]
    );
    assert_eq!(answers(&streamed("a", "Count", "[0]")).await, [end("a")]);
}

#[tokio::test(start_paused = true)]
async fn every_form_of_stream_is_one() {
    assert_eq!(answers(&streamed("a", "CountLater", "[1]")).await, [item("a", "0"), end("a")]);
    assert_eq!(answers(&streamed("a", "Named", "[]")).await, [item("a", "7"), end("a")]);
    assert_eq!(answers(&streamed("a", "Borrowing", "[]")).await, [item("a", "0"), item("a", "1"), end("a")]);
}

/// The table of methods takes it for a value, so clients have to invoke it as one.
#[tokio::test(start_paused = true)]
async fn a_stream_under_another_name_is_streamed_to_an_invocation() {
    assert_eq!(answers(&call("a", "Numbers", "[]")).await, [item("a", "7"), end("a")]);
}

#[tokio::test(start_paused = true)]
async fn a_method_may_fail_instead_of_streaming() {
    let expected = "An unexpected error occurred invoking 'CountLater' on the server. HubException: too far";
    assert_eq!(answers(&streamed("a", "CountLater", "[10]")).await, [failure("a", expected)]);
    let expected = "An unexpected error occurred invoking 'CrashesAtOnce' on the server.";
    assert_eq!(answers(&streamed("a", "CrashesAtOnce", "[]")).await, [failure("a", expected)]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_ends_with_the_error_behind_its_items() {
    let text = "An error occurred on the server while streaming results.";
    let visible = failure("a", &format!("{text} HubException: static"));
    assert_eq!(answers(&streamed("a", "Breaks", "[1]")).await, [item("a", "0"), visible]);
    assert_eq!(answers(&streamed("a", "Masked", "[]")).await, [item("a", "1"), failure("a", text)]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_panics_fails_and_the_connection_lives() {
    let messages = streamed("a", "Crashes", "[1]") + &call("b", "Echo", "[\"x\"]");
    let expected = failure("a", "An error occurred on the server while streaming results.");
    assert_eq!(answers(&messages).await, [item("a", "0"), expected, result("b", "\"x\"")]);
}

#[tokio::test(start_paused = true)]
async fn streams_run_beside_calls_and_each_other_and_take_no_slot() {
    let (mut raw, _) = connect().await;
    raw.send(&(call("p", "Pass", "[\"never\"]") + &streamed("a", "Ticks", "[]") + &streamed("b", "Ticks", "[]"))).await;
    sleep(Duration::from_millis(2500)).await;
    assert_eq!(raw.so_far().await, [item("a", "0"), item("b", "0"), item("a", "1"), item("b", "1")]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_stream_is_dropped_and_completed_without_an_error() {
    let (mut raw, probe) = connect().await;
    raw.send(&streamed("a", "Ticks", "[]")).await;
    sleep(Duration::from_millis(1500)).await;
    raw.send(&cancel("a")).await;
    assert_eq!(raw.so_far().await, [item("a", "0"), end("a")]);
    assert_eq!(probe.log(), ["dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_method_took_the_token_ends_itself() {
    let (mut raw, probe) = connect().await;
    raw.send(&streamed("a", "UntilCancelled", "[]")).await;
    assert_eq!(raw.so_far().await, [item("a", "1")]);
    raw.send(&cancel("a")).await;
    assert_eq!(raw.so_far().await, [item("a", "99"), end("a")]);
    assert_eq!(probe.log(), ["cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_mind_its_token_goes_on() {
    let messages = streamed("a", "Stubborn", "[]") + &cancel("a");
    assert_eq!(answers(&messages).await, [item("a", "0"), item("a", "1"), item("a", "2"), end("a")]);
}

#[tokio::test(start_paused = true)]
async fn cancelling_what_is_not_a_running_stream_is_ignored() {
    let (mut raw, probe) = connect().await;
    raw.send(&(cancel("x") + &call("p", "Pass", "[\"a\"]") + &cancel("p"))).await;
    raw.send(&(streamed("a", "Count", "[1]") + &cancel("a") + &cancel("a"))).await;
    assert_eq!(raw.so_far().await, [item("a", "0"), end("a")]);
    probe.open("a");
    assert_eq!(raw.so_far().await, [result("p", "null")]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_drops_its_streams() {
    for farewell in ["", r#"{"type":7}␞"#, "nonsense␞"] {
        let (raw, probe) = connect().await;
        raw.send(&(streamed("a", "Ticks", "[]") + farewell)).await;
        settle().await;
        raw.finish();
        sleep(Duration::from_secs(5)).await;
        let mut log = probe.log();
        log.sort();
        assert_eq!(log, ["disconnected", "dropped"], "{farewell}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_cancels_the_token() {
    let (raw, probe) = connect().await;
    raw.send(&streamed("a", "UntilCancelled", "[]")).await;
    settle().await;
    raw.finish();
    settle().await;
    let mut log = probe.log();
    log.sort();
    assert_eq!(log, ["cancelled", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn an_id_is_in_use_until_its_stream_has_ended() {
    let (mut raw, _) = connect().await;
    raw.send(&(streamed("a", "UntilCancelled", "[]") + &streamed("a", "Count", "[1]"))).await;
    assert_eq!(raw.so_far().await, [item("a", "1"), failure("a", "Invocation ID 'a' is already in use.")]);
    raw.send(&cancel("a")).await;
    assert_eq!(raw.so_far().await, [item("a", "99"), end("a")]);
    raw.send(&streamed("a", "Count", "[1]")).await;
    assert_eq!(raw.so_far().await, [item("a", "0"), end("a")]);
}

#[tokio::test(start_paused = true)]
async fn ids_of_streams_differ_by_case_and_are_not_those_of_calls() {
    let (mut raw, _) = connect().await;
    let streams = streamed("a", "UntilCancelled", "[]") + &streamed("A", "Count", "[1]");
    raw.send(&(streams + &call("a", "Echo", "[\"x\"]"))).await;
    assert_eq!(raw.so_far().await, [item("a", "1"), item("A", "0"), end("A"), result("a", "\"x\"")]);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_cannot_be_written_ends_the_connection() {
    let (mut raw, _) = connect().await;
    raw.send(&streamed("a", "Unwritable", "[]")).await;
    assert_eq!(raw.rest().await, [item("a", "1.5"), CLOSED_WITH_AN_ERROR.to_owned()]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_waits_for_a_client_that_does_not_read() {
    let probe = Probe::default();
    let server = HubServer::builder(Radio(probe.clone())).outbound_buffer_size(1000).build();
    let mut raw = Raw::of(server.test_client().capacity(1000));
    raw.shake_hands().await;
    raw.send(&streamed("a", "Fast", "[]")).await;
    settle().await;
    let ahead = probe.log().len();
    assert!((8..40).contains(&ahead), "{ahead}");
    let mut messages = 0;
    while raw.next().await != end("a") {
        messages += 1;
    }
    assert_eq!(messages, 1000);
}

#[tokio::test(start_paused = true)]
async fn a_stream_needs_an_id() {
    let (mut raw, _) = connect().await;
    raw.send(r#"{"type":4,"target":"Count","arguments":[1]}␞"#).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn a_call_of_the_wrong_kind_is_refused() {
    let messages = call("a", "Count", "[1]") + &streamed("b", "Echo", "[\"x\"]");
    let expected = [
        failure("a", "The client attempted to invoke the streaming 'Count' method with a non-streaming invocation."),
        failure("b", "The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation."),
    ];
    assert_eq!(answers(&messages).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_only_listens_to_a_stream_is_kept_alive() {
    let (mut raw, _) = connect().await;
    raw.send(&streamed("a", "UntilCancelled", "[]")).await;
    sleep(Duration::from_secs(16)).await;
    assert_eq!(raw.so_far().await, [item("a", "1"), PING.to_owned()]);
    raw.send(r#"{"type":7}␞"#).await;
    assert_eq!(raw.rest().await, [CLOSE]);
}
