//! How a client reaches a server: what the connection needs of whatever carries its bytes.
//!
//! [`Connector`] is the seam between a hub connection, which knows messages, and the transports, which know sockets and
//! requests. A program that brings a transport of its own implements it.

mod error;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
pub use error::{ConnectError, TransportError, TransportFailure};
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::Sink;
pub use hub_core::protocol::TransferFormat;

/// Opens transports to one server.
pub trait Connector: Send + Sync + 'static {
    /// Opens a new connection: negotiates where that is to be done, and starts the first transport that works (C-3).
    ///
    /// Dropping the future gives up.
    ///
    /// # Errors
    ///
    /// If no transport could be started; the handshake of the hub protocol comes later and is none of its business.
    fn connect(&self, request: ConnectRequest) -> BoxFuture<'static, Result<Connected, ConnectError>>;
}

/// What a connection is to be good for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConnectRequest {
    /// What the hub protocol needs; a transport that cannot carry it is passed over.
    pub transfer_format: TransferFormat,
    /// Whether to ask for a stateful reconnect (S-1).
    pub stateful_reconnect: bool,
}

/// A transport that has been started.
#[non_exhaustive]
pub struct Connected {
    /// The id under which the server's hub knows the connection; unknown if negotiation was skipped (C-44).
    pub connection_id: Option<String>,
    /// The two directions.
    pub transport: Transport,
    /// Whether the transport keeps itself alive, so that neither side pings or times out (C-103).
    pub inherent_keep_alive: bool,
    /// Opens the same connection again after its transport was lost, without negotiation (S-30); `None` if the server did
    /// not offer it.
    pub resume: Option<Resume>,
}

/// Opens one connection's transport again.
pub type Resume = Arc<dyn Fn() -> BoxFuture<'static, Result<Transport, ConnectError>> + Send + Sync>;

/// The two directions of a transport.
///
/// What is received arrives in pieces of any size, which need not be messages. The end of the stream is an orderly end of
/// the connection; an error is the last item. What is sent arrives in order; closing the sink ends the connection, waits
/// until the server has been told, as far as it lets itself be told within five seconds, and ends the other direction.
#[non_exhaustive]
pub struct Transport {
    /// What the server sends.
    pub receiver: Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>,
    /// What the client sends: one hub message or several, each item whole.
    pub sender: Pin<Box<dyn Sink<Bytes, Error = TransportError> + Send>>,
}

impl ConnectRequest {
    /// For a protocol of this format, and no stateful reconnect.
    pub fn new(transfer_format: TransferFormat) -> Self {
        Self { transfer_format, stateful_reconnect: false }
    }
}

impl Connected {
    /// By a transport that neither keeps itself alive nor can be opened again, of a connection whose id is not known.
    pub fn new(transport: Transport) -> Self {
        Self { connection_id: None, transport, inherent_keep_alive: false, resume: None }
    }
}

impl Transport {
    /// Of these two directions.
    pub fn new(
        receiver: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
        sender: impl Sink<Bytes, Error = TransportError> + Send + 'static,
    ) -> Self {
        Self { receiver: Box::pin(receiver), sender: Box::pin(sender) }
    }
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("connection_id", &self.connection_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
