//! What connections made of requests cost when much waits, or comes in many pieces: no more for each message or byte than
//! when little does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::{StreamExt as _, stream};
use hub_server::{HttpOptions, HubServer, RouterExt as _, hub};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

const HANDSHAKE: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
const EVENTS: &str = "text/event-stream";
const POLLS: &str = "*/*";

struct Length;

#[hub]
impl Length {
    fn length(&self, text: String) -> usize {
        text.len()
    }
}

/// A client that receives when it is told to, on a thread of its own server.
struct Client {
    runtime: Runtime,
    server: HubServer<Length>,
    app: Router,
    target: String,
    accept: &'static str,
    /// The answer that is being read.
    answer: Option<BodyDataStream>,
}

impl Client {
    fn connect(accept: &'static str) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let server =
            HubServer::builder(Length).maximum_receive_message_size(None).slow_client_limit(usize::MAX).build();
        let options = HttpOptions::default().with_maximum_post_size(usize::MAX);
        let app = Router::new().route_hub_with("/hub", server.clone(), options);
        let target = "/hub/negotiate?negotiateVersion=1".to_owned();
        let mut client = Self { runtime, server, app, target, accept, answer: None };
        let mut negotiation = client.request("POST", Body::empty());
        let negotiation = client.runtime.block_on(negotiation.next()).unwrap().unwrap();
        let negotiation = String::from_utf8(negotiation.into()).unwrap();
        let (_, token) = negotiation.split_once("\"connectionToken\":\"").unwrap();
        client.target = format!("/hub?id={}", token.split('"').next().unwrap());
        client.answer = Some(client.request("GET", Body::empty()));
        client.post(HANDSHAKE);
        client.receive(1);
        client
    }

    fn request(&self, method: &str, body: Body) -> BodyDataStream {
        let request = Request::builder().method(method).uri(&self.target).header("accept", self.accept);
        let response = self.runtime.block_on(self.app.clone().oneshot(request.body(body).unwrap())).unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().into_data_stream()
    }

    fn post(&self, body: impl Into<Body>) {
        drop(self.request("POST", body.into()));
    }

    /// Sends a message that this client does not receive yet.
    fn send(&self) {
        self.runtime.block_on(self.server.handle().clients().all().send("Receive", ("text",))).unwrap();
    }

    /// Receives so many messages.
    fn receive(&mut self, count: usize) {
        let mut received = 0;
        while received < count {
            let mut answer = self.answer.take().unwrap_or_else(|| self.request("GET", Body::empty()));
            if let Some(part) = self.runtime.block_on(answer.next()) {
                received += part.unwrap().split(|byte| *byte == 0x1E).count() - 1;
                self.answer = Some(answer);
            }
        }
    }
}

/// What is allocated for each of so many messages that wait until their client receives them, in bytes.
fn cost_of_a_message(accept: &'static str, count: usize) -> u64 {
    let mut client = Client::connect(accept);
    let used = allocation_counter::measure(|| {
        (0..count).for_each(|_| client.send());
        client.receive(count);
    });
    used.bytes_total / count as u64
}

/// What is allocated for each KiB of a call that is posted in small pieces.
fn cost_of_a_kibibyte(size: usize) -> u64 {
    let mut client = Client::connect(EVENTS);
    let used = allocation_counter::measure(|| {
        let text = vec!["x".repeat(1000); size];
        let call = ["{\"type\":1,\"invocationId\":\"1\",\"target\":\"Length\",\"arguments\":[\"".to_owned()];
        let pieces = call.into_iter().chain(text).chain(["\"]}\u{1e}".to_owned()]).map(Ok::<_, Infallible>);
        client.post(Body::from_stream(stream::iter(pieces)));
        client.receive(1);
    });
    used.bytes_total / size as u64
}

#[test]
fn a_message_costs_the_same_however_many_wait() {
    for accept in [EVENTS, POLLS] {
        let (few, many) = (cost_of_a_message(accept, 500), cost_of_a_message(accept, 10_000));
        assert!(many * 2 < few * 3, "{accept}: {few} bytes for a message of 500, {many} for one of 10,000");
    }
}

#[test]
fn a_byte_costs_the_same_in_however_many_pieces_a_call_comes() {
    let (few, many) = (cost_of_a_kibibyte(100), cost_of_a_kibibyte(4000));
    assert!(many < few * 2, "{few} bytes for a KiB of 100, {many} for one of 4,000");
}
