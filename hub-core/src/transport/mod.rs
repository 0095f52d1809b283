//! The seam between a connection and the bytes below it.
//!
//! A transport moves bytes and knows no message: hub messages may be cut anywhere, and several may come at once
//! (section 2 of the behaviour sheet). [`memory`] is the twin without a socket.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

pub mod memory;

pub use crate::protocol::TransferFormat;

/// A connection's bytes, read and written by the one task that owns the connection.
pub trait Transport: Send + 'static {
    /// Reads once and gives what came to `input`, in any number of pieces.
    ///
    /// All but `Received::Data` are final: nothing is read afterwards.
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>>;

    /// Writes as much of `buffers` as there is room for; returns how many bytes that was.
    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>>;

    /// As `poll_write`, for what other connections may send as well: takes whole frames off the front of `frames`, which
    /// is not empty. `None` if the transport copies everything; [`TryWrite::try_write_shared`] has to agree.
    fn poll_write_shared(
        &mut self,
        cx: &mut Context<'_>,
        frames: &mut VecDeque<Bytes>,
    ) -> Option<Poll<io::Result<usize>>> {
        let _ = (cx, frames);
        None
    }

    /// Says goodbye as the transport does it and waits, for a bounded time, until the peer has heard it.
    ///
    /// Called after the last write, again until it is ready.
    fn poll_close(&mut self, cx: &mut Context<'_>, status: CloseStatus) -> Poll<()>;

    /// Writes that any task may do without waiting; `None` leaves all writing to the owner.
    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        None
    }

    /// How a hub message is wrapped for this transport.
    fn framing(&self, format: TransferFormat) -> &'static Framing;

    /// The formats this transport can carry.
    fn supports(&self, format: TransferFormat) -> bool {
        let _ = format;
        true
    }

    /// Whether the transport notices by itself that its peer is gone, so that no pings are sent (T-75).
    fn inherent_keep_alive(&self) -> bool {
        false
    }

    /// The transport's name: `WebSockets`, `ServerSentEvents`, `LongPolling` or another word.
    fn name(&self) -> &'static str;
}

/// Takes what a transport read.
pub trait Input {
    /// The next piece of the peer's byte stream.
    fn data(&mut self, cx: &mut Context<'_>, bytes: &[u8]);

    /// Queues an answer of the transport itself, such as a pong, behind what is already queued. `frame` is written as
    /// it is and never inside another message.
    fn reply(&mut self, frame: &[u8]);
}

/// A write that does not wait.
pub trait TryWrite: Send + Sync {
    /// Writes as much as there is room for; fails with [`io::ErrorKind::WouldBlock`] when there is none.
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize>;

    /// As `try_write`, for what other connections may send as well: takes whole frames off the front of `frames`, which
    /// is not empty, and returns how many bytes these had. `None`, as said by default, if the transport copies
    /// everything: then the frames are written with `try_write`.
    fn try_write_shared(&self, frames: &mut VecDeque<Bytes>) -> Option<io::Result<usize>> {
        let _ = frames;
        None
    }
}

/// What [`Transport::poll_read`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Something was read.
    Data,
    /// The peer will send no more, and may still read.
    End,
    /// The peer neither sends nor reads: what is queued for it is dropped (T-10).
    Gone,
    /// As `Gone`, but nobody said goodbye: the peer may come back on another transport, if the connection can be
    /// resumed (T-11, S-30).
    Lost,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseStatus {
    /// In order (T-8).
    Normal,
    /// Because the hub's own `on_disconnected` failed (T-9).
    InternalError,
    /// At once, without a farewell: the peer does not read, or has broken the transport's rules.
    Dropped,
}

/// A breach of the transport's own rules, or a failure below it, which `on_disconnected` is told (T-11, T-19).
#[derive(Debug)]
pub struct TransportError {
    text: String,
    is_loss: bool,
}

impl TransportError {
    /// An error with this text, which ends the connection.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_loss: false }
    }

    /// The error by which a transport was lost; a connection that can be resumed outlives it (S-30).
    pub fn lost(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_loss: true }
    }

    /// Whether the transport was lost: its peer may come back on another one.
    pub fn is_loss(&self) -> bool {
        self.is_loss
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for TransportError {}

/// How one transport wraps a hub message, so that the wrapped message is made once for all its receivers.
///
/// A framing is a `static`; two are the same if they are the same place.
pub struct Framing {
    name: &'static str,
    wrap: fn(message: &[u8], out: &mut Vec<u8>),
    is_laborious: bool,
}

impl Framing {
    /// A framing that appends `message` and what goes around it to `out`.
    pub const fn new(name: &'static str, wrap: fn(message: &[u8], out: &mut Vec<u8>)) -> Self {
        Self { name, wrap, is_laborious: false }
    }

    /// As [`new`](Self::new), for a framing that does more than to copy the message: no lock is held while it does.
    pub const fn laborious(name: &'static str, wrap: fn(message: &[u8], out: &mut Vec<u8>)) -> Self {
        Self { name, wrap, is_laborious: true }
    }

    pub(crate) fn is_laborious(&self) -> bool {
        self.is_laborious
    }

    /// Appends `message`, wrapped, to `out`.
    pub fn wrap(&self, message: &[u8], out: &mut Vec<u8>) {
        (self.wrap)(message, out);
    }

    /// Whether both are the same framing.
    pub fn is(&self, other: &Framing) -> bool {
        std::ptr::eq(self, other)
    }
}

impl fmt::Debug for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Framing({})", self.name)
    }
}

/// The framing of transports that add nothing: each message as it is.
pub static UNFRAMED: Framing = Framing::new("unframed", |message, out| out.extend_from_slice(message));
