//! A GET of the main endpoint: the start of a transport, or a poll.

use std::future::ready;
use std::sync::Arc;

use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::FutureExt as _;
use futures_util::future::join;
use hub_core::{ConnectionId, NewConnection, ReconnectHandle, User};
use hyper::upgrade::OnUpgrade;
use tokio::sync::watch;

use super::answers::{self, Refusal, TransportName};
use super::detach::detach;
use super::sessions::{Polled, Socket, Started};
use super::{Answer, Endpoint, at_once, expiration, id, later};
use crate::application::Application;
use crate::exchange::{EventStream, Exchange, Expiry, LongPollingTransport, ServerSentEventsTransport};
use crate::options::Transports;
use crate::websocket::{Compression, Upgrade, WebSocketTransport, sub_protocols};

/// What a GET asks for (N-51), or a CONNECT over HTTP/2.
pub(super) enum Connect {
    ServerSentEvents,
    WebSocket(Upgrade, OnUpgrade),
    LongPolling,
}

impl Connect {
    /// What a request asks for, unless it does not connect.
    pub(super) fn of(request: &mut Parts) -> Option<Self> {
        match request.method {
            Method::GET if accepts_event_stream(&request.headers) => Some(Self::ServerSentEvents),
            Method::GET => {
                let upgrade = Upgrade::from_request(request.version, &request.headers);
                Some(Self::web_socket(upgrade, request).unwrap_or(Self::LongPolling))
            }
            #[cfg(feature = "http2")]
            Method::CONNECT => Self::web_socket(Upgrade::from_connect(request), request),
            _ => None,
        }
    }

    fn web_socket(upgrade: Option<Upgrade>, request: &mut Parts) -> Option<Self> {
        Some(Self::WebSocket(upgrade?, request.extensions.remove()?))
    }
}

/// Each transport checks in SignalR's order: the id, then whether the transport is offered, then whether it is the
/// connection's own and free (N-50).
impl<A: Application> Endpoint<A> {
    pub(super) fn connect(self: Arc<Self>, connect: Connect, request: Parts, user: User) -> Answer {
        at_once(match connect {
            Connect::WebSocket(upgrade, on_upgrade) => self.connect_web_socket(upgrade, on_upgrade, request, user),
            Connect::ServerSentEvents => match self.start_events(&request) {
                Ok((id, exchange)) => self.run_events(id, exchange, request, user),
                Err(refusal) => refusal.into_response(),
            },
            Connect::LongPolling => match self.find_polled(&request, &user) {
                Ok(Polled::First(id, exchange)) => self.run_polls(id, exchange, request, user),
                Ok(Polled::Again(exchange)) => {
                    exchange.prolong(expiration::deadline(&user));
                    let timeout = self.options.poll_timeout;
                    return later(async move { answers::polled(exchange.poll(timeout).await) });
                }
                Err(refusal) => answers::never_cached(refusal.into_response()),
            },
        })
    }

    fn connect_web_socket(&self, upgrade: Upgrade, on_upgrade: OnUpgrade, request: Parts, user: User) -> Response {
        let compression = self.options.web_socket_compression.then(|| Compression::accept(&request.headers)).flatten();
        let socket = match self.start_web_socket(&request, &user, compression) {
            Ok(socket) => socket,
            Err(Refusal::UnknownId) => return answers::without_type(Refusal::UnknownId.into_response()),
            Err(refusal) => return refusal.into_response(),
        };
        let sub_protocol = self.options.sub_protocol(&sub_protocols(&request.headers));
        let sub_protocol = sub_protocol.and_then(|name| name.try_into().ok());
        let compression = match socket {
            Socket::First(started) => {
                self.run_web_socket(started, on_upgrade, compression, request, user);
                compression
            }
            Socket::Next(handle, compression) => {
                self.resume_web_socket(handle, on_upgrade, compression, request);
                compression
            }
        };
        answers::web_socket(upgrade, sub_protocol, compression)
    }

    fn start_web_socket(
        &self,
        request: &Parts,
        user: &User,
        compression: Option<Compression>,
    ) -> Result<Socket, Refusal> {
        let id = id(request).ok();
        self.offers(id.as_deref(), Transports::WEB_SOCKETS, TransportName::WebSockets)?;
        match id {
            Some(id) => self.sessions.start_web_socket(&id, user, compression),
            None => Ok(Socket::First(self.sessions.start_new())),
        }
    }

    fn run_web_socket(
        &self,
        started: Started,
        on_upgrade: OnUpgrade,
        compression: Option<Compression>,
        request: Parts,
        user: User,
    ) {
        let application = self.application.clone();
        let close_timeout = self.options.web_socket_close_timeout;
        let (connection, _) = self.connection(started.id, request, user);
        let (posted, reconnects, entry) = (started.posted, started.reconnects, started.entry);
        let transport = on_upgrade.map(move |upgraded| match upgraded {
            Ok(upgraded) => Some(WebSocketTransport::new(upgraded, posted, compression, close_timeout)),
            Err(error) => {
                tracing::debug!(%error, "a client went away during its upgrade");
                None
            }
        });
        tokio::spawn(application.serve(connection, transport, reconnects).map(move |()| drop(entry)));
    }

    /// The connection goes on with this WebSocket; its user stays (S-52).
    fn resume_web_socket(
        &self,
        handle: ReconnectHandle<WebSocketTransport>,
        on_upgrade: OnUpgrade,
        compression: Option<Compression>,
        request: Parts,
    ) {
        let close_timeout = self.options.web_socket_close_timeout;
        let request = detach(request);
        tokio::spawn(async move {
            match on_upgrade.await {
                Ok(upgraded) => {
                    let transport = WebSocketTransport::new(upgraded, Vec::new(), compression, close_timeout);
                    handle.attach(transport, request);
                }
                Err(error) => tracing::debug!(%error, "a client went away during its upgrade"),
            }
        });
    }

    fn start_events(&self, request: &Parts) -> Result<(ConnectionId, Arc<Exchange>), Refusal> {
        let id = id(request)?;
        self.offers(Some(&id), Transports::SERVER_SENT_EVENTS, TransportName::ServerSentEvents)?;
        self.sessions.start_events(&id)
    }

    fn run_events(&self, id: ConnectionId, exchange: Arc<Exchange>, request: Parts, user: User) -> Response {
        let (connection, _) = self.connection(id, request, user);
        let transport = ServerSentEventsTransport::new(Arc::clone(&exchange));
        tokio::spawn(self.application.clone().serve(connection, ready(Some(transport)), None));
        answers::events(EventStream::new(exchange))
    }

    fn find_polled(&self, request: &Parts, user: &User) -> Result<Polled, Refusal> {
        let id = id(request)?;
        self.offers(Some(&id), Transports::LONG_POLLING, TransportName::LongPolling)?;
        self.sessions.poll(&id, user)
    }

    fn run_polls(&self, id: ConnectionId, exchange: Arc<Exchange>, request: Parts, user: User) -> Response {
        let (connection, expiry) = self.connection(id, request, user);
        exchange.prolong_by(expiry);
        let transport = LongPollingTransport::new(Arc::clone(&exchange));
        let serving = self.application.clone().serve(connection, ready(Some(transport)), None);
        tokio::spawn(join(serving, exchange.watch(self.options.disconnect_timeout)));
        answers::first_poll()
    }

    /// What the application is told, and when the user's sign-in ends, if that matters.
    fn connection(&self, id: ConnectionId, request: Parts, user: User) -> (NewConnection, Option<Expiry>) {
        if !self.options.close_on_authentication_expiration {
            return (NewConnection::new(id, detach(request), user), None);
        }
        let (sender, deadline) = watch::channel(expiration::deadline(&user));
        let connection = NewConnection::new(id, detach(request), user).until(expiration::passed(deadline));
        (connection, Some(sender))
    }

    /// Whether the transport is offered. A connection that is unknown is refused as such: by this, or by starting it.
    fn offers(&self, id: Option<&str>, transport: Transports, name: TransportName) -> Result<(), Refusal> {
        if self.options.transports.contains(transport) {
            return Ok(());
        }
        id.map_or(Ok(()), |id| self.sessions.find(id))?;
        Err(Refusal::TransportDisabled(name))
    }
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
