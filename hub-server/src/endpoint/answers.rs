//! The answers of an endpoint's table of statuses and bodies (section 1.5).

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPIRES, PRAGMA, SEC_WEBSOCKET_ACCEPT, UPGRADE,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use crate::websocket::Upgrade;

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
    /// N-40
    AlreadyConnected,
    /// N-42
    PostToWebSocket,
    /// N-43
    NotDeletable,
    /// N-47
    UnreadableBody,
    /// N-2, N-3
    MethodNotAllowed,
    HeadNotAllowed,
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
            Self::AlreadyConnected => empty(StatusCode::CONFLICT),
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

/// What negotiate answers, success or not (N-1, N-4).
pub(super) fn negotiation(body: String) -> Response {
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CONTENT_LENGTH, body.len().into());
    *response.body_mut() = body.into();
    response
}

/// 101, which makes the HTTP connection a WebSocket.
pub(super) fn switching_protocols(upgrade: Upgrade) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, upgrade.into_accept());
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
    with_body(status, Body::empty())
}

fn with_body(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}
