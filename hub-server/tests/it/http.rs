//! A client of the transports that are made of requests, without sockets.

use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tower::ServiceExt as _;

use crate::client::HANDSHAKE;

pub(crate) const CLOSE_AND_COME_BACK: &str = "{\"type\":7,\"allowReconnect\":true}\u{1e}";
pub(crate) const CLOSE: &str = "{\"type\":7}\u{1e}";
pub(crate) const UNKNOWN: (u16, &str) = (404, "No Connection with that ID");
pub(crate) const DISPOSED: (u16, &str) = (404, "");

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn is(&self, (status, body): (u16, &str)) -> bool {
        self.status == status && self.body == body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A negotiated connection.
#[derive(Clone)]
pub(crate) struct Session {
    app: Router,
    target: String,
}

impl Session {
    pub(crate) async fn negotiate(app: &Router, path: &str) -> Self {
        let answer = send(app, "POST", &format!("{path}/negotiate?negotiateVersion=1"), &[], "").await;
        let negotiation: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let token = negotiation["connectionToken"].as_str().unwrap();
        Self { app: app.clone(), target: format!("{path}?id={token}") }
    }

    /// A connection of long polling past its handshake.
    pub(crate) async fn polling(app: &Router, path: &str) -> Self {
        let session = Self::negotiate(app, path).await;
        assert!(session.poll().await.is((200, "")));
        session.post(HANDSHAKE).await;
        assert!(session.poll().await.is((200, "{}\u{1e}")));
        session
    }

    /// A connection with a stream of events, past its handshake.
    pub(crate) async fn streaming(app: &Router, path: &str) -> (Self, Events) {
        let session = Self::negotiate(app, path).await;
        let mut events = session.events().await;
        assert_eq!(events.next().await.as_deref(), Some(":\r\n"));
        session.post(HANDSHAKE).await;
        assert_eq!(events.message().await, "{}\u{1e}");
        (session, events)
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) async fn send(&self, method: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        send(&self.app, method, &self.target, headers, body).await
    }

    pub(crate) async fn poll(&self) -> Answer {
        self.send("GET", &[], "").await
    }

    /// The parts of a poll's answer, in the server's memory.
    pub(crate) async fn poll_parts(&self) -> Vec<Bytes> {
        let response = response(&self.app, "GET", &self.target, &[], "").await;
        response.into_body().into_data_stream().map(Result::unwrap).collect().await
    }

    /// A poll that goes on by itself.
    pub(crate) async fn poll_in_background(&self) -> tokio::task::JoinHandle<Answer> {
        let session = self.clone();
        let poll = tokio::spawn(async move { session.poll().await });
        settle().await;
        poll
    }

    pub(crate) async fn post(&self, body: impl Into<Body>) {
        let answer = self.send("POST", &[], body).await;
        assert!(answer.is((200, "")), "{answer:?}");
    }

    pub(crate) async fn delete(&self) -> Answer {
        self.send("DELETE", &[], "").await
    }

    pub(crate) async fn events(&self) -> Events {
        let response = response(&self.app, "GET", &self.target, &[("accept", "text/event-stream")], "").await;
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        Events { headers, body: response.into_body().into_data_stream() }
    }
}

/// A stream of events as the client sees it.
pub(crate) struct Events {
    pub(crate) headers: HeaderMap,
    body: BodyDataStream,
}

impl Events {
    /// What comes next, as it is; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.next_part().await.map(|part| String::from_utf8(part.into()).unwrap())
    }

    /// What comes next, in the server's memory.
    pub(crate) async fn next_part(&mut self) -> Option<Bytes> {
        self.body.next().await.map(Result::unwrap)
    }

    /// The data of the next event, which has to come alone.
    pub(crate) async fn message(&mut self) -> String {
        let event = self.next().await.expect("an event");
        let data = event.strip_prefix("data: ").and_then(|event| event.strip_suffix("\r\n\r\n"));
        data.unwrap_or_else(|| panic!("no single event: {event:?}")).to_owned()
    }

    /// Whether something comes, which is thrown away.
    pub(crate) async fn next_or_cut(&mut self) -> bool {
        self.body.next().await.is_some_and(|chunk| chunk.is_ok())
    }

    /// Whether the stream is cut off behind what is still there.
    pub(crate) async fn is_cut_off(&mut self) -> bool {
        while let Some(chunk) = self.body.next().await {
            if chunk.is_err() {
                return true;
            }
        }
        false
    }
}

/// Lets all other tasks get as far as they can.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn send(
    app: &Router,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let response = response(app, method, target, headers, body).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, headers, body: String::from_utf8(body.into()).unwrap() }
}

async fn response(
    app: &Router,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Response {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()
}
