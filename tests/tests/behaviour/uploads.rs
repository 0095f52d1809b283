//! Streams from clients to a hub (section 6.6).

use futures_util::Stream;
use hub_server::{HubError, HubServer, UploadStream, hub};

use crate::support::{
    CLOSE, CLOSED_WITH_AN_ERROR, Probe, Raw, call, end, failure, item, result, send, sent, settle, stream, upload,
};

struct Sink(Probe);

#[hub]
impl Sink {
    fn on_disconnected(&self) {
        self.0.note("disconnected");
    }

    async fn sum(&self, mut numbers: UploadStream<i32>) -> Result<i32, HubError> {
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            sum += number.inspect_err(|error| self.0.note(format!("{}: {error}", error.kind())))?;
        }
        Ok(sum)
    }

    async fn join(
        &self,
        first: UploadStream<String>,
        separator: String,
        second: UploadStream<Option<String>>,
    ) -> Result<String, HubError> {
        let (mut first, mut second, mut all) = (first, second, Vec::new());
        while let Some(text) = first.next().await {
            all.push(text?);
        }
        while let Some(text) = second.next().await {
            all.push(text?.unwrap_or_else(|| "null".to_owned()));
        }
        Ok(all.join(&separator))
    }

    /// Takes an item each time the gate opens.
    async fn sip(&self, gate: String, mut numbers: UploadStream<i32>) -> Result<(), HubError> {
        loop {
            self.0.pass(&gate).await;
            match numbers.next().await {
                Some(number) => self.0.note(format!("sip {}", number?)),
                None => return Ok(()),
            }
        }
    }

    async fn first(&self, mut numbers: UploadStream<i32>) -> Option<i32> {
        numbers.next().await.and_then(Result::ok)
    }

    /// Ends at the gate without having read.
    async fn leave(&self, gate: String, _numbers: UploadStream<i32>) {
        self.0.pass(&gate).await;
    }

    fn back(&self, texts: UploadStream<String>) -> impl Stream<Item = Result<String, HubError>> + Send + use<> {
        texts
    }

    async fn pass(&self, gate: String) {
        self.0.pass(&gate).await;
    }

    fn note(&self, text: String) {
        self.0.note(text);
    }
}

async fn connect() -> (Raw, Probe) {
    connect_with(10, false).await
}

async fn connect_with(capacity: usize, detailed: bool) -> (Raw, Probe) {
    let probe = Probe::default();
    let server = HubServer::builder(Sink(probe.clone())).stream_buffer_capacity(capacity);
    let raw = Raw::connect(&server.enable_detailed_errors(detailed).build()).await;
    (raw, probe)
}

async fn answers(messages: &str) -> Vec<String> {
    let (mut raw, _) = connect().await;
    raw.send(messages).await;
    raw.so_far().await
}

fn failed_end(id: &str, error: &str) -> String {
    failure(id, error)
}

fn sum(id: &str, stream: &str) -> String {
    upload(id, "Sum", "[]", &format!("[\"{stream}\"]"))
}

const SUM_FAILED: &str = "An unexpected error occurred invoking 'Sum' on the server.";

#[tokio::test(start_paused = true)]
async fn a_method_reads_what_its_client_streams() {
    let messages = sum("1", "s") + &sent([item("s", "1"), item("s", "2"), end("s")]);
    assert_eq!(answers(&messages).await, [result("1", "3")]);
    assert_eq!(answers(&(sum("1", "s") + &sent([end("s")]))).await, [result("1", "0")]);
}

#[tokio::test(start_paused = true)]
async fn several_streams_come_in_their_order_whatever_is_between_them() {
    let call = upload("1", "Join", "[\"-\"]", r#"["x","y"]"#);
    let items =
        sent([item("y", "null"), item("x", "\"a\""), item("y", "\"c\""), item("x", "\"b\""), end("x"), end("y")]);
    assert_eq!(answers(&(call + &items)).await, [result("1", "\"a-b-null-c\"")]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_have_the_id_of_its_call() {
    let messages = sum("1", "1") + &sent([item("1", "5"), end("1")]);
    assert_eq!(answers(&messages).await, [result("1", "5")]);
}

#[tokio::test(start_paused = true)]
async fn a_later_call_takes_a_stream_id_over() {
    let messages = sum("1", "s") + &sum("2", "s") + &sent([item("s", "5"), end("s")]);
    let [first, second] = answers(&messages).await.try_into().unwrap();
    assert!(first.contains("Another stream was begun with the same id."), "{first}");
    assert_eq!(second, result("2", "5"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_count_of_streams_is_refused() {
    let text = |count, target: &str, expected| {
        format!(
            "An unexpected error occurred invoking '{target}' on the server. HubException: Client sent {count} stream(s), \
             Hub method expects {expected}."
        )
    };
    assert_eq!(answers(&call("1", "Sum", "[]")).await, [failure("1", &text(0, "Sum", 1))]);
    let two = upload("1", "Sum", "[]", r#"["a","b"]"#);
    assert_eq!(answers(&two).await, [failure("1", &text(2, "Sum", 1))]);
    let unwanted = upload("1", "Note", "[\"x\"]", r#"["a"]"#);
    assert_eq!(answers(&unwanted).await, [failure("1", &text(1, "Note", 0))]);
}

#[tokio::test(start_paused = true)]
async fn items_for_nobody_are_ignored() {
    let early = sent([item("s", "7"), end("s")]);
    let messages = early + &sum("1", "s") + &sent([item("S", "1"), item("s", "2"), end("s"), item("s", "4"), end("s")]);
    assert_eq!(answers(&messages).await, [result("1", "2")]);
}

#[tokio::test(start_paused = true)]
async fn a_full_buffer_holds_up_what_is_behind_it() {
    let (mut raw, probe) = connect_with(2, false).await;
    let call_sip = upload("1", "Sip", "[\"g\"]", r#"["s"]"#);
    let items = sent([item("s", "1"), item("s", "2"), item("s", "3")]);
    raw.send(&(call_sip + &items + &call("2", "Note", "[\"behind\"]"))).await;
    settle().await;
    assert!(probe.log().is_empty(), "the third item has no room");
    probe.open("g");
    assert_eq!(raw.so_far().await, [result("2", "null")]);
    assert_eq!(probe.log(), ["sip 1", "behind"]);
}

#[tokio::test(start_paused = true)]
async fn what_fits_the_buffer_holds_nothing_up() {
    let (mut raw, probe) = connect_with(2, false).await;
    let call_sip = upload("1", "Sip", "[\"g\"]", r#"["s"]"#);
    raw.send(&(call_sip + &sent([item("s", "1"), item("s", "2")]) + &call("2", "Note", "[\"behind\"]"))).await;
    assert_eq!(raw.so_far().await, [result("2", "null")]);
    assert_eq!(probe.log(), ["behind"]);
}

#[tokio::test(start_paused = true)]
async fn a_method_that_ends_at_its_full_buffer_takes_nothing_with_it() {
    let (mut raw, probe) = connect_with(1, false).await;
    let call_leave = upload("1", "Leave", "[\"g\"]", r#"["s"]"#);
    let items = sent([item("s", "1"), item("s", "2"), item("s", "3"), end("s")]);
    raw.send(&(call_leave + &items + &call("2", "Note", "[\"behind\"]"))).await;
    assert!(raw.so_far().await.is_empty());
    probe.open("g");
    assert_eq!(raw.so_far().await, [result("1", "null"), result("2", "null")]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_input_at_a_full_buffer_ends_the_connection() {
    let (mut raw, probe) = connect_with(1, false).await;
    raw.send(&(upload("1", "Sip", "[\"g\"]", r#"["s"]"#) + &sent([item("s", "1"), item("s", "2")]))).await;
    settle().await;
    raw.finish();
    assert_eq!(raw.so_far().await.len(), 1);
    assert_eq!(probe.log(), ["disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_its_client_ends_with_an_error_fails() {
    for error in ["boo", ""] {
        let messages = sum("1", "s") + &sent([item("s", "1"), failed_end("s", error)]);
        let expected = failure("1", &format!("{SUM_FAILED} HubException: {error}"));
        assert_eq!(answers(&messages).await, [expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_with_a_result_just_ends() {
    let messages = sum("1", "s") + &sent([item("s", "1"), result("s", "\"ignored\"")]);
    assert_eq!(answers(&messages).await, [result("1", "1")]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_behind_the_end_of_the_method_is_ignored() {
    let (mut raw, _) = connect().await;
    raw.send(&(upload("1", "First", "[]", r#"["s"]"#) + &sent([item("s", "1")]))).await;
    assert_eq!(raw.so_far().await, [result("1", "1")]);
    raw.send(&(sent([item("s", "2"), end("s")]) + &call("2", "Note", "[\"x\"]"))).await;
    assert_eq!(raw.so_far().await, [result("2", "null")]);
}

#[tokio::test(start_paused = true)]
async fn calls_with_uploads_take_no_slot() {
    let (mut raw, _) = connect().await;
    let uploads = sum("1", "a") + &sum("2", "b");
    raw.send(&(call("p", "Pass", "[\"never\"]") + &uploads + &sent([item("b", "2"), end("b")]))).await;
    assert_eq!(raw.so_far().await, [result("2", "2")]);
    raw.send(&sent([end("a")])).await;
    assert_eq!(raw.so_far().await, [result("1", "0")]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_without_an_id_has_no_answer() {
    let (mut raw, probe) = connect().await;
    let message = r#"{"type":1,"target":"Sip","arguments":["g"],"streamIds":["s"]}␞"#;
    raw.send(&(message.to_owned() + &sent([item("s", "1"), end("s")]))).await;
    probe.open("g");
    probe.open("g");
    assert!(raw.so_far().await.is_empty());
    assert_eq!(probe.log(), ["sip 1"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_fails_what_is_being_read() {
    for farewell in ["", r#"{"type":7}␞"#] {
        let (mut raw, probe) = connect().await;
        raw.send(&(sum("1", "s") + &sent([item("s", "1")]) + farewell)).await;
        settle().await;
        raw.finish();
        raw.rest().await;
        settle().await;
        let expected = ["disconnected", "OperationCanceledException: The underlying connection was closed."];
        assert_eq!(probe.log(), expected, "{farewell}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_item_fails_its_stream_and_nothing_else() {
    let (mut raw, probe) = connect().await;
    let items = sent([item("s", "1"), item("s", "\"x\""), item("s", "3"), end("s")]);
    raw.send(&(sum("1", "s") + &items + &send("Note", "[\"next\"]"))).await;
    let expected = failure("1", &format!("{SUM_FAILED} HubException: Failed to bind Stream message."));
    assert_eq!(raw.so_far().await, [expected]);
    let mut log = probe.log();
    log.sort();
    assert_eq!(log, ["HubException: Failed to bind Stream message.", "next"]);
}

#[tokio::test(start_paused = true)]
async fn null_is_a_wrong_item_where_nothing_can_be_null() {
    let messages = sum("1", "s") + &sent([item("s", "null")]);
    let [answer] = answers(&messages).await.try_into().unwrap();
    assert!(answer.contains("Failed to bind Stream message."), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_tell_what_is_wrong_with_an_item() {
    let (mut raw, _) = connect_with(10, true).await;
    raw.send(&(sum("1", "s") + &sent([item("s", "\"x\"")]))).await;
    let answer = raw.next().await;
    assert!(answer.contains("Failed to bind Stream message. "), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_method_may_stream_both_ways() {
    let (mut raw, _) = connect().await;
    let message = stream("1", "Back", "[]").replace(r#""arguments""#, r#""streamIds":["s"],"arguments""#);
    raw.send(&(message + &sent([item("s", "\"a\""), item("s", "\"b\"")]))).await;
    assert_eq!(raw.so_far().await, [item("1", "\"a\""), item("1", "\"b\"")]);
    raw.send(&sent([end("s")])).await;
    assert_eq!(raw.so_far().await, [end("1")]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_breaks_the_protocol_ends_an_upload_too() {
    let (mut raw, _) = connect().await;
    raw.send(&(sum("1", "s") + "nonsense␞")).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
    let (mut raw, _) = connect().await;
    raw.send(&(sum("1", "s") + "{\"type\":7}␞")).await;
    assert_eq!(raw.rest().await, [CLOSE]);
}
