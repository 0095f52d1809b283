//! What a backplane may do with the connections of its own server.

use std::fmt;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use super::Audience;
use crate::connection::{ConnectionId, Ending, batch};
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;
use crate::protocol::{Frame, Message, ProtocolError};
use crate::server::Core;

/// The connections of a hub on this server, as a backplane sees them.
#[derive(Clone)]
pub struct LocalHub(pub(crate) Arc<Core>);

impl LocalHub {
    /// The hub's name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The same, which does not keep the hub alive.
    pub fn downgrade(&self) -> WeakLocalHub {
        WeakLocalHub(Arc::downgrade(&self.0))
    }

    /// Whether a connection is one of this server.
    pub fn is_connected(&self, connection: &ConnectionId) -> bool {
        self.0.registry().connection(connection).is_some()
    }

    /// Queues a message for those of the audience who are connected here.
    ///
    /// # Errors
    ///
    /// If an empty name is among several groups; the groups before it get the message.
    pub fn deliver(&self, audience: &Audience, message: &OutgoingMessage) -> Result<(), HubError> {
        self.0.registry().deliver(audience, message)
    }

    /// Carries out several things of which each may send: every connection is written to once, in the end.
    pub fn together<R>(&self, work: impl FnOnce() -> R) -> R {
        batch::run(work)
    }

    /// Adds a connection to a group, if it is connected here; whether it is new there.
    pub fn add_to_group(&self, connection: &ConnectionId, group: &str) -> bool {
        self.0.registry().join(connection, group)
    }

    /// Removes a connection from a group, if it is connected here; whether it was in it.
    pub fn remove_from_group(&self, connection: &ConnectionId, group: &str) -> bool {
        self.0.registry().leave(connection, group)
    }

    /// The members of a group that are connected here.
    pub fn members(&self, group: &str) -> Vec<ConnectionId> {
        self.0.registry().members(group)
    }

    /// Ends a connection, if it is connected here; whether it is.
    pub fn abort(&self, connection: &ConnectionId) -> bool {
        let connection = self.0.registry().connection(connection);
        connection.inspect(|connection| connection.end(Ending::Aborted)).is_some()
    }

    /// Asks a connection of this server for another one. `reply` gets the answer, once: the name of a protocol and a
    /// completion in it, terminator or length prefix included. It is an error if the connection goes away first,
    /// or if a question with this id is open already.
    ///
    /// Returns whether the connection is here; if not, nothing happens.
    pub fn ask(
        &self,
        connection: &ConnectionId,
        id: &str,
        message: &OutgoingMessage,
        reply: impl FnOnce(&'static str, Bytes) + Send + 'static,
    ) -> bool {
        let Some(connection) = self.0.registry().connection(connection) else { return false };
        self.0.questions().relay(&connection, id, Box::new(reply));
        message.fan_out().reach(&connection);
        true
    }

    /// Takes the answer to a question of this server, as another server's [`ask`](Self::ask) gave it. One that nobody
    /// waits for is ignored.
    ///
    /// # Errors
    ///
    /// If that is no completion in a protocol of this hub; whoever waits goes on waiting.
    pub fn answer(&self, protocol: &str, completion: &[u8]) -> Result<(), ProtocolError> {
        let unreadable = |text: &str| Err(ProtocolError::invalid_data(text.to_owned()));
        let Some(protocol) = self.0.protocols().all().find(|own| own.name() == protocol) else {
            return unreadable("There is no such protocol.");
        };
        let Frame::Complete { message, .. } = protocol.frame(completion, None) else {
            return unreadable("The message is incomplete.");
        };
        match protocol.parse(completion.get(message).unwrap_or_default())? {
            Message::Completion { id, outcome } => {
                self.0.questions().answer_from_elsewhere(&id, &outcome);
                Ok(())
            }
            _ => unreadable("The message is no completion."),
        }
    }
}

impl fmt::Debug for LocalHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalHub").field(&self.name()).finish()
    }
}

/// A [`LocalHub`] for as long as there is one.
#[derive(Clone)]
pub struct WeakLocalHub(Weak<Core>);

impl WeakLocalHub {
    /// The hub, if its server has not been dropped.
    pub fn upgrade(&self) -> Option<LocalHub> {
        self.0.upgrade().map(LocalHub)
    }
}

impl fmt::Debug for WeakLocalHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WeakLocalHub").finish()
    }
}
