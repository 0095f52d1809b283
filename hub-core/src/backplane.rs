//! The seam through which messages and groups may span several servers.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;

use crate::connection::ConnectionId;
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;
use crate::server::Core;

/// Carries messages to the servers of a hub. [`InProcess`] is the one for a single server.
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

    /// Learns of a new connection on this server, before the hub does.
    fn connected(&self, local: &LocalHub, connection: &ConnectionId, user: Option<&str>) -> Delivery {
        let _ = (local, connection, user);
        Delivery::Done
    }

    /// Learns that a connection of this server has ended, after the hub did.
    fn disconnected(&self, local: &LocalHub, connection: &ConnectionId, user: Option<&str>) -> Delivery {
        let _ = (local, connection, user);
        Delivery::Done
    }
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

/// The connections of a hub on this server, as a backplane sees them.
#[derive(Clone)]
pub struct LocalHub(pub(crate) Arc<Core>);

impl LocalHub {
    /// The hub's name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Queues a message for those of the audience who are connected here.
    ///
    /// # Errors
    ///
    /// If an empty name is among several groups; the groups before it get the message.
    pub fn deliver(&self, audience: &Audience, message: &OutgoingMessage) -> Result<(), HubError> {
        self.0.registry().deliver(audience, message)
    }

    /// Adds a connection to a group, if it is connected here.
    pub fn add_to_group(&self, connection: &ConnectionId, group: &str) {
        self.0.registry().join(connection, group);
    }

    /// Removes a connection from a group, if it is connected here.
    pub fn remove_from_group(&self, connection: &ConnectionId, group: &str) {
        self.0.registry().leave(connection, group);
    }
}

impl fmt::Debug for LocalHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalHub").field(&self.name()).finish()
    }
}

/// The backplane of a single server: everybody is here.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl Backplane for InProcess {
    fn is_local(&self) -> bool {
        true
    }

    fn send(&self, local: &LocalHub, audience: Audience, message: OutgoingMessage) -> Delivery {
        local.deliver(&audience, &message).into()
    }

    fn add_to_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        local.add_to_group(connection, group);
        Delivery::Done
    }

    fn remove_from_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        local.remove_from_group(connection, group);
        Delivery::Done
    }
}
