//! A connection between its handshake and its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::reader::{Cause, Reader, Router};
use super::resumable::Resumable;
use super::session::Session;
use super::unread::Unread;
use super::writer::Writer;
use crate::builder::Options;
use crate::error::ConnectionError;
use crate::handlers::Dispatcher;
use crate::transport::{ConnectError, Connected, Resume, TransportError};

/// How long the server's last words are waited for when nothing can be sent any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Active {
    session: Arc<Session>,
    reader: Reader,
    writer: Writer,
    resumption: Option<Resumption>,
}

/// How the connection goes on when it loses its transport.
struct Resumption {
    resumable: Resumable,
    open: Resume,
    timeout: Duration,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The program stopped it.
    Stopped,
    /// The server wants it to be the end.
    Final(Option<ConnectionError>),
    /// It may be reconnected.
    Interrupted(Option<ConnectionError>),
}

impl Active {
    /// A connection whose handshake is over; `early` is what came behind that.
    pub(super) fn new(connected: Connected, options: &Options, early: Vec<u8>) -> Self {
        let Connected { connection_id, transport, inherent_keep_alive, resume } = connected;
        let protocol = &options.protocol;
        let unless_inherent = |time| (!inherent_keep_alive).then_some(time);
        let (session, messages) = Session::new(protocol.clone(), connection_id);
        let unread = Unread::new(protocol.clone(), options.maximum_receive_message_size);
        let server_timeout = unless_inherent(options.server_timeout);
        let keep_alive = unless_inherent(options.keep_alive_interval);
        Self {
            session,
            reader: Reader::new(transport.receiver, unread, early.into(), server_timeout),
            writer: Writer::new(transport.sender, protocol.clone(), messages, keep_alive),
            resumption: resume.map(|open| Resumption {
                resumable: Resumable::new(options.stateful_reconnect_buffer_size),
                open,
                timeout: options.handshake_timeout,
            }),
        }
    }

    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Keeps the connection until it ends, over several transports if it can be resumed.
    pub(super) async fn run(mut self, stop: &CancellationToken, dispatcher: &Dispatcher) -> End {
        loop {
            let Some(cause) = stop.run_until_cancelled(self.drive(dispatcher)).await else { break };
            let reason = match cause {
                Cause::Lost(error) => match stop.run_until_cancelled(self.resume(error)).await {
                    None => break,
                    Some(Ok(())) => continue,
                    Some(Err(reason)) => return End::Interrupted(Some(reason)),
                },
                Cause::Failed(error) => Some(error),
                Cause::Over => None,
                Cause::Closed { error, allow_reconnect } => {
                    self.let_go();
                    let reason = error.map(ConnectionError::ClosedByServer);
                    return if allow_reconnect { End::Interrupted(reason) } else { End::Final(reason) };
                }
            };
            self.let_go();
            return End::Interrupted(reason);
        }
        self.writer.finish(true).await;
        End::Stopped
    }

    /// Ends the transport, for which nobody waits.
    fn let_go(self) {
        tokio::spawn(self.writer.finish(false));
    }

    /// Reads and writes until one of them ends.
    async fn drive(&mut self, dispatcher: &Dispatcher) -> Cause {
        let resumable = self.resumption.as_ref().map(|resumption| &resumption.resumable);
        let router = Router { session: &self.session, dispatcher, resumable };
        let (reading, writing) = (pin!(self.reader.run(&router)), pin!(self.writer.run(resumable)));
        match select(reading, writing).await {
            Either::Left((cause, _)) => cause,
            // The server may have said why it takes nothing any more.
            Either::Right((error, reading)) => timeout(LAST_WORDS, reading).await.unwrap_or(Cause::Lost(error)),
        }
    }

    /// Opens the transport again, once and at once (S-30).
    async fn resume(&mut self, loss: TransportError) -> Result<(), ConnectionError> {
        let Some(Resumption { resumable, open, timeout: time }) = &self.resumption else { return Err(loss.into()) };
        // A server that said goodbye is not asked again (S-50), and one that takes nothing up not for ever.
        if loss.is_closed_by_server() || resumable.awaits_sequence() {
            return Err(loss.into());
        }
        let too_late = || ConnectError::from(TransportError::new("The transport was not opened again in time."));
        match timeout(*time, open()).await.unwrap_or_else(|_| Err(too_late())) {
            Ok(transport) => {
                self.reader.resume(transport.receiver);
                self.writer.resume(transport.sender, resumable.resume(self.session.protocol()));
                Ok(())
            }
            Err(error) => Err(ConnectionError::NotResumed(loss, error)),
        }
    }
}
