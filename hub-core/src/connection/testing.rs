//! Connections without a task, for tests of what connections share.

use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use http::Request;

use super::outbox::{Limits, Outbox};
use super::{Connection, ConnectionId, NewConnection, Wire};
use crate::client::Untyped;
use crate::dispatch::{HubDispatch, Methods};
use crate::protocol::{HubProtocol, TransferFormat};
use crate::server::{Core, HubServer};
use crate::sync::lock;
use crate::transport::{CloseStatus, Framing, Input, Received, Transport, TransportError, TryWrite, UNFRAMED};
use crate::user::User;

/// A hub that can do nothing.
pub(crate) struct Idle;

impl HubDispatch for Idle {
    type Client = Untyped;
    const NAME: &'static str = "Idle";

    fn methods(_: &mut Methods<Self>) {}
}

/// What the connections of a hub share.
pub(crate) fn core() -> Arc<Core> {
    Arc::clone(HubServer::new(Idle).core())
}

/// A connection of this id and user that writes into a socket.
pub(crate) fn connection(core: &Arc<Core>, id: &str, user: Option<&str>, socket: &Socket) -> Arc<Connection> {
    framed_connection(core, id, user, socket, &UNFRAMED)
}

/// The same with a framing of its own.
pub(crate) fn framed_connection(
    core: &Arc<Core>,
    id: &str,
    user: Option<&str>,
    socket: &Socket,
    framing: &'static Framing,
) -> Arc<Connection> {
    let user = user.map_or_else(User::anonymous, User::new);
    let new = NewConnection::new(ConnectionId::from(id), Request::new(()).into_parts().0, user);
    let wire = Wire { protocol: HubProtocol::json(), framing, transport_name: "Test" };
    let outbox = Outbox::new(Some(Arc::new(socket.clone())), Limits { room: 100, overflow: 1000 });
    Arc::new(Connection::new(new, Arc::clone(core), wire, outbox))
}

/// A socket that takes as much as there is room for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Socket(Arc<Mutex<SocketState>>);

#[derive(Debug, Default)]
struct SocketState {
    room: usize,
    broken: bool,
    written: Vec<u8>,
    writes: usize,
}

impl Socket {
    /// A socket with room for so many bytes.
    pub(crate) fn with_room(room: usize) -> Self {
        let socket = Self::default();
        socket.make_room(room);
        socket
    }

    /// Makes room for more bytes.
    pub(crate) fn make_room(&self, bytes: usize) {
        lock(&self.0).room += bytes;
    }

    /// Has every write fail.
    pub(crate) fn break_down(&self) {
        lock(&self.0).broken = true;
    }

    /// Takes what was written.
    pub(crate) fn written(&self) -> String {
        String::from_utf8(std::mem::take(&mut lock(&self.0).written)).unwrap()
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> usize {
        lock(&self.0).writes
    }
}

impl TryWrite for Socket {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = lock(&self.0);
        if state.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if state.room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let before = state.written.len();
        let room = state.room;
        state.written.extend(buffers.iter().flat_map(|buffer| buffer.iter()).take(room));
        let written = state.written.len() - before;
        state.room -= written;
        state.writes += 1;
        Ok(written)
    }
}

/// A transport that reads nothing and writes into `W`.
pub(crate) struct WriteOnly<W>(pub(crate) W);

impl<W: TryWrite + 'static> Transport for WriteOnly<W> {
    fn poll_read(&mut self, _: &mut Context<'_>, _: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        Poll::Pending
    }

    /// Whoever finds no room is woken at once, to try again.
    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self.0.try_write(buffers) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: CloseStatus) -> Poll<()> {
        Poll::Ready(())
    }

    fn framing(&self, _: TransferFormat) -> &'static Framing {
        &UNFRAMED
    }

    fn name(&self) -> &'static str {
        "WriteOnly"
    }
}

/// Counts how often it is woken.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Mutex<usize>);

impl Alarm {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let alarm = Arc::new(Self::default());
        (Arc::clone(&alarm), alarm.into())
    }

    /// How often it was woken since the last time.
    pub(crate) fn count(&self) -> usize {
        std::mem::take(&mut lock(&self.0))
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        *lock(&self.0) += 1;
    }
}
