//! What a client answers (section 6.8).

use std::time::Duration;

use futures_util::{Stream, stream};
use hub_server::{Connecting, ConnectionId, Hub, HubError, HubServer, UploadStream, hub, hub_client};
use tokio::time::sleep;

use crate::support::{
    CLOSED_WITH_AN_ERROR, Probe, Raw, call, end, failure, item, result, sent, settle, stream as streamed, upload,
};

#[hub_client]
trait Guest {
    async fn name(&self, prompt: &str) -> String;
    async fn age(&self) -> i32;
    async fn nickname(&self) -> Option<String>;
}

struct Host(Probe);

#[hub(client = Guest)]
impl Host {
    async fn on_disconnected(&self, hub: Hub<dyn Guest>) {
        if hub.query("ask").as_deref() == Some("late") {
            self.note_error(hub.clients().caller().age().await);
        }
        self.0.note("left");
    }

    async fn ask(&self, hub: Hub<dyn Guest>, prompt: String) -> Result<String, HubError> {
        hub.clients().caller().name(&prompt).await
    }

    async fn ask_age(&self, hub: Hub<dyn Guest>) -> Result<i32, HubError> {
        hub.clients().caller().age().await
    }

    async fn ask_nickname(&self, hub: Hub<dyn Guest>) -> Result<Option<String>, HubError> {
        hub.clients().caller().nickname().await
    }

    async fn ask_other(&self, hub: Hub<dyn Guest>, id: String) -> Result<i32, HubError> {
        hub.clients().client(&id).age().await.inspect_err(|error| self.0.note(format!("{}: {error}", error.kind())))
    }

    async fn ask_twice(&self, hub: Hub<dyn Guest>) -> Result<i32, HubError> {
        Ok(hub.clients().caller().age().await? + hub.clients().caller().age().await?)
    }

    async fn ask_patiently(&self, hub: Hub<dyn Guest>) -> Result<i32, HubError> {
        hub.clients().caller().age().timeout(Duration::from_secs(5)).await
    }

    /// Gives the question up, and asks again.
    async fn change_mind(&self, hub: Hub<dyn Guest>) -> Result<i32, HubError> {
        let question = hub.clients().caller().age();
        let _ = tokio::time::timeout(Duration::from_secs(1), question).await;
        hub.clients().caller().age().await
    }

    fn never_mind(&self, hub: Hub<dyn Guest>) {
        drop(hub.clients().caller().age());
    }

    async fn ask_by_name(&self, hub: Hub<dyn Guest>) -> Result<Vec<u8>, HubError> {
        hub.clients().caller().ask("Anything", (1, "two")).await
    }

    fn ages(&self, hub: Hub<dyn Guest>) -> impl Stream<Item = Result<i32, HubError>> + Send + use<> {
        stream::once(async move { hub.clients().caller().age().await })
    }

    async fn ask_while_reading(
        &self,
        hub: Hub<dyn Guest>,
        mut numbers: UploadStream<i32>,
    ) -> Result<(i32, usize), HubError> {
        let age = hub.clients().caller().age().await?;
        let mut count = 0;
        while let Some(number) = numbers.next().await {
            number?;
            count += 1;
        }
        Ok((age, count))
    }

    fn note(&self, text: String) {
        self.0.note(text);
    }

    async fn pass(&self, gate: String) {
        self.0.pass(&gate).await;
    }

    #[hub(skip)]
    fn note_error(&self, answer: Result<i32, HubError>) {
        self.0.note(answer.map_or_else(|error| format!("{}: {error}", error.kind()), |age| age.to_string()));
    }
}

fn host() -> (HubServer<Host>, Probe) {
    let probe = Probe::default();
    (HubServer::new(Host(probe.clone())), probe)
}

async fn connect() -> (Raw, Probe) {
    let (server, probe) = host();
    (Raw::connect(&server).await, probe)
}

fn question(id: &str, target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"invocationId":"{id}","target":"{target}","arguments":{arguments}}}"#)
}

fn failed(id: &str, target: &str, detail: &str) -> String {
    failure(id, &format!("An unexpected error occurred invoking '{target}' on the server.{detail}"))
}

/// What comes of this call when its first question is answered so.
async fn after(target: &str, answer: &str) -> String {
    let (mut raw, _) = connect().await;
    raw.send(&call("1", target, "[]")).await;
    raw.next().await;
    raw.send(&(answer.to_owned() + "␞")).await;
    raw.next().await
}

#[tokio::test(start_paused = true)]
async fn a_question_is_a_call_with_an_id_and_its_answer_a_completion() {
    let (mut raw, _) = connect().await;
    raw.send(&call("1", "Ask", "[\"Who?\"]")).await;
    assert_eq!(raw.next().await, question("s1", "Name", "[\"Who?\"]"));
    raw.send(&sent([result("s1", "\"Ada\"")])).await;
    assert_eq!(raw.next().await, result("1", "\"Ada\""));
}

#[tokio::test(start_paused = true)]
async fn ids_count_up_for_all_clients_of_a_hub() {
    let (server, _) = host();
    for id in ["s1", "s2", "s3"] {
        let mut raw = Raw::connect(&server).await;
        raw.send(&call("1", "AskAge", "[]")).await;
        assert_eq!(raw.next().await, question(id, "Age", "[]"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_can_be_asked_by_name() {
    let (mut raw, _) = connect().await;
    raw.send(&call("1", "AskByName", "[]")).await;
    assert_eq!(raw.next().await, question("s1", "Anything", r#"[1,"two"]"#));
    raw.send(&sent([result("s1", "[1,2]")])).await;
    assert_eq!(raw.next().await, result("1", "[1,2]"));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_client_is_read_by_who_asked() {
    for error in ["no", ""] {
        let expected = failed("1", "AskAge", &format!(" HubException: {error}"));
        assert_eq!(after("AskAge", &failure("s1", error)).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_value_is_an_error() {
    let text = " HubException: Exception of type 'Microsoft.AspNetCore.SignalR.HubException' was thrown.";
    assert_eq!(after("AskAge", &end("s1")).await, failed("1", "AskAge", text));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_type_is_an_error() {
    let answer = after("AskAge", &result("s1", "\"old\"")).await;
    assert!(answer.contains("HubException: Error trying to deserialize result to Int32. "), "{answer}");
    assert_eq!(after("AskNickname", &result("s1", "null")).await, result("1", "null"));
    assert_eq!(after("AskNickname", &result("s1", "\"Al\"")).await, result("1", "\"Al\""));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_exist_cannot_be_asked() {
    let (mut raw, probe) = connect().await;
    for id in ["nobody", ""] {
        raw.send(&call("1", "AskOther", &format!("[\"{id}\"]"))).await;
        assert_eq!(raw.next().await, failed("1", "AskOther", ""));
        assert_eq!(probe.log(), [format!("IOException: Connection '{id}' does not exist.")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_fails_the_question() {
    for farewell in ["", r#"{"type":7}␞"#, "nonsense␞"] {
        let (server, probe) = host();
        let (mut alice, mut bob) = (Raw::connect(&server).await, Raw::connect(&server).await);
        alice.send(&call("1", "AskOther", &format!("[\"{}\"]", bob.id()))).await;
        assert_eq!(bob.next().await, question("s1", "Age", "[]"));
        bob.send(farewell).await;
        bob.finish();
        assert_eq!(alice.next().await, failed("1", "AskOther", ""));
        settle().await;
        let log = probe.log();
        assert!(log.contains(&format!("IOException: Connection '{}' disconnected.", bob.id())), "{farewell} {log:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_somebody_else_ends_their_connection_and_the_question_stays_open() {
    let (server, _) = host();
    let (mut alice, mut mallory) = (Raw::connect(&server).await, Raw::connect(&server).await);
    alice.send(&call("1", "AskAge", "[]")).await;
    assert_eq!(alice.next().await, question("s1", "Age", "[]"));
    mallory.send(&sent([result("s1", "1")])).await;
    assert_eq!(mallory.rest().await, [CLOSED_WITH_AN_ERROR]);
    alice.send(&sent([result("s1", "2")])).await;
    assert_eq!(alice.next().await, result("1", "2"));
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_waits_for_are_ignored() {
    let (mut raw, probe) = connect().await;
    raw.send(&sent([result("s1", "1"), result("s9", "1")])).await;
    raw.send(&call("1", "AskAge", "[]")).await;
    raw.next().await;
    raw.send(&sent([result("s1", "2"), result("s1", "3")])).await;
    assert_eq!(raw.so_far().await, [result("1", "2")]);
    raw.send(&call("2", "Note", "[\"x\"]")).await;
    assert_eq!(raw.so_far().await, [result("2", "null")]);
    assert_eq!(probe.log(), ["x"]);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_time_limit_unless_one_is_set() {
    let (mut raw, _) = connect().await;
    raw.send(&call("1", "AskAge", "[]")).await;
    sleep(Duration::from_secs(24 * 3600)).await;
    raw.so_far().await;
    raw.send(&sent([result("s1", "5")])).await;
    assert_eq!(raw.so_far().await, [result("1", "5")]);

    raw.send(&call("2", "AskPatiently", "[]")).await;
    sleep(Duration::from_secs(6)).await;
    let expected = failed("2", "AskPatiently", " HubException: Invocation canceled by the server.");
    assert_eq!(raw.so_far().await, [question("s2", "Age", "[]"), expected]);
    raw.send(&call("3", "AskPatiently", "[]")).await;
    raw.next().await;
    raw.send(&sent([result("s2", "1"), result("s3", "6")])).await;
    assert_eq!(raw.so_far().await, [result("3", "6")]);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_given_up_is_closed_and_one_that_was_dropped_is_not_asked() {
    let (mut raw, _) = connect().await;
    raw.send(&call("1", "ChangeMind", "[]")).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(raw.so_far().await, [question("s1", "Age", "[]"), question("s2", "Age", "[]")]);
    raw.send(&sent([result("s1", "1"), result("s2", "2")])).await;
    assert_eq!(raw.so_far().await, [result("1", "2")]);
    raw.send(&call("2", "NeverMind", "[]")).await;
    assert_eq!(raw.so_far().await, [result("2", "null")]);
}

#[tokio::test(start_paused = true)]
async fn other_calls_run_while_a_call_waits_for_its_client() {
    let (mut raw, probe) = connect().await;
    raw.send(&(call("1", "AskAge", "[]") + &call("2", "Note", "[\"meanwhile\"]"))).await;
    assert_eq!(raw.so_far().await, [question("s1", "Age", "[]"), result("2", "null")]);
    assert_eq!(probe.log(), ["meanwhile"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_frees_its_slot_once_however_often_it_asks() {
    let (mut raw, _) = connect().await;
    raw.send(&(call("1", "AskTwice", "[]") + &call("2", "Pass", "[\"never\"]") + &call("3", "Note", "[\"x\"]"))).await;
    assert_eq!(raw.so_far().await, [question("s1", "Age", "[]")]);
    raw.send(&sent([result("s1", "1")])).await;
    assert!(raw.so_far().await.is_empty(), "the answer is behind the call that waits for a slot");
}

#[tokio::test(start_paused = true)]
async fn a_method_may_ask_several_times() {
    let (mut raw, _) = connect().await;
    raw.send(&call("1", "AskTwice", "[]")).await;
    assert_eq!(raw.next().await, question("s1", "Age", "[]"));
    raw.send(&sent([result("s1", "1")])).await;
    assert_eq!(raw.next().await, question("s2", "Age", "[]"));
    raw.send(&sent([result("s2", "2")])).await;
    assert_eq!(raw.next().await, result("1", "3"));
}

#[tokio::test(start_paused = true)]
async fn streams_and_uploads_may_ask_too() {
    let (mut raw, _) = connect().await;
    raw.send(&streamed("1", "Ages", "[]")).await;
    assert_eq!(raw.next().await, question("s1", "Age", "[]"));
    raw.send(&sent([result("s1", "7")])).await;
    assert_eq!(raw.so_far().await, [item("1", "7"), end("1")]);

    raw.send(&(upload("2", "AskWhileReading", "[]", r#"["u"]"#) + &sent([item("u", "1"), end("u")]))).await;
    assert_eq!(raw.next().await, question("s2", "Age", "[]"));
    raw.send(&sent([result("s2", "8")])).await;
    assert_eq!(raw.next().await, result("2", "[8,1]"));
}

#[tokio::test(start_paused = true)]
async fn a_completion_belongs_to_an_upload_of_its_id_first() {
    let (mut raw, _) = connect().await;
    raw.send(&upload("1", "AskWhileReading", "[]", r#"["s1"]"#)).await;
    assert_eq!(raw.next().await, question("s1", "Age", "[]"));
    raw.send(&sent([result("s1", "5")])).await;
    assert!(raw.so_far().await.is_empty());
    raw.send(&sent([result("s1", "6")])).await;
    assert_eq!(raw.so_far().await, [result("1", "[6,0]")]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_gone_cannot_be_asked_by_on_disconnected() {
    let (server, probe) = host();
    let mut raw = Raw::of(server.test_client().uri("/?ask=late".parse().unwrap()));
    raw.shake_hands().await;
    raw.finish();
    raw.rest().await;
    assert_eq!(probe.log(), [format!("IOException: Connection '{}' disconnected.", raw.id()), "left".to_owned()]);
}

#[tokio::test(start_paused = true)]
async fn clients_can_be_asked_from_outside() {
    let (server, _) = host();
    let mut raw = Raw::connect(&server).await;
    let (handle, id) = (server.handle(), raw.id().clone());
    let asking = tokio::spawn(async move { handle.clients().client(&id).age().await });
    assert_eq!(raw.next().await, question("s1", "Age", "[]"));
    raw.send(&sent([result("s1", "9")])).await;
    assert_eq!(asking.await.unwrap().unwrap(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_question_from_outside_can_fail_in_every_way() {
    let (server, _) = host();
    let mut raw = Raw::connect(&server).await;
    let (handle, id) = (server.handle(), raw.id().clone());
    let age = || handle.clients().client(&id).age();
    let error = |answer: Result<i32, HubError>| answer.unwrap_err().to_string();

    let start = tokio::time::Instant::now();
    assert_eq!(error(age().timeout(Duration::from_secs(5)).await), "Invocation canceled by the server.");
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    assert!(tokio::time::timeout(Duration::from_secs(1), age()).await.is_err(), "given up");
    let asking = tokio::spawn(age());
    assert_eq!(raw.so_far().await, ["s1", "s2", "s3"].map(|question_id| question(question_id, "Age", "[]")));
    raw.send(&sent([result("s1", "1"), result("s2", "2"), result("s3", "\"old\"")])).await;
    assert!(error(asking.await.unwrap()).starts_with("Error trying to deserialize result to Int32."));
    let asking = tokio::spawn(age());
    assert_eq!(raw.next().await, question("s4", "Age", "[]"));
    raw.finish();
    assert_eq!(error(asking.await.unwrap()), format!("Connection '{id}' disconnected."));
    settle().await;
    assert_eq!(error(age().await), format!("Connection '{id}' does not exist."));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_fails_the_question_of_its_own_call() {
    let (mut raw, probe) = connect().await;
    raw.send(&call("1", "AskOther", &format!("[\"{}\"]", raw.id()))).await;
    assert_eq!(raw.next().await, question("s1", "Age", "[]"));
    raw.finish();
    raw.rest().await;
    settle().await;
    let log = probe.log();
    assert!(log.contains(&format!("IOException: Connection '{}' disconnected.", raw.id())), "{log:?}");
}

/// Asks while clients connect.
struct Eager(Probe);

#[hub]
impl Eager {
    async fn on_connected(&self, hub: Hub<hub_server::Untyped, Connecting>, id: ConnectionId) -> Result<(), HubError> {
        self.0.note("connecting");
        hub.clients().client(id).ask::<i32, _>("Age", ()).await?;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_can_be_asked_while_a_client_connects() {
    let probe = Probe::default();
    let server = HubServer::builder(Eager(probe.clone())).enable_detailed_errors(true).build();
    let mut raw = Raw::connect(&server).await;
    let text = "Connection closed with an error. InvalidOperationException: Client results inside OnConnectedAsync Hub \
                methods are not allowed.";
    assert_eq!(raw.rest().await, [format!(r#"{{"type":7,"error":"{text}"}}"#)]);
    assert_eq!(probe.log(), ["connecting"]);
}
