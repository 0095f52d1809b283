//! The answers of an endpoint's table of statuses and bodies (section 1.5).

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPIRES, PRAGMA, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use crate::exchange::{EventStream, Frames, PollOutcome};
use crate::websocket::{Compression, Upgrade};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Why a request is not served; each is a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// N-34
    IdRequired,
    /// N-35, N-36
    UnknownId,
    /// N-38, with the transport's name
    TransportDisabled(TransportName),
    /// N-39
    TransportChanged,
    /// N-40
    AlreadyConnected,
    /// N-41, N-46
    Disposed,
    /// N-42
    PostToWebSocket,
    /// N-43
    NotDeletable,
    /// N-47
    UnreadableBody,
    /// N-2, N-3
    MethodNotAllowed,
    HeadNotAllowed,
    /// U-2: nobody signed in.
    Unauthorized,
    /// U-2: who signed in may not.
    Forbidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransportName {
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

impl Refusal {
    /// The answer to a method that is not one of the endpoint's.
    pub(super) fn of_method(method: &Method) -> Self {
        if method == Method::HEAD { Self::HeadNotAllowed } else { Self::MethodNotAllowed }
    }

    pub(super) fn into_response(self) -> Response {
        match self {
            Self::IdRequired => text(StatusCode::BAD_REQUEST, "Connection ID required"),
            Self::UnknownId => text(StatusCode::NOT_FOUND, "No Connection with that ID"),
            Self::TransportDisabled(transport) => text(StatusCode::NOT_FOUND, transport.disabled()),
            Self::TransportChanged => text(StatusCode::BAD_REQUEST, "Cannot change transports mid-connection"),
            Self::AlreadyConnected => empty(StatusCode::CONFLICT),
            Self::Disposed => empty(StatusCode::NOT_FOUND),
            Self::PostToWebSocket => {
                text(StatusCode::METHOD_NOT_ALLOWED, "POST requests are not allowed for WebSocket connections.")
            }
            Self::NotDeletable => {
                text(StatusCode::BAD_REQUEST, "Cannot terminate this connection using the DELETE endpoint.")
            }
            Self::UnreadableBody => empty(StatusCode::BAD_REQUEST),
            // Without a length, which the answer to a HEAD does not tell (N-58).
            Self::HeadNotAllowed => text(StatusCode::METHOD_NOT_ALLOWED, ""),
            Self::MethodNotAllowed => empty(StatusCode::METHOD_NOT_ALLOWED),
            Self::Unauthorized => without_type(empty(StatusCode::UNAUTHORIZED)),
            Self::Forbidden => without_type(empty(StatusCode::FORBIDDEN)),
        }
    }
}

impl TransportName {
    fn disabled(self) -> &'static str {
        match self {
            Self::WebSockets => "WebSockets transport not supported by this end point type",
            Self::ServerSentEvents => "ServerSentEvents transport not supported by this end point type",
            Self::LongPolling => "LongPolling transport not supported by this end point type",
        }
    }
}

/// 200 to a POST whose bytes were taken (N-45).
pub(super) fn accepted() -> Response {
    empty(StatusCode::OK)
}

/// 202 to a DELETE (N-44).
pub(super) fn deleted() -> Response {
    empty(StatusCode::ACCEPTED)
}

/// A stream of events (T-30).
pub(super) fn events(events: EventStream) -> Response {
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache,no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    response
}

/// What a first poll is answered (T-61).
pub(super) fn first_poll() -> Response {
    polled(PollOutcome::Data(Frames::default()))
}

/// What a later poll is answered (T-62 to T-67).
pub(super) fn polled(outcome: PollOutcome) -> Response {
    never_cached(match outcome {
        PollOutcome::Data(frames) => {
            let mut response = Response::new(Body::new(frames));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            response
        }
        PollOutcome::Nothing => empty(StatusCode::OK),
        PollOutcome::Ended => empty(StatusCode::NO_CONTENT),
        PollOutcome::Failed => empty(StatusCode::INTERNAL_SERVER_ERROR),
    })
}

/// What negotiate answers, success or not (N-1, N-4).
pub(super) fn negotiation(body: String) -> Response {
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CONTENT_LENGTH, body.len().into());
    *response.body_mut() = body.into();
    response
}

/// The answer that makes the HTTP connection, or one stream of it, a WebSocket.
pub(super) fn web_socket(
    upgrade: Upgrade,
    sub_protocol: Option<HeaderValue>,
    compression: Option<Compression>,
) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.extend(sub_protocol.map(|sub_protocol| (SEC_WEBSOCKET_PROTOCOL, sub_protocol)));
    headers.extend(compression.map(|compression| (SEC_WEBSOCKET_EXTENSIONS, compression.answer())));
    // Over HTTP/2 the answer is 200, and nothing is upgraded (RFC 8441).
    if let Some(accept) = upgrade.into_accept() {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    }
    response
}

/// An answer to an upgrade says nothing of its type (N-36).
pub(super) fn without_type(mut response: Response) -> Response {
    response.headers_mut().remove(CONTENT_TYPE);
    response
}

/// Every answer to a poll forbids caches to keep it (T-60).
pub(super) fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
    response
}

/// Texts go out chunked (N-58), so their length is not told to hyper.
fn text(status: StatusCode, text: &'static str) -> Response {
    let chunk = Ok::<_, Infallible>(Bytes::from_static(text.as_bytes()));
    with_body(status, Body::from_stream(futures_util::stream::iter([chunk])))
}

fn empty(status: StatusCode) -> Response {
    let mut response = with_body(status, Body::empty());
    if status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    response
}

fn with_body(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}
