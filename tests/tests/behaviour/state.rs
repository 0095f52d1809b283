//! What a method takes from its server and from the request.

use axum::http::{HeaderName, HeaderValue};
use hub_server::{HubServer, HubServerBuilder, RequestParts, State, hub};

use crate::support::{Probe, Raw, call, failure, result};

#[derive(Clone)]
struct Limit(u8);

#[derive(Clone)]
struct Absent;

struct Shop;

#[hub]
impl Shop {
    fn on_connected(&self, State(probe): State<Probe>, request: RequestParts) {
        probe.note(format!("connected to {}", request.uri.path()));
    }

    fn on_disconnected(&self, State(probe): State<Probe>) {
        probe.note("disconnected");
    }

    fn limit(&self, State(Limit(limit)): State<Limit>, factor: u8) -> u8 {
        limit * factor
    }

    fn absent(&self, _: State<Absent>, _: u8) {}

    fn color(&self, request: RequestParts) -> Option<String> {
        request.headers.get("x-color").and_then(|color| color.to_str().ok()).map(str::to_owned)
    }
}

struct Gate;

#[hub]
impl Gate {
    fn on_connected(&self, _: State<Absent>) {}
}

async fn answer(detailed: bool, message: &str) -> String {
    let server = HubServer::builder(Shop).state(Probe::default()).state(Limit(3));
    let mut raw = Raw::connect(&server.enable_detailed_errors(detailed).build()).await;
    raw.send(message).await;
    raw.next().await
}

#[tokio::test(start_paused = true)]
async fn state_is_what_the_builder_was_given() {
    assert_eq!(answer(false, &call("1", "Limit", "[5]")).await, result("1", "15"));
}

#[tokio::test(start_paused = true)]
async fn state_that_was_not_given_fails_the_call_and_is_named_in_detail() {
    let text = "An unexpected error occurred invoking 'Absent' on the server.";
    assert_eq!(answer(false, &call("1", "Absent", "[1]")).await, failure("1", text));
    let detail =
        "InvalidOperationException: No state of type `behaviour::state::Absent` was given to the hub's server.";
    assert_eq!(answer(true, &call("1", "Absent", "[1]")).await, failure("1", &format!("{text} {detail}")));
}

#[tokio::test(start_paused = true)]
async fn the_last_state_of_a_type_counts() {
    let server: HubServerBuilder<Shop> = HubServer::builder(Shop).state(Probe::default()).state(Limit(3));
    let mut raw = Raw::connect(&server.state(Limit(4)).build()).await;
    raw.send(&call("1", "Limit", "[5]")).await;
    assert_eq!(raw.next().await, result("1", "20"));
}

#[tokio::test(start_paused = true)]
async fn lifecycle_methods_take_state_and_request() {
    let probe = Probe::default();
    let server = HubServer::builder(Shop).state(probe.clone()).build();
    let mut raw = Raw::of(server.test_client().uri("/shop?x=1".parse().unwrap()));
    raw.shake_hands().await;
    raw.finish();
    raw.rest().await;
    assert_eq!(probe.log(), ["connected to /shop", "disconnected"]);
}

#[tokio::test(start_paused = true)]
async fn a_lifecycle_method_without_its_state_fails() {
    let mut raw = Raw::connect(&HubServer::new(Gate)).await;
    assert_eq!(raw.rest().await, [r#"{"type":7,"error":"Connection closed with an error."}"#]);
}

#[tokio::test(start_paused = true)]
async fn the_request_is_there_for_methods() {
    let server = HubServer::builder(Shop).state(Probe::default()).build();
    let header = (HeaderName::from_static("x-color"), HeaderValue::from_static("red"));
    let mut raw = Raw::of(server.test_client().header(header.0, header.1));
    raw.shake_hands().await;
    raw.send(&call("1", "Color", "[]")).await;
    assert_eq!(raw.next().await, result("1", "\"red\""));
}
