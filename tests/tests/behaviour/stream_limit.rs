//! How many streams a client may have open: ours, SignalR has no such limit.

use futures_util::{Stream, StreamExt as _, stream};
use hub_server::{CancellationToken, HubError, HubServer, HubServerBuilder, UploadStream, hub};

use crate::support::{
    CLOSED_WITH_AN_ERROR, Probe, Raw, call, cancel, end, failure, item, result, sent, settle, stream as streamed,
    upload,
};

struct Channels(Probe);

#[hub]
impl Channels {
    /// One item, and the end at the gate.
    fn listen(&self, gate: String) -> impl Stream<Item = u8> + Send + use<> {
        let probe = self.0.clone();
        stream::iter([1]).chain(stream::once(async move {
            probe.pass(&gate).await;
            2
        }))
    }

    /// The same, whatever the client wants.
    fn insist(&self, gate: String, _token: CancellationToken) -> impl Stream<Item = u8> + Send + use<> {
        self.listen(gate)
    }

    fn crash(&self) -> stream::Empty<u8> {
        panic!("no signal")
    }

    async fn sum(&self, mut numbers: UploadStream<i32>) -> Result<i32, HubError> {
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            sum += number?;
        }
        Ok(sum)
    }

    /// Ends at the gate, whatever becomes of the upload.
    async fn digest(&self, gate: String, _numbers: UploadStream<i32>) {
        self.0.pass(&gate).await;
    }

    fn relay(&self, numbers: UploadStream<i32>) -> impl Stream<Item = Result<i32, HubError>> + Send + use<> {
        numbers
    }

    fn echo(&self, text: String) -> String {
        text
    }
}

fn channels(
    options: impl FnOnce(HubServerBuilder<Channels>) -> HubServerBuilder<Channels>,
) -> (HubServer<Channels>, Probe) {
    let probe = Probe::default();
    (options(HubServer::builder(Channels(probe.clone()))).build(), probe)
}

/// A client that may have so many streams.
async fn connect(limit: usize) -> (Raw, Probe) {
    let (server, probe) = channels(|builder| builder.maximum_streams_per_client(Some(limit)));
    (Raw::connect(&server).await, probe)
}

fn listen(id: &str) -> String {
    streamed(id, "Listen", &format!("[\"{id}\"]"))
}

fn refused(id: &str, limit: usize) -> String {
    failure(id, &format!("The maximum of {limit} streams per client was exceeded."))
}

#[tokio::test(start_paused = true)]
async fn one_stream_more_than_the_limit_is_refused_and_the_connection_goes_on() {
    let (mut raw, probe) = connect(2).await;
    raw.send(&(listen("a") + &listen("b") + &listen("c") + &call("d", "Echo", "[\"x\"]"))).await;
    assert_eq!(raw.so_far().await, [item("a", "1"), item("b", "1"), refused("c", 2), result("d", "\"x\"")]);
    for gate in ["a", "b"] {
        probe.open(gate);
    }
    assert_eq!(raw.so_far().await, [item("a", "2"), end("a"), item("b", "2"), end("b")]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_ended_makes_room() {
    let (mut raw, probe) = connect(1).await;
    for id in ["a", "b", "c"] {
        raw.send(&(listen(id) + &listen("x"))).await;
        assert_eq!(raw.so_far().await, [item(id, "1"), refused("x", 1)]);
        probe.open(id);
        assert_eq!(raw.so_far().await, [item(id, "2"), end(id)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_cancelled_makes_room_when_it_is_over() {
    let (mut raw, probe) = connect(1).await;
    raw.send(&(listen("a") + &cancel("a") + &listen("b"))).await;
    assert_eq!(raw.so_far().await, [item("a", "1"), refused("b", 1), end("a")]);
    raw.send(&streamed("c", "Insist", "[\"c\"]")).await;
    assert_eq!(raw.so_far().await, [item("c", "1")]);
    raw.send(&cancel("c")).await;
    settle().await;
    raw.send(&listen("d")).await;
    assert_eq!(raw.so_far().await, [refused("d", 1)], "it goes on");
    probe.open("c");
    assert_eq!(raw.so_far().await, [item("c", "2"), end("c")]);
    raw.send(&listen("e")).await;
    assert_eq!(raw.so_far().await, [item("e", "1")]);
}

#[tokio::test(start_paused = true)]
async fn streams_that_fail_or_are_refused_for_another_reason_make_room() {
    let (mut raw, _) = connect(1).await;
    for _ in 0..5 {
        raw.send(&(streamed("a", "Crash", "[]") + &streamed("b", "Echo", "[\"x\"]") + &streamed("c", "None", "[]")))
            .await;
        raw.send(&(upload("d", "Echo", "[\"x\"]", "[\"s\"]") + &upload("e", "Sum", "[]", "[]"))).await;
        let answers = raw.so_far().await;
        assert!(answers.len() == 5 && answers.iter().all(|answer| !answer.contains("maximum")), "{answers:?}");
    }
    raw.send(&(listen("a") + &listen("a"))).await;
    assert_eq!(raw.so_far().await, [item("a", "1"), refused("a", 1)]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_counts_until_its_method_is_over() {
    let (mut raw, probe) = connect(1).await;
    raw.send(&(upload("a", "Sum", "[]", "[\"s\"]") + &listen("b"))).await;
    assert_eq!(raw.so_far().await, [refused("b", 1)]);
    raw.send(&sent([item("s", "3"), end("s")])).await;
    assert_eq!(raw.so_far().await, [result("a", "3")]);
    raw.send(&(upload("c", "Digest", "[\"c\"]", "[\"s\"]") + &sent([end("s")]) + &listen("d"))).await;
    assert_eq!(raw.so_far().await, [refused("d", 1)], "a method without a slot must not run any number of times");
    probe.open("c");
    assert_eq!(raw.so_far().await, [result("c", "null")]);
    raw.send(&listen("e")).await;
    assert_eq!(raw.so_far().await, [item("e", "1")]);
}

#[tokio::test(start_paused = true)]
async fn both_directions_of_a_call_count() {
    let (mut raw, _) = connect(2).await;
    let relay = r#"{"type":4,"invocationId":"a","target":"Relay","arguments":[],"streamIds":["s"]}␞"#;
    raw.send(&(relay.to_owned() + &listen("b"))).await;
    assert_eq!(raw.so_far().await, [refused("b", 2)]);
    raw.send(&sent([item("s", "5"), end("s")])).await;
    assert_eq!(raw.so_far().await, [item("a", "5"), end("a")]);
    raw.send(&(listen("b") + relay)).await;
    assert_eq!(raw.so_far().await, [item("b", "1"), refused("a", 2)]);
    raw.send(&sent([item("s", "6"), end("s")])).await;
    assert!(raw.so_far().await.is_empty(), "what is sent for a refused call is ignored");
}

#[tokio::test(start_paused = true)]
async fn a_stream_id_that_is_taken_over_counts_for_both_calls() {
    let (mut raw, _) = connect(2).await;
    let digest = |id: &str| upload(id, "Digest", "[\"never\"]", "[\"s\"]");
    raw.send(&(digest("a") + &digest("b") + &digest("c"))).await;
    assert_eq!(raw.so_far().await, [refused("c", 2)]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_without_an_id_is_refused_in_silence() {
    let (mut raw, _) = connect(0).await;
    raw.send(r#"{"type":1,"target":"Sum","arguments":[],"streamIds":["s"]}␞"#).await;
    raw.send(&call("a", "Echo", "[\"x\"]")).await;
    assert_eq!(raw.so_far().await, [result("a", "\"x\"")]);
}

#[tokio::test(start_paused = true)]
async fn each_client_has_a_limit_of_its_own() {
    let (server, _) = channels(|builder| builder.maximum_streams_per_client(Some(1)));
    let (mut first, mut second) = (Raw::connect(&server).await, Raw::connect(&server).await);
    for raw in [&mut first, &mut second] {
        raw.send(&(listen("a") + &listen("b"))).await;
        assert_eq!(raw.so_far().await, [item("a", "1"), refused("b", 1)]);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_are_not_streams_and_a_protocol_error_stays_one() {
    let (mut raw, _) = connect(0).await;
    raw.send(&call("a", "Echo", "[\"x\"]")).await;
    assert_eq!(raw.next().await, result("a", "\"x\""));
    raw.send(r#"{"type":4,"invocationId":"b","target":"Listen","arguments":17}␞"#).await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_limit_unless_one_is_set() {
    let (server, _) = channels(|builder| builder);
    assert_eq!(server.options().maximum_streams_per_client, None);
    let mut raw = Raw::connect(&server).await;
    for id in 0..1000 {
        raw.send(&listen(&id.to_string())).await;
        assert_eq!(raw.next().await, item(&id.to_string(), "1"));
    }
}
