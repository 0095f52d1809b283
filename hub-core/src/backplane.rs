//! The seam through which messages and groups may span several servers.

mod in_process;
mod local;

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;

use crate::connection::ConnectionId;
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;

pub use in_process::InProcess;
pub use local::{LocalHub, WeakLocalHub};

/// Carries messages to the servers of a hub. [`InProcess`] is the one for a single server.
///
/// What a program asks of a hub comes here as it is asked; what comes from other servers is carried out with the
/// [`LocalHub`]. Only sends to one connection of this server, and questions to one, never come here.
pub trait Backplane: Send + Sync + 'static {
    /// Sends a message to an audience, wherever its connections are.
    fn send(&self, local: &LocalHub, audience: Audience, message: OutgoingMessage) -> Delivery;

    /// Adds a connection, wherever it is, to a group.
    fn add_to_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery;

    /// Removes a connection, wherever it is, from a group.
    fn remove_from_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery;

    /// Whether messages go to connections of this server only: then they are not encoded for protocols that none of
    /// these speaks.
    fn is_local(&self) -> bool {
        false
    }

    /// Learns which hub it serves, when its server is built, and before anything else.
    ///
    /// Keep a [`WeakLocalHub`] of it, not the hub: the hub owns its backplane.
    ///
    /// # Panics
    ///
    /// May panic if it cannot serve this hub, because it serves another one already.
    fn start(&self, local: &LocalHub) {
        let _ = local;
    }

    /// Asks a connection of another server. The answer is brought with [`LocalHub::answer`]; the future is ready when
    /// none can come any more. It is dropped when the answer is there, or nobody wants it any more.
    ///
    /// Unless a backplane says otherwise, connections of other servers do not exist.
    fn ask(&self, local: &LocalHub, connection: &ConnectionId, question: Question) -> BoxFuture<'static, Unanswered> {
        let _ = (local, connection, question);
        Box::pin(std::future::ready(Unanswered::Unknown))
    }

    /// Ends a connection, wherever it is. Unless a backplane says otherwise, only one of this server.
    fn abort(&self, local: &LocalHub, connection: &ConnectionId) -> Delivery {
        local.abort(connection);
        Delivery::Done
    }

    /// Who is in a group, on all servers together, in no particular order.
    ///
    /// Unless a backplane says otherwise, that is not known.
    fn members(&self, local: &LocalHub, group: &str) -> BoxFuture<'static, Result<Vec<ConnectionId>, HubError>> {
        let _ = (local, group);
        let text = "This backplane does not know the members of groups on other servers.";
        Box::pin(std::future::ready(Err(HubError::masked("NotSupportedException", text))))
    }

    /// Learns of a new connection on this server, before the hub does.
    fn connected(&self, local: &LocalHub, connection: &ConnectionId, user: Option<&str>) -> Delivery {
        let _ = (local, connection, user);
        Delivery::Done
    }

    /// Learns that a connection of this server has ended, after the hub did: once for each that was
    /// [`connected`](Self::connected), also where that failed. `groups` are those it was in.
    fn disconnected(
        &self,
        local: &LocalHub,
        connection: &ConnectionId,
        user: Option<&str>,
        groups: &[Arc<str>],
    ) -> Delivery {
        let _ = (local, connection, user, groups);
        Delivery::Done
    }

    /// Learns that the server has shut down: it has no connection any more, and gets none.
    fn stop(&self, local: &LocalHub) -> Delivery {
        let _ = local;
        Delivery::Done
    }
}

/// A question to a connection of another server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// Its invocation id, which no other question of any server has.
    pub id: String,
    /// The invocation, with that id in it.
    pub message: OutgoingMessage,
}

impl Question {
    pub(crate) fn new(id: String, message: OutgoingMessage) -> Self {
        Self { id, message }
    }
}

/// Why a question to another server gets no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unanswered {
    /// There is no such connection.
    Unknown,
    /// The connection, or its server, has gone.
    Disconnected,
    /// The backplane failed.
    Failed(HubError),
}

/// How far a backplane has come with what it was asked.
pub enum Delivery {
    /// It is done.
    Done,
    /// It cannot be done.
    Failed(HubError),
    /// It goes on.
    Pending(BoxFuture<'static, Result<(), HubError>>),
}

impl Delivery {
    pub(crate) async fn finish(self) -> Result<(), HubError> {
        match self {
            Self::Done => Ok(()),
            Self::Failed(error) => Err(error),
            Self::Pending(rest) => rest.await,
        }
    }
}

impl From<Result<(), HubError>> for Delivery {
    fn from(result: Result<(), HubError>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Done)
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "Done",
            Self::Failed(_) => "Failed",
            Self::Pending(_) => "Pending",
        })
    }
}

/// Whom a message is for: what a selector of `clients()` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// Every connection of the hub.
    All,
    /// Every connection but these.
    AllExcept(Vec<ConnectionId>),
    /// One connection.
    Connection(ConnectionId),
    /// These connections, each once.
    Connections(Vec<ConnectionId>),
    /// The members of a group.
    Group(Arc<str>),
    /// The members of several groups, once for each group they are in.
    Groups(Vec<Arc<str>>),
    /// The members of a group but these.
    GroupExcept(Arc<str>, Vec<ConnectionId>),
    /// The connections of a user.
    User(Arc<str>),
    /// The connections of several users, each once.
    Users(Vec<Arc<str>>),
}
