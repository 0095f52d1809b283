//! The connections of an endpoint by the token that grants access to them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hub_core::ConnectionId;
use tokio::time::Instant;

use super::answers::Refusal;

/// How many bytes may be sent by POST to a connection before it is started (T-90).
pub(super) const MAX_POSTED: usize = 64 * 1024;

/// All connections that were negotiated or started here.
#[derive(Debug)]
pub(super) struct Sessions {
    state: Mutex<State>,
    disconnect_timeout: Duration,
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
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// Negotiated, not started; holds what was sent to it by POST meanwhile (N-54).
    Waiting { posted: Vec<u8> },
    /// A WebSocket is open.
    WebSocket,
}

/// A connection with its token in the table, until this is dropped.
#[derive(Debug)]
pub(super) struct Started {
    sessions: Arc<Sessions>,
    token: Token,
    pub(super) id: ConnectionId,
    /// What was sent by POST before: the first bytes of the connection.
    pub(super) posted: Vec<u8>,
}

impl Sessions {
    /// `disconnect_timeout`: how long a negotiated connection waits to be started (N-22).
    pub(super) fn new(disconnect_timeout: Duration) -> Self {
        Self { state: Mutex::default(), disconnect_timeout }
    }

    /// Makes a connection that a client may start; its token is another text than its id, or the same in version 0.
    pub(super) fn negotiate(&self, version: i32) -> (ConnectionId, Token) {
        let id = ConnectionId::random();
        let token =
            if version == 0 { Token(id.as_str().into()) } else { Token(ConnectionId::random().as_str().into()) };
        let session = Session { id: id.clone(), phase: Phase::Waiting { posted: Vec::new() } };
        let mut state = self.state();
        state.deadlines.push_back((Instant::now() + self.disconnect_timeout, token.clone()));
        state.by_token.insert(token.clone(), session);
        (id, token)
    }

    /// Starts a connection that was not negotiated (N-37).
    pub(super) fn start_new(self: &Arc<Self>) -> Started {
        let id = ConnectionId::random();
        let token = Token(id.as_str().into());
        self.state().by_token.insert(token.clone(), Session { id: id.clone(), phase: Phase::WebSocket });
        Started { sessions: Arc::clone(self), token, id, posted: Vec::new() }
    }

    /// Starts a negotiated connection as a WebSocket.
    pub(super) fn start(self: &Arc<Self>, token: &str) -> Result<Started, Refusal> {
        let token = Token(token.into());
        let mut state = self.state();
        let session = state.by_token.get_mut(&token).ok_or(Refusal::UnknownId)?;
        match std::mem::replace(&mut session.phase, Phase::WebSocket) {
            Phase::Waiting { posted } => {
                Ok(Started { sessions: Arc::clone(self), token, id: session.id.clone(), posted })
            }
            Phase::WebSocket => Err(Refusal::AlreadyConnected),
        }
    }

    /// Whether the connection was started.
    pub(super) fn is_started(&self, token: &str) -> Result<bool, Refusal> {
        let state = self.state();
        let session = state.by_token.get(&Token(token.into())).ok_or(Refusal::UnknownId)?;
        Ok(matches!(session.phase, Phase::WebSocket))
    }

    /// Keeps what was sent by POST until the connection is started.
    pub(super) fn post(&self, token: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let mut state = self.state();
        let session = state.by_token.get_mut(&Token(token.into())).ok_or(Refusal::UnknownId)?;
        match &mut session.phase {
            Phase::WebSocket => Err(Refusal::PostToWebSocket),
            Phase::Waiting { posted } if posted.len() + bytes.len() > MAX_POSTED => Err(Refusal::UnreadableBody),
            Phase::Waiting { posted } => {
                posted.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The table without the connections nobody started in time.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire(Instant::now());
        state
    }
}

impl State {
    fn expire(&mut self, now: Instant) {
        while self.deadlines.front().is_some_and(|(deadline, _)| *deadline <= now) {
            let Some((_, token)) = self.deadlines.pop_front() else { return };
            if self.by_token.get(&token).is_some_and(|session| matches!(session.phase, Phase::Waiting { .. })) {
                self.by_token.remove(&token);
            }
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.sessions.state().by_token.remove(&self.token);
    }
}

impl Token {
    /// The token itself, for its client.
    pub(super) fn expose(&self) -> &str {
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
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(15);

    fn sessions() -> Arc<Sessions> {
        Arc::new(Sessions::new(TIMEOUT))
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_nobody_starts_goes_away() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1);
        tokio::time::advance(TIMEOUT.saturating_sub(Duration::from_millis(1))).await;
        assert_eq!(sessions.post(token.expose(), b"x"), Ok(()), "posting does not prolong it");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(sessions.is_started(token.expose()), Err(Refusal::UnknownId));
        assert!(sessions.state.lock().unwrap().by_token.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_started_connection_stays_until_it_ends() {
        let sessions = sessions();
        let (id, token) = sessions.negotiate(1);
        let started = sessions.start(token.expose()).unwrap();
        assert_eq!(started.id, id);
        tokio::time::advance(TIMEOUT * 10).await;
        assert_eq!(sessions.is_started(token.expose()), Ok(true));
        assert_eq!(sessions.start(token.expose()).unwrap_err(), Refusal::AlreadyConnected);
        drop(started);
        assert_eq!(sessions.start(token.expose()).unwrap_err(), Refusal::UnknownId);
    }

    #[tokio::test]
    async fn only_the_token_is_a_key() {
        let sessions = sessions();
        let (id, token) = sessions.negotiate(1);
        assert_ne!(id.as_str(), token.expose());
        assert_eq!(sessions.is_started(id.as_str()), Err(Refusal::UnknownId));
        assert_eq!(sessions.is_started(&token.expose().to_ascii_uppercase()), Err(Refusal::UnknownId));
        let (id, token) = sessions.negotiate(0);
        assert_eq!(id.as_str(), token.expose());
    }

    #[tokio::test]
    async fn what_was_posted_is_handed_over_and_bounded() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1);
        sessions.post(token.expose(), b"a").unwrap();
        sessions.post(token.expose(), b"b").unwrap();
        assert_eq!(sessions.post(token.expose(), &vec![0; MAX_POSTED]), Err(Refusal::UnreadableBody));
        let started = sessions.start(token.expose()).unwrap();
        assert_eq!(started.posted, b"ab");
        assert_eq!(sessions.post(token.expose(), b"c"), Err(Refusal::PostToWebSocket));
    }

    #[tokio::test]
    async fn tokens_are_not_shown() {
        let sessions = sessions();
        let (_, token) = sessions.negotiate(1);
        assert!(!format!("{sessions:?}{token:?}").contains(token.expose()));
    }
}
