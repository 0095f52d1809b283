//! The HTTP side of one hub: `{path}/negotiate` and `{path}` (section 1).

mod answers;
mod detach;
mod negotiate;
mod query;
mod sessions;
mod version;

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::{FutureExt as _, StreamExt as _};
use hub_core::{HubDispatch, HubServer, NewConnection};
use hyper::upgrade::OnUpgrade;

use crate::options::{HttpOptions, Transports};
use crate::websocket::{Upgrade, WebSocketTransport};
use answers::{Refusal, TransportName};
use detach::detach;
use sessions::{MAX_POSTED, Sessions, Started};

/// How much of a body that nobody wants is read, so that the HTTP connection can be used again.
const MAX_IGNORED: usize = 1024 * 1024;

/// One hub where it is mounted, with the connections that were made there.
pub(crate) struct Endpoint<H> {
    server: HubServer<H>,
    options: HttpOptions,
    sessions: Arc<Sessions>,
}

/// What a GET asks for (N-51).
enum Connect {
    ServerSentEvents,
    WebSocket(Upgrade, OnUpgrade),
    LongPolling,
}

impl<H: HubDispatch> Endpoint<H> {
    pub(crate) fn new(server: HubServer<H>, options: HttpOptions) -> Self {
        let sessions = Arc::new(Sessions::new(options.disconnect_timeout));
        Self { server, options, sessions }
    }

    /// `{path}/negotiate`.
    pub(crate) async fn negotiate(&self, request: Request) -> Response {
        if request.method() != Method::POST {
            return Refusal::of_method(request.method()).into_response();
        }
        let (request, body) = request.into_parts();
        ignore(body).await;
        answers::negotiation(negotiate::negotiate(&self.sessions, &self.options, request.uri.query()))
    }

    /// `{path}`.
    pub(crate) async fn serve(&self, request: Request) -> Response {
        let (mut request, body) = request.into_parts();
        let answer = match request.method {
            Method::GET => return self.connect(Connect::of(&mut request), request),
            Method::POST => self.post(&request, body).await,
            Method::DELETE => self.delete(&request),
            _ => Err(Refusal::of_method(&request.method)),
        };
        answer.unwrap_or_else(Refusal::into_response)
    }

    fn connect(&self, connect: Connect, request: Parts) -> Response {
        match connect {
            Connect::WebSocket(upgrade, on_upgrade) => match self.start_web_socket(&request) {
                Ok(started) => {
                    self.run_web_socket(started, on_upgrade, request);
                    answers::switching_protocols(upgrade)
                }
                Err(Refusal::UnknownId) => answers::without_type(Refusal::UnknownId.into_response()),
                Err(refusal) => refusal.into_response(),
            },
            Connect::ServerSentEvents => self.refuse(&request, TransportName::ServerSentEvents),
            Connect::LongPolling => answers::never_cached(self.refuse(&request, TransportName::LongPolling)),
        }
    }

    /// Checks in SignalR's order: the id, then the transport, then whether the connection runs already (N-50).
    fn start_web_socket(&self, request: &Parts) -> Result<Started, Refusal> {
        let id = id(request).ok();
        if let Some(id) = &id {
            self.sessions.is_started(id)?;
        }
        if !self.options.transports.contains(Transports::WEB_SOCKETS) {
            return Err(Refusal::TransportDisabled(TransportName::WebSockets));
        }
        match id {
            Some(id) => self.sessions.start(&id),
            None => Ok(self.sessions.start_new()),
        }
    }

    fn run_web_socket(&self, mut started: Started, on_upgrade: OnUpgrade, request: Parts) {
        let server = self.server.clone();
        let close_timeout = self.options.web_socket_close_timeout;
        let user = self.options.user_of(&request);
        let connection = NewConnection::new(started.id.clone(), detach(request), user);
        tokio::spawn(async move {
            match on_upgrade.await {
                Ok(upgraded) => {
                    let posted = std::mem::take(&mut started.posted);
                    let transport = WebSocketTransport::new(upgraded, posted, close_timeout);
                    // A task of its own, which does not carry along what only the upgrade needed.
                    tokio::spawn(server.serve(connection, transport).map(move |()| drop(started)));
                }
                Err(error) => tracing::debug!(%error, "a client went away during its upgrade"),
            }
        });
    }

    /// Refuses a transport that is not offered; the id is looked up first.
    fn refuse(&self, request: &Parts, transport: TransportName) -> Response {
        let refusal = match id(request).and_then(|id| self.sessions.is_started(&id)) {
            Ok(_) => Refusal::TransportDisabled(transport),
            Err(refusal) => refusal,
        };
        refusal.into_response()
    }

    /// Keeps what is sent to a connection before it is started (N-54), up to the size of its input buffer (T-90).
    async fn post(&self, request: &Parts, body: Body) -> Result<Response, Refusal> {
        let id = id(request)?;
        if self.sessions.is_started(&id)? {
            return Err(Refusal::PostToWebSocket);
        }
        let bytes = to_bytes(body, MAX_POSTED).await.map_err(|_| Refusal::UnreadableBody)?;
        self.sessions.post(&id, &bytes)?;
        Ok(answers::accepted())
    }

    fn delete(&self, request: &Parts) -> Result<Response, Refusal> {
        self.sessions.is_started(&id(request)?)?;
        Err(Refusal::NotDeletable)
    }
}

impl<H> fmt::Debug for Endpoint<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Connect {
    fn of(request: &mut Parts) -> Self {
        if accepts_event_stream(&request.headers) {
            return Self::ServerSentEvents;
        }
        let upgrade = Upgrade::from_request(request.version, &request.headers);
        match (upgrade, request.extensions.remove::<OnUpgrade>()) {
            (Some(upgrade), Some(on_upgrade)) => Self::WebSocket(upgrade, on_upgrade),
            _ => Self::LongPolling,
        }
    }
}

/// The token of the connection that is meant (N-34, N-53).
fn id(request: &Parts) -> Result<String, Refusal> {
    query::value(request.uri.query(), "id").filter(|id| !id.is_empty()).ok_or(Refusal::IdRequired)
}

/// Whether the `Accept` list has `text/event-stream`, without parameters (N-51).
fn accepts_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .map(|element| element.strip_suffix(b";").unwrap_or(element).trim_ascii())
        .any(|element| element.eq_ignore_ascii_case(b"text/event-stream"))
}

async fn ignore(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut ignored = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        ignored += chunk.len();
        if ignored > MAX_IGNORED {
            return;
        }
    }
}
