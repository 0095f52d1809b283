//! What a method may take besides the arguments of its caller.

use axum::http::{HeaderName, HeaderValue};
use hub_server::{
    BindError, Call, CancellationToken, ConnectionId, DisconnectError, Extension, FromInvocation, Hub, HubDispatch,
    HubServer, Source, User, hub,
};
use tokio::time::Instant;

use crate::support::{Probe, Raw, call, failure, result, settle};

struct Counter(Probe);

#[hub]
impl Counter {
    fn on_connected(&self, user: User, id: ConnectionId, hub: Hub, tenant: Extension<Tenant>) {
        assert_eq!(&id, hub.connection_id());
        self.0.note(format!("{:?} of {:?} connected", user.id(), tenant.0));
    }

    fn on_disconnected(
        &self,
        reason: Option<&DisconnectError>,
        token: CancellationToken,
        Extension(tenant): Extension<Tenant>,
    ) {
        self.0.note(format!("{tenant:?} left, cancelled: {}, {}", token.is_cancelled(), reason.is_none()));
    }

    #[expect(clippy::too_many_arguments, reason = "all there are")]
    fn mixed(
        &self,
        id: ConnectionId,
        a: i32,
        hub: Hub,
        b: i32,
        user: User,
        token: CancellationToken,
        Extension(tenant): Extension<Tenant>,
        c: i32,
    ) -> String {
        assert_eq!(&id, hub.connection_id());
        format!("{a} {b} {c} {:?} {:?} {}", user.id(), tenant, token.is_cancelled())
    }

    fn tenant(
        &self,
        Extension(tenant): Extension<Tenant>,
        Extension(number): Extension<u8>,
    ) -> (Option<String>, Option<u8>) {
        (tenant.map(|tenant| tenant.0.to_owned()), number)
    }

    async fn until_the_end(&self, token: CancellationToken) {
        let start = Instant::now();
        token.cancelled().await;
        self.0.note(format!("cancelled after {} s", start.elapsed().as_secs()));
    }

    fn cancel_own_token(&self, token: CancellationToken, hub: Hub) -> (bool, bool) {
        token.cancel();
        (token.is_cancelled(), hub.is_aborted())
    }

    fn sum(&self, Pair(a, b): Pair, c: i32) -> i32 {
        a * 100 + b * 10 + c
    }

    fn whose(&self, id: ConnectionId, Shout(text): Shout) -> String {
        assert_eq!(id.as_str().len(), 22);
        text
    }

    fn context(&self, hub: Hub) -> (String, Option<String>, Option<String>, &'static str, Option<String>) {
        let header = hub.request().headers.get("x-color").and_then(|value| value.to_str().ok()).map(str::to_owned);
        (hub.request().uri.path().to_owned(), hub.query("ROOM"), hub.query("none"), hub.transport_name(), header)
    }
}

#[derive(Clone, Debug)]
struct Tenant(&'static str);

/// Two arguments of the caller as one parameter: what the program's own types can do.
struct Pair(i32, i32);

impl FromInvocation<Counter> for Pair {
    const SOURCE: Source = Source::Arguments(2);

    fn from_invocation(call: &mut Call<'_, Counter>) -> Result<Self, BindError> {
        Ok(Self(call.bind()?, call.bind()?))
    }
}

/// A parameter for every hub, made of an argument.
struct Shout(String);

impl<H: HubDispatch> FromInvocation<H> for Shout {
    const SOURCE: Source = Source::Arguments(1);

    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self(call.bind::<String>()?.to_uppercase()))
    }
}

async fn connect(detailed: bool) -> (Raw, Probe) {
    let probe = Probe::default();
    let server = HubServer::builder(Counter(probe.clone())).enable_detailed_errors(detailed).build();
    let client = server
        .test_client()
        .user(User::new("42"))
        .extension(Tenant("acme"))
        .uri("/counter?x=1&room=a%20b&room=c".parse().unwrap())
        .header(HeaderName::from_static("x-color"), HeaderValue::from_static("red"));
    let mut raw = Raw::of(client);
    raw.shake_hands().await;
    settle().await;
    (raw, probe)
}

async fn answer(target: &str, arguments: &str) -> String {
    let (mut raw, _) = connect(true).await;
    raw.send(&call("1", target, arguments)).await;
    raw.next().await
}

#[tokio::test(start_paused = true)]
async fn parameters_of_the_connection_cost_no_argument_wherever_they_stand() {
    let expected = r#""1 2 3 Some(\"42\") Some(Tenant(\"acme\")) false""#;
    assert_eq!(answer("Mixed", "[1,2,3]").await, result("1", expected));
}

#[tokio::test(start_paused = true)]
async fn parameters_of_the_connection_are_not_counted() {
    let text = "Failed to invoke 'Mixed' due to an error on the server. InvalidDataException: Invocation provides 4 \
                argument(s) but target expects 3.";
    assert_eq!(answer("Mixed", "[1,2,3,4]").await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn an_extension_is_what_a_layer_put_there_if_it_did() {
    assert_eq!(answer("Tenant", "[]").await, result("1", r#"["acme",null]"#));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_cancelled_with_the_connection() {
    let (raw, probe) = connect(false).await;
    raw.send(&call("1", "UntilTheEnd", "[]")).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    probe.log();
    raw.finish();
    settle().await;
    let mut log = probe.log();
    log.sort();
    assert_eq!(log, [r#"Some(Tenant("acme")) left, cancelled: true, true"#, "cancelled after 5 s"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_a_method_cancels_is_its_own() {
    assert_eq!(answer("CancelOwnToken", "[]").await, result("1", "[true,false]"));
}

#[tokio::test(start_paused = true)]
async fn a_type_of_the_program_can_be_a_parameter() {
    assert_eq!(answer("Sum", "[1,2,3]").await, result("1", "123"));
    assert_eq!(answer("Whose", "[\"hi\"]").await, result("1", "\"HI\""));
}

#[tokio::test(start_paused = true)]
async fn a_type_of_the_program_counts_the_arguments_it_says() {
    let text = "Failed to invoke 'Sum' due to an error on the server. InvalidDataException: Invocation provides 2 \
                argument(s) but target expects 3.";
    assert_eq!(answer("Sum", "[1,2]").await, failure("1", text));
}

#[tokio::test(start_paused = true)]
async fn lifecycle_methods_take_what_comes_from_the_connection() {
    let (raw, probe) = connect(false).await;
    assert_eq!(probe.log(), [r#"Some("42") of Some(Tenant("acme")) connected"#]);
    raw.finish();
    settle().await;
    assert_eq!(probe.log(), [r#"Some(Tenant("acme")) left, cancelled: true, true"#]);
}

#[tokio::test(start_paused = true)]
async fn the_context_knows_the_request() {
    assert_eq!(answer("Context", "[]").await, result("1", r#"["/counter","a b",null,"Memory","red"]"#));
}
