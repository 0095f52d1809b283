//! The connections of an endpoint by the token that grants access to them.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hub_core::{ConnectionId, ReconnectHandle, Reconnects, User, random_token};
use tokio::time::Instant;

use super::answers::Refusal;
use crate::exchange::{Exchange, Inbox};
use crate::websocket::{Compression, WebSocketTransport};

/// All connections that were negotiated or started here.
#[derive(Debug)]
pub(super) struct Sessions {
    state: Mutex<State>,
    limits: Limits,
}

/// What each connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long a negotiated connection waits to be started (N-22).
    pub(super) disconnect_timeout: Duration,
    /// How many bytes wait for the application (T-90).
    pub(super) input: usize,
    /// How many bytes wait for the client (T-91).
    pub(super) output: usize,
}

#[derive(Debug, Default)]
struct State {
    by_token: HashMap<Token, Session>,
    /// The tokens in the order they were negotiated, and until when they have to be used.
    deadlines: VecDeque<(Instant, Token)>,
}

/// The secret by which later requests name a connection: not to be shown in a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Token(Arc<str>);

#[derive(Debug)]
struct Session {
    id: ConnectionId,
    /// Its client was told that it can reconnect (N-21).
    resumable: bool,
    /// Who started it.
    user_id: Option<String>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// Negotiated, not started; holds what is sent to it by POST meanwhile, if anything is (N-54).
    Waiting(Option<Arc<Inbox>>),
    /// With the way to its next transport, if the client was told that it can reconnect.
    WebSocket(Option<Resumption>),
    ServerSentEvents(Arc<Exchange>),
    LongPolling(Arc<Exchange>),
}

/// How a connection goes on with another WebSocket.
#[derive(Debug)]
struct Resumption {
    handle: ReconnectHandle<WebSocketTransport>,
    /// Messages of the first WebSocket may be compressed. They may be sent again on the next one, as they are.
    compressed: bool,
}

/// Keeps a connection in the table until this is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    sessions: Arc<Sessions>,
    token: Token,
}

/// A WebSocket, known until this is dropped.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) entry: Entry,
    pub(super) id: ConnectionId,
    /// What was sent by POST before: the first bytes of the connection.
    pub(super) posted: Vec<u8>,
    pub(super) reconnects: Option<Reconnects<WebSocketTransport>>,
}

/// A connection of a WebSocket.
#[derive(Debug)]
pub(super) enum Socket {
    /// It starts with this WebSocket.
    First(Started),
    /// It goes on with this WebSocket.
    Next(ReconnectHandle<WebSocketTransport>, Option<Compression>),
}

/// A connection of a poll.
#[derive(Debug)]
pub(super) enum Polled {
    /// It starts with this poll.
    First(ConnectionId, Arc<Exchange>),
    Again(Arc<Exchange>),
}

impl Sessions {
    pub(super) fn new(limits: Limits) -> Self {
        Self { state: Mutex::default(), limits }
    }

    /// Makes a connection that a client may start; its token is another text than its id, or the same in version 0.
    pub(super) fn negotiate(&self, version: i32, resumable: bool) -> (ConnectionId, Token) {
        let id = ConnectionId::random();
        let token = Token(if version == 0 { id.as_str().into() } else { random_token() });
        let session = Session { id: id.clone(), resumable, user_id: None, phase: Phase::Waiting(None) };
        let deadline = Instant::now().checked_add(self.limits.disconnect_timeout);
        let mut state = self.state();
        state.deadlines.extend(deadline.map(|deadline| (deadline, token.clone())));
        state.by_token.insert(token.clone(), session);
        (id, token)
    }

    /// Starts a WebSocket that was not negotiated (N-37).
    pub(super) fn start_new(self: &Arc<Self>) -> Started {
        let id = ConnectionId::random();
        let token = Token(id.as_str().into());
        let session = Session { id: id.clone(), resumable: false, user_id: None, phase: Phase::WebSocket(None) };
        self.state().by_token.insert(token.clone(), session);
        Started { entry: self.entry(token), id, posted: Vec::new(), reconnects: None }
    }

    /// Starts a negotiated connection as a WebSocket, or finds the one to go on with (S-31). `compression`: what can be
    /// agreed upon with the client.
    pub(super) fn start_web_socket(
        self: &Arc<Self>,
        token: &str,
        user: &User,
        compression: Option<Compression>,
    ) -> Result<Socket, Refusal> {
        let token = Token(token.into());
        let mut state = self.state();
        let session = state.by_token.get_mut(&token).ok_or(Refusal::UnknownId)?;
        match &session.phase {
            Phase::Waiting(inbox) => {
                let posted = inbox.as_ref().map(|inbox| inbox.drain()).unwrap_or_default();
                let resumption = session.resumable.then(|| ReconnectHandle::new(self.limits.disconnect_timeout));
                let (handle, reconnects) = resumption.unzip();
                let resumption = handle.map(|handle| Resumption { handle, compressed: compression.is_some() });
                session.start(Phase::WebSocket(resumption), user);
                Ok(Socket::First(Started { entry: self.entry(token), id: session.id.clone(), posted, reconnects }))
            }
            Phase::WebSocket(Some(resumption)) if resumption.accepts(compression) => {
                let compression = compression.filter(|_| resumption.compressed);
                let (handle, changed) = (resumption.handle.clone(), session.change_of_user(user));
                drop(state);
                note(changed, user);
                Ok(Socket::Next(handle, compression))
            }
            Phase::WebSocket(_) => Err(Refusal::AlreadyConnected),
            _ => Err(Refusal::TransportChanged),
        }
    }

    /// Starts a negotiated connection with a stream of events.
    pub(super) fn start_events(self: &Arc<Self>, token: &str) -> Result<(ConnectionId, Arc<Exchange>), Refusal> {
        let token = Token(token.into());
        let mut state = self.state();
        let session = state.by_token.get_mut(&token).ok_or(Refusal::UnknownId)?;
        match &session.phase {
            Phase::Waiting(inbox) => {
                let exchange = self.exchange(inbox.as_ref(), token);
                session.phase = Phase::ServerSentEvents(Arc::clone(&exchange));
                Ok((session.id.clone(), exchange))
            }
            Phase::ServerSentEvents(_) => Err(Refusal::AlreadyConnected),
            _ => Err(Refusal::TransportChanged),
        }
    }

    /// Finds the connection of a poll, or starts it.
    pub(super) fn poll(self: &Arc<Self>, token: &str, user: &User) -> Result<Polled, Refusal> {
        let token = Token(token.into());
        let mut state = self.state();
        let session = state.by_token.get_mut(&token).ok_or(Refusal::UnknownId)?;
        match &session.phase {
            Phase::Waiting(inbox) => {
                let exchange = self.exchange(inbox.as_ref(), token);
                session.start(Phase::LongPolling(Arc::clone(&exchange)), user);
                Ok(Polled::First(session.id.clone(), exchange))
            }
            Phase::LongPolling(exchange) if exchange.is_disposed() => Err(Refusal::Disposed),
            Phase::LongPolling(exchange) => {
                let (exchange, changed) = (Arc::clone(exchange), session.change_of_user(user));
                drop(state);
                note(changed, user);
                Ok(Polled::Again(exchange))
            }
            _ => Err(Refusal::TransportChanged),
        }
    }

    /// Whether there is such a connection.
    pub(super) fn find(&self, token: &str) -> Result<(), Refusal> {
        self.state().find(token).map(|_| ())
    }

    /// Where a POST goes, started or not.
    pub(super) fn inbox(&self, token: &str) -> Result<Arc<Inbox>, Refusal> {
        match self.state().find(token)? {
            Phase::WebSocket(_) => Err(Refusal::PostToWebSocket),
            Phase::Waiting(inbox) => Ok(Arc::clone(inbox.get_or_insert_with(|| Inbox::new(self.limits.input).into()))),
            Phase::ServerSentEvents(exchange) | Phase::LongPolling(exchange) => Ok(Arc::clone(exchange.inbox())),
        }
    }

    /// The connection that a DELETE ends.
    pub(super) fn deletable(&self, token: &str) -> Result<Arc<Exchange>, Refusal> {
        match self.state().find(token)? {
            Phase::LongPolling(exchange) => Ok(Arc::clone(exchange)),
            _ => Err(Refusal::NotDeletable),
        }
    }

    /// Forgets the connections nobody started in time.
    pub(super) fn expire(&self) {
        drop(self.state());
    }

    fn exchange(self: &Arc<Self>, inbox: Option<&Arc<Inbox>>, token: Token) -> Arc<Exchange> {
        let inbox = inbox.map_or_else(|| Inbox::new(self.limits.input).into(), Arc::clone);
        Exchange::new(inbox, self.entry(token), self.limits.output)
    }

    fn entry(self: &Arc<Self>, token: Token) -> Entry {
        Entry { sessions: Arc::clone(self), token }
    }

    /// The table without the connections nobody started in time.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire(Instant::now());
        state
    }
}

impl Session {
    fn start(&mut self, phase: Phase, user: &User) {
        self.phase = phase;
        self.user_id = user.id().map(str::to_owned);
    }

    /// Whose connection it is, if that is another user than this one.
    fn change_of_user(&self, user: &User) -> Option<(ConnectionId, Option<String>)> {
        (self.user_id.as_deref() != user.id()).then(|| (self.id.clone(), self.user_id.clone()))
    }
}

/// A connection stays that of the user who started it; a later request of another one is served, and noted (U-9).
fn note(changed: Option<(ConnectionId, Option<String>)>, user: &User) {
    if let Some((connection, own)) = changed {
        tracing::warn!(%connection, user = own, other = user.id(), "a request of another user for a connection");
    }
}

impl Resumption {
    /// Whether the connection goes on with a WebSocket of this compression.
    fn accepts(&self, compression: Option<Compression>) -> bool {
        self.handle.is_enabled() && (compression.is_some() || !self.compressed)
    }
}

impl State {
    fn find(&mut self, token: &str) -> Result<&mut Phase, Refusal> {
        let session = self.by_token.get_mut(token).ok_or(Refusal::UnknownId)?;
        Ok(&mut session.phase)
    }

    fn expire(&mut self, now: Instant) {
        while self.deadlines.front().is_some_and(|(deadline, _)| *deadline <= now) {
            let Some((_, token)) = self.deadlines.pop_front() else { return };
            let Some(Session { phase: Phase::Waiting(inbox), .. }) = self.by_token.get(&token) else { continue };
            if let Some(inbox) = inbox {
                inbox.dispose();
            }
            self.by_token.remove(&token);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let session = self.sessions.state().by_token.remove(&self.token);
        drop(session); // no longer under the lock
    }
}

impl Token {
    /// The token itself, for its client.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Token {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(15);

    static NOBODY: LazyLock<User> = LazyLock::new(User::anonymous);

    fn sessions() -> Arc<Sessions> {
        Arc::new(Sessions::new(Limits { disconnect_timeout: TIMEOUT, input: 1024, output: 1024 }))
    }

    fn first(socket: Result<Socket, Refusal>) -> Started {
        match socket {
            Ok(Socket::First(started)) => started,
            other => panic!("{other:?} does not start a connection"),
        }
    }

    async fn post(sessions: &Sessions, token: &Token, text: &'static str) -> Result<(), Refusal> {
        sessions.inbox(token.expose())?.receive(text.into(), 1024).await.map_err(|_| Refusal::Disposed)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_nobody_starts_goes_away() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1, false);
        tokio::time::advance(TIMEOUT.saturating_sub(Duration::from_millis(1))).await;
        assert_eq!(post(&sessions, &token, "x").await, Ok(()), "posting does not prolong it");
        let inbox = sessions.inbox(token.expose()).unwrap();
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(sessions.find(token.expose()), Err(Refusal::UnknownId));
        assert!(sessions.state.lock().unwrap().by_token.is_empty());
        assert!(inbox.is_disposed(), "a POST that still waits is refused");
    }

    #[tokio::test(start_paused = true)]
    async fn a_started_connection_stays_until_it_ends() {
        let sessions = sessions();
        let (id, token) = sessions.negotiate(1, false);
        let started = first(sessions.start_web_socket(token.expose(), &NOBODY, None));
        assert_eq!(started.id, id);
        tokio::time::advance(TIMEOUT * 10).await;
        assert_eq!(sessions.start_web_socket(token.expose(), &NOBODY, None).unwrap_err(), Refusal::AlreadyConnected);
        drop(started);
        assert_eq!(sessions.start_web_socket(token.expose(), &NOBODY, None).unwrap_err(), Refusal::UnknownId);
    }

    #[tokio::test]
    async fn a_connection_keeps_its_transport() {
        use Refusal::{AlreadyConnected, NotDeletable, PostToWebSocket, TransportChanged};
        let sessions = sessions();
        let [waiting, socket, events, polls] = [0; 4].map(|_| sessions.negotiate(1, false).1);
        let (socket, events, polls, waiting) = (socket.expose(), events.expose(), polls.expose(), waiting.expose());
        let _started = sessions.start_web_socket(socket, &NOBODY, None).unwrap();
        sessions.start_events(events).unwrap();
        assert!(matches!(sessions.poll(polls, &NOBODY), Ok(Polled::First(..))));
        assert!(matches!(sessions.poll(polls, &NOBODY), Ok(Polled::Again(_))));

        let web_socket = |token| sessions.start_web_socket(token, &NOBODY, None).unwrap_err();
        assert_eq!([socket, events, polls].map(web_socket), [AlreadyConnected, TransportChanged, TransportChanged]);
        let events_again = |token| sessions.start_events(token).unwrap_err();
        assert_eq!([socket, events, polls].map(events_again), [TransportChanged, AlreadyConnected, TransportChanged]);
        let poll = |token| sessions.poll(token, &NOBODY).unwrap_err();
        assert_eq!([socket, events].map(poll), [TransportChanged, TransportChanged]);
        let delete = |token| sessions.deletable(token).unwrap_err();
        assert_eq!([socket, events, waiting].map(delete), [NotDeletable; 3]);
        assert!(sessions.deletable(polls).is_ok());
        assert_eq!(sessions.inbox(socket).unwrap_err(), PostToWebSocket);
        assert!([events, polls, waiting].into_iter().all(|token| sessions.inbox(token).is_ok()));
    }

    #[tokio::test]
    async fn a_connection_that_can_be_resumed_takes_another_socket_until_it_refuses() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1, true);
        let mut started = first(sessions.start_web_socket(token.expose(), &NOBODY, None));
        assert!(matches!(sessions.start_web_socket(token.expose(), &NOBODY, None), Ok(Socket::Next(..))));
        assert!(matches!(sessions.start_web_socket(token.expose(), &NOBODY, None), Ok(Socket::Next(..))));
        assert_eq!(sessions.start_events(token.expose()).unwrap_err(), Refusal::TransportChanged);
        started.reconnects = None;
        assert_eq!(sessions.start_web_socket(token.expose(), &NOBODY, None).unwrap_err(), Refusal::AlreadyConnected);
        drop(started);
        assert_eq!(sessions.start_web_socket(token.expose(), &NOBODY, None).unwrap_err(), Refusal::UnknownId);
    }

    #[tokio::test]
    async fn only_the_token_is_a_key() {
        let sessions = sessions();
        let (id, token) = sessions.negotiate(1, false);
        assert_ne!(id.as_str(), token.expose());
        assert_eq!(sessions.find(id.as_str()), Err(Refusal::UnknownId));
        assert_eq!(sessions.find(&token.expose().to_ascii_uppercase()), Err(Refusal::UnknownId));
        let (id, token) = sessions.negotiate(0, false);
        assert_eq!(id.as_str(), token.expose());
    }

    #[tokio::test]
    async fn what_was_posted_is_handed_over() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1, false);
        post(&sessions, &token, "a").await.unwrap();
        post(&sessions, &token, "b").await.unwrap();
        let started = first(sessions.start_web_socket(token.expose(), &NOBODY, None));
        assert_eq!(started.posted, b"ab");
        assert_eq!(post(&sessions, &token, "c").await, Err(Refusal::PostToWebSocket));
    }

    #[tokio::test]
    async fn tokens_are_not_shown() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1, false);
        let _polled = sessions.poll(token.expose(), &NOBODY).unwrap();
        assert!(!format!("{sessions:?}{token:?}").contains(token.expose()));
    }
}
