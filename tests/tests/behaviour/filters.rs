//! Code around what a hub does (section 11.1).

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_server::{
    Connecting, DisconnectError, Hub, HubError, HubFilter, HubServer, HubServerBuilder, InvocationContext, Next,
    UploadStream, User, hub,
};
use tokio::time::{Instant, sleep};

use crate::support::{
    CLOSED_WITH_AN_ERROR, Probe, Raw, call, end, failure, item, result, send, stream as streamed, upload,
};

struct Kitchen(Probe);

#[hub]
impl Kitchen {
    fn on_connected(&self) {
        self.0.note("connected");
    }

    fn on_disconnected(&self) {
        self.0.note("disconnected");
    }

    async fn cook(&self, dish: String) -> String {
        self.0.note(format!("cook {dish}"));
        sleep(Duration::from_secs(2)).await;
        dish
    }

    fn burn(&self) -> Result<(), HubError> {
        Err(HubError::new("smoke"))
    }

    fn crash(&self) {
        panic!("a method of the program")
    }

    fn serve(&self, count: u8) -> impl Stream<Item = u8> + Send {
        self.0.note("serve");
        stream::iter(0..count).inspect(|number| self.0.note(format!("item {number}")))
    }

    async fn peel(&self, mut potatoes: UploadStream<u8>) -> u8 {
        let mut peeled = 0;
        while let Some(Ok(_)) = potatoes.next().await {
            peeled += 1;
        }
        peeled
    }

    #[hub(authorize(role = "cook"))]
    fn taste(&self) {}

    async fn ask(&self, hub: Hub) -> Result<String, HubError> {
        hub.clients().caller().ask("Hungry", ()).await
    }
}

/// Notes what passes it.
struct Waiter(&'static str, Probe);

impl HubFilter for Waiter {
    async fn invoke(&self, call: &InvocationContext, next: Next<'_>) -> Result<(), HubError> {
        let (name, probe) = (self.0, &self.1);
        probe.note(format!("{name} before {} {:?}", call.target(), call.method()));
        let start = Instant::now();
        let outcome = next.run().await;
        let outcome_text =
            outcome.as_ref().map_or_else(|error| format!("{}: {error}", error.kind()), |()| "ok".to_owned());
        probe.note(format!("{name} after {} s: {outcome_text}", start.elapsed().as_secs()));
        outcome
    }

    async fn connected(&self, hub: &Hub<hub_server::Untyped, Connecting>, next: Next<'_>) -> Result<(), HubError> {
        self.1.note(format!("{} lets in {:?}", self.0, hub.user().id()));
        next.run().await
    }

    async fn disconnected(&self, _: &Hub, reason: Option<&DisconnectError>, next: Next<'_>) -> Result<(), HubError> {
        self.1.note(format!("{} sees off {:?}", self.0, reason.map(DisconnectError::kind)));
        next.run().await
    }
}

/// Decides by the target what becomes of a call.
struct Critic;

impl HubFilter for Critic {
    async fn invoke(&self, call: &InvocationContext, next: Next<'_>) -> Result<(), HubError> {
        match (call.hub().query("mood").unwrap_or_default().as_str(), call.target()) {
            ("refuse", _) => Err(HubError::new("not today")),
            ("skip", _) => Ok(()),
            ("swallow", _) => next.run().await.or(Ok(())),
            ("spoil", _) => next.run().await.and(Err(HubError::new("too salty"))),
            ("replace", _) => next.run().await.map_err(|_| HubError::new("another error")),
            ("panic", _) => panic!("a filter of the program"),
            ("hurry", _) => tokio::time::timeout(Duration::from_secs(1), next.run()).await?,
            ("greet", _) => {
                call.hub().clients().caller().send("Greeting", (call.target(),)).await?;
                next.run().await
            }
            ("ask", _) => {
                let answer: String = call.hub().clients().caller().ask("Hungry", ()).await?;
                if answer == "yes" { next.run().await } else { Err(HubError::new("then not")) }
            }
            _ => next.run().await,
        }
    }
}

/// Keeps `on_connected` to itself.
struct Doorman {
    lets_in: bool,
}

impl HubFilter for Doorman {
    async fn connected(&self, _: &Hub<hub_server::Untyped, Connecting>, next: Next<'_>) -> Result<(), HubError> {
        drop(next);
        if self.lets_in { Ok(()) } else { Err(HubError::new("full")) }
    }
}

/// A filter without any method.
struct Nothing;

impl HubFilter for Nothing {}

fn kitchen(
    filters: impl FnOnce(HubServerBuilder<Kitchen>, &Probe) -> HubServerBuilder<Kitchen>,
) -> (HubServer<Kitchen>, Probe) {
    let probe = Probe::default();
    (filters(HubServer::builder(Kitchen(probe.clone())), &probe).build(), probe)
}

/// A connection through one waiter.
async fn waited() -> (Raw, Probe) {
    let (server, probe) = kitchen(|builder, probe| builder.filter(Waiter("w", probe.clone())));
    let raw = Raw::connect(&server).await;
    tokio::task::yield_now().await;
    (raw, probe)
}

/// The answers through the critic in this mood.
async fn criticized(mood: &str, messages: &str) -> Vec<String> {
    let (server, _) = kitchen(|builder, _| builder.filter(Critic));
    let mut raw = Raw::of(server.test_client().uri(format!("/?mood={mood}").parse().unwrap()));
    raw.shake_hands().await;
    raw.send(messages).await;
    sleep(Duration::from_secs(10)).await;
    raw.so_far().await
}

fn failed(id: &str, target: &str, detail: &str) -> String {
    failure(id, &format!("An unexpected error occurred invoking '{target}' on the server.{detail}"))
}

#[tokio::test(start_paused = true)]
async fn filters_run_around_a_call_the_first_outermost() {
    let (server, probe) = kitchen(|builder, probe| {
        builder.filter(Waiter("a", probe.clone())).filter(Nothing).filter(Waiter("b", probe.clone()))
    });
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "cook", "[\"soup\"]")).await;
    assert_eq!(raw.next().await, result("1", "\"soup\""));
    let expected = [
        "a lets in None",
        "b lets in None",
        "connected",
        "a before Cook Some(\"Cook\")",
        "b before Cook Some(\"Cook\")",
        "cook soup",
        "b after 2 s: ok",
        "a after 2 s: ok",
    ];
    assert_eq!(probe.log(), expected);
}

#[tokio::test(start_paused = true)]
async fn filters_run_around_connecting_and_disconnecting() {
    let (server, probe) = kitchen(|builder, probe| builder.filter(Waiter("w", probe.clone())));
    let mut raw = Raw::of(server.test_client().user(User::new("ada")));
    raw.shake_hands().await;
    raw.send("nonsense␞").await;
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
    let expected =
        ["w lets in Some(\"ada\")", "connected", "w sees off Some(\"InvalidDataException\")", "disconnected"];
    assert_eq!(probe.log(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_filter_sees_the_error_of_a_method_and_passes_it_on() {
    let (mut raw, probe) = waited().await;
    probe.log();
    raw.send(&(call("1", "Burn", "[]") + &call("2", "Crash", "[]"))).await;
    assert_eq!(raw.so_far().await, [failed("1", "Burn", " HubException: smoke"), failed("2", "Crash", "")]);
    let expected = [
        "w before Burn Some(\"Burn\")",
        "w after 0 s: HubException: smoke",
        "w before Crash Some(\"Crash\")",
        "w after 0 s: Panic: a method of the program",
    ];
    assert_eq!(probe.log(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_filter_sees_refused_calls_whose_answers_stay_the_same() {
    let (mut raw, probe) = waited().await;
    probe.log();
    let messages = call("1", "Unknown", "[]") + &call("2", "Cook", "[]") + &call("3", "Taste", "[]");
    raw.send(&(messages + &streamed("4", "Cook", "[\"x\"]") + &send("Nothing", "[]"))).await;
    let expected = [
        failure("1", "Failed to invoke 'Unknown' due to an error on the server. HubException: Method does not exist."),
        failure("2", "Failed to invoke 'Cook' due to an error on the server."),
        failure("3", "Failed to invoke 'Taste' because user is unauthorized"),
        failure("4", "The client attempted to invoke the non-streaming 'Cook' method with a streaming invocation."),
    ];
    assert_eq!(raw.so_far().await, expected);
    let log: Vec<_> = probe.log().chunks(2).map(<[_]>::concat).collect();
    assert_eq!(log.len(), 5, "{log:#?}");
    assert_eq!(log[0], "w before Unknown Nonew after 0 s: HubException: Method does not exist.");
    assert!(log[1].contains("InvalidDataException: Invocation provides 0 argument(s)"), "{log:#?}");
    assert!(log[2].contains("Unauthorized"), "{log:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_may_refuse_a_call() {
    assert_eq!(
        criticized("refuse", &call("1", "Cook", "[\"x\"]")).await,
        [failed("1", "Cook", " HubException: not today")]
    );
    assert!(criticized("refuse", &send("Cook", "[\"x\"]")).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_does_not_go_on_answers_null() {
    assert_eq!(criticized("skip", &call("1", "Cook", "[\"x\"]")).await, [result("1", "null")]);
    assert_eq!(criticized("skip", &streamed("1", "Serve", "[2]")).await, [end("1")]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_may_keep_an_error_to_itself_or_make_another_of_it() {
    for target in ["Burn", "Crash", "Unknown", "Taste"] {
        assert_eq!(criticized("swallow", &call("1", target, "[]")).await, [result("1", "null")]);
        let expected = failed("1", target, " HubException: another error");
        assert_eq!(criticized("replace", &call("1", target, "[]")).await, [expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_filter_may_spoil_a_success() {
    let expected = [failed("1", "Cook", " HubException: too salty")];
    assert_eq!(criticized("spoil", &call("1", "Cook", "[\"x\"]")).await, expected);
    let expected = [failed("1", "Serve", " HubException: too salty")];
    assert_eq!(criticized("spoil", &streamed("1", "Serve", "[2]")).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_panics_fails_its_call() {
    let messages = call("1", "Cook", "[\"x\"]") + &call("2", "Unknown", "[]");
    let expected = [failed("1", "Cook", ""), failed("2", "Unknown", "")];
    assert_eq!(criticized("panic", &messages).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_filter_may_give_a_method_up() {
    assert_eq!(criticized("hurry", &call("1", "Cook", "[\"x\"]")).await, [failed("1", "Cook", "")]);
    assert_eq!(criticized("hurry", &call("1", "Burn", "[]")).await, [failed("1", "Burn", " HubException: smoke")]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_may_send_and_ask() {
    let greeting = r#"{"type":1,"target":"Greeting","arguments":["Burn"]}"#.to_owned();
    let expected = [greeting, failed("1", "Burn", " HubException: smoke")];
    assert_eq!(criticized("greet", &call("1", "Burn", "[]")).await, expected);

    let (server, _) = kitchen(|builder, _| builder.filter(Critic));
    let mut raw = Raw::of(server.test_client().uri("/?mood=ask".parse().unwrap()));
    raw.shake_hands().await;
    for (id, question, answer) in [("1", "s1", "yes"), ("2", "s2", "no")] {
        raw.send(&call(id, "Cook", "[\"x\"]")).await;
        let asked = format!(r#"{{"type":1,"invocationId":"{question}","target":"Hungry","arguments":[]}}"#);
        assert_eq!(raw.next().await, asked);
        raw.send(&(result(question, &format!("\"{answer}\"")) + "␞")).await;
        let expected =
            if answer == "yes" { result(id, "\"x\"") } else { failed(id, "Cook", " HubException: then not") };
        assert_eq!(raw.next().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_inside_of_filters_may_ask() {
    let (mut raw, _) = waited().await;
    raw.send(&call("1", "Ask", "[]")).await;
    assert_eq!(raw.next().await, r#"{"type":1,"invocationId":"s1","target":"Hungry","arguments":[]}"#);
    raw.send(&(result("s1", "\"yes\"") + "␞")).await;
    assert_eq!(raw.next().await, result("1", "\"yes\""));
}

#[tokio::test(start_paused = true)]
async fn of_a_streaming_method_a_filter_sees_what_comes_before_the_items() {
    let (mut raw, probe) = waited().await;
    probe.log();
    raw.send(&streamed("1", "Serve", "[2]")).await;
    assert_eq!(raw.so_far().await, [item("1", "0"), item("1", "1"), end("1")]);
    let expected = ["w before Serve Some(\"Serve\")", "serve", "w after 0 s: ok", "item 0", "item 1"];
    assert_eq!(probe.log(), expected);
}

#[tokio::test(start_paused = true)]
async fn uploads_come_through_filters() {
    let (mut raw, _) = waited().await;
    raw.send(&(upload("1", "Peel", "[]", "[\"p\"]") + &item("p", "1") + "␞" + &end("p") + "␞")).await;
    assert_eq!(raw.so_far().await, [result("1", "1")]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_keeps_on_connected_to_itself_lets_the_connection_live() {
    let (server, probe) = kitchen(|builder, _| builder.filter(Doorman { lets_in: true }));
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Cook", "[\"x\"]")).await;
    assert_eq!(raw.next().await, result("1", "\"x\""));
    assert_eq!(probe.log(), ["cook x"]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_may_refuse_a_connection() {
    let (server, probe) = kitchen(|builder, _| builder.filter(Doorman { lets_in: false }));
    let mut raw = Raw::connect(&server).await;
    assert_eq!(raw.rest().await, [r#"{"type":7,"error":"Connection closed with an error. HubException: full"}"#]);
    assert!(probe.log().is_empty());
}
