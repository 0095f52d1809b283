//! What the server sends.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use hub_core::protocol::{Invocation, Message, Outcome, ProtocolError, RawValue};
use tokio::task::coop::consume_budget;
use tokio::time::Instant;

use super::resumable::Resumable;
use super::session::Session;
use super::timer::{after, until};
use super::unread::Unread;
use crate::call::Taken;
use crate::error::ConnectionError;
use crate::handlers::Dispatcher;
use crate::transport::TransportError;

type Receiver = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// Reads a transport, and its successors.
pub(super) struct Reader {
    receiver: Receiver,
    unread: Unread,
    /// What came with the handshake's answer.
    early: Bytes,
    /// How long the server may be silent.
    server_timeout: Option<Duration>,
    last_message: Instant,
}

/// Why nothing more is read.
#[derive(Debug)]
pub(super) enum Cause {
    /// The server said so.
    Closed { error: Option<String>, allow_reconnect: bool },
    /// The transport ended in order.
    Over,
    /// The transport failed.
    Lost(TransportError),
    /// Something is wrong with what came, or did not come.
    Failed(ConnectionError),
}

/// Where messages go.
pub(super) struct Router<'a> {
    pub(super) session: &'a Arc<Session>,
    pub(super) dispatcher: &'a Dispatcher,
    pub(super) resumable: Option<&'a Resumable>,
}

impl Reader {
    pub(super) fn new(receiver: Receiver, unread: Unread, early: Bytes, server_timeout: Option<Duration>) -> Self {
        Self { receiver, unread, early, server_timeout, last_message: Instant::now() }
    }

    /// Goes on with another transport.
    pub(super) fn resume(&mut self, receiver: Receiver) {
        self.receiver = receiver;
        self.unread.clear();
        self.last_message = Instant::now();
    }

    /// Reads until there is nothing more to be read. To drop the future loses nothing.
    pub(super) async fn run(&mut self, router: &Router<'_>) -> Cause {
        loop {
            if let Err(cause) = self.read(router).await {
                return cause;
            }
        }
    }

    async fn read(&mut self, router: &Router<'_>) -> Result<(), Cause> {
        // A server that never stops sending does not keep us from writing.
        consume_budget().await;
        let early = std::mem::take(&mut self.early);
        let piece = if early.is_empty() { self.next_piece().await? } else { early };
        let mut has_come = false;
        let taken = self.unread.push(&piece, |message| {
            has_come = true;
            router.take(message)
        });
        if has_come {
            self.last_message = Instant::now();
        }
        taken
    }

    async fn next_piece(&mut self) -> Result<Bytes, Cause> {
        let deadline = self.server_timeout.and_then(|time| after(self.last_message, time));
        match until(deadline, self.receiver.next()).await {
            Some(Some(Ok(piece))) => Ok(piece),
            Some(Some(Err(error))) => Err(Cause::Lost(error)),
            Some(None) if self.unread.is_empty() => Err(Cause::Over),
            Some(None) => Err(ConnectionError::Incomplete.into()),
            None => Err(ConnectionError::ServerTimeout(self.server_timeout.unwrap_or_default()).into()),
        }
    }
}

impl Router<'_> {
    /// Takes a message; never waits (C-96).
    fn take(&self, message: &[u8]) -> Result<(), Cause> {
        match self.session.protocol().parse(message)? {
            Message::Ping | Message::Unknown => Ok(()),
            Message::Close { error, allow_reconnect } => {
                Err(Cause::Closed { error: error.map(std::borrow::Cow::into_owned), allow_reconnect })
            }
            Message::Ack { sequence_id } => {
                self.resumable.inspect(|resumable| resumable.acknowledged(sequence_id));
                Ok(())
            }
            Message::Sequence { sequence_id } => match self.resumable {
                Some(resumable) => Ok(resumable.go_on_at(sequence_id)?),
                None => Ok(()),
            },
            // What was received before is not taken again (S-33).
            _ if self.resumable.is_some_and(|resumable| !resumable.take()) => Ok(()),
            Message::Invocation(call) => self.invocation(call),
            Message::StreamItem { id, item } => self.item(&id, &item),
            Message::Completion { id, outcome } => self.completion(&id, outcome),
            _ => {
                tracing::debug!("the server sent a message that only clients send");
                Ok(())
            }
        }
    }

    fn invocation(&self, call: Invocation<'_>) -> Result<(), Cause> {
        if let Some(flaw) = call.flaw {
            return Err(flaw.into());
        }
        self.dispatcher.dispatch(self.session, call);
        Ok(())
    }

    fn item(&self, id: &str, item: &RawValue<'_>) -> Result<(), Cause> {
        match self.session.invocations().item(id, item)? {
            Taken::Item => {}
            Taken::Unknown => tracing::debug!(id, "an item came for a stream that is not open"),
            Taken::Refused => self.session.cancel(id),
        }
        Ok(())
    }

    fn completion(&self, id: &str, outcome: Outcome<'_>) -> Result<(), Cause> {
        if !self.session.invocations().complete(id, outcome)? {
            tracing::debug!(id, "a completion came for a call that is not open");
        }
        Ok(())
    }
}

impl From<ProtocolError> for Cause {
    fn from(error: ProtocolError) -> Self {
        Self::Failed(ConnectionError::Protocol(error))
    }
}

impl From<ConnectionError> for Cause {
    fn from(error: ConnectionError) -> Self {
        Self::Failed(error)
    }
}
