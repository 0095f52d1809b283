//! What a connection is doing.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::session::Session;

/// What a connection is doing (C-40).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// Nothing: it has not been started, or has ended.
    Disconnected,
    /// It is being started.
    Connecting,
    /// It can call the hub.
    Connected,
    /// It was lost, and is to come back.
    Reconnecting,
}

/// The state, and who stands behind it.
#[derive(Debug, Default)]
pub(super) enum Status {
    #[default]
    Disconnected,
    Connecting(Life),
    Connected(Life, Arc<Session>),
    Reconnecting(Life),
}

/// From a start to the end that belongs to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// The connection is to end.
    pub(super) stop: CancellationToken,
    /// It has ended.
    pub(super) over: CancellationToken,
}

impl Status {
    pub(super) fn state(&self) -> ConnectionState {
        match self {
            Self::Disconnected => ConnectionState::Disconnected,
            Self::Connecting(_) => ConnectionState::Connecting,
            Self::Connected(..) => ConnectionState::Connected,
            Self::Reconnecting(_) => ConnectionState::Reconnecting,
        }
    }

    pub(super) fn session(&self) -> Option<&Arc<Session>> {
        if let Self::Connected(_, session) = self { Some(session) } else { None }
    }

    pub(super) fn life(&self) -> Option<&Life> {
        match self {
            Self::Disconnected => None,
            Self::Connecting(life) | Self::Connected(life, _) | Self::Reconnecting(life) => Some(life),
        }
    }
}
