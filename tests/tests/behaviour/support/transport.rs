//! A transport that shows what is done to it.

use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::http::Request;
use hub_core::NewConnection;
use hub_core::transport::memory::{MemoryTransport, pair};
use hub_core::transport::{
    CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite, UNFRAMED,
};
use hub_server::{ConnectionId, HubDispatch, HubServer, User};
use tokio::task::AbortHandle;

use super::Raw;

/// The transport in memory with other manners, which notes how it is closed.
pub(crate) struct Odd {
    inner: MemoryTransport,
    /// Only the owner writes, at most this much at a time.
    pub(crate) own_writes: Option<usize>,
    /// It can carry text.
    pub(crate) carries_text: bool,
    /// It needs no pings.
    pub(crate) inherent_keep_alive: bool,
    /// The end of input is an error of this text.
    pub(crate) error: Option<&'static str>,
    /// At the end of input nobody reads any more either.
    pub(crate) gone: bool,
    /// Answers each piece of input itself, as often as this says.
    pub(crate) replies: usize,
    closed: Arc<Mutex<Option<CloseStatus>>>,
}

/// What becomes of a transport.
pub(crate) struct Fate {
    closed: Arc<Mutex<Option<CloseStatus>>>,
    task: AbortHandle,
}

impl Fate {
    /// How the transport was closed, once it is.
    pub(crate) fn status(&self) -> Option<CloseStatus> {
        *self.closed.lock().unwrap()
    }

    /// Drops the task that serves the connection.
    pub(crate) fn drop_task(&self) {
        self.task.abort();
    }
}

/// Connects through a transport with other manners.
pub(crate) fn open_odd<H: HubDispatch>(
    server: &HubServer<H>,
    capacity: usize,
    manners: impl FnOnce(&mut Odd),
) -> (Raw, Fate) {
    let (inner, peer) = pair(capacity);
    let closed = Arc::new(Mutex::new(None));
    let mut odd = Odd {
        inner,
        own_writes: None,
        carries_text: true,
        inherent_keep_alive: false,
        error: None,
        gone: false,
        replies: 0,
        closed: Arc::clone(&closed),
    };
    manners(&mut odd);
    let id = ConnectionId::random();
    let connection = NewConnection::new(id.clone(), Request::new(()).into_parts().0, User::anonymous());
    let task = tokio::spawn(server.serve(connection, odd)).abort_handle();
    (Raw::on(peer, id), Fate { closed, task })
}

impl Transport for Odd {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        match (self.inner.poll_read(cx, input), self.error) {
            (Poll::Ready(Ok(Received::End)), Some(error)) => Poll::Ready(Err(TransportError::new(error))),
            (Poll::Ready(Ok(Received::End)), None) if self.gone => Poll::Ready(Ok(Received::Gone)),
            (Poll::Ready(Ok(Received::Data)), _) => {
                (0..self.replies).for_each(|_| input.reply(b"pong\x1E"));
                Poll::Ready(Ok(Received::Data))
            }
            (other, _) => other,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match (self.own_writes, buffers) {
            (Some(most), [first, ..]) => self.inner.poll_write(cx, &[IoSlice::new(&first[..most.min(first.len())])]),
            _ => self.inner.poll_write(cx, buffers),
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        self.closed.lock().unwrap().get_or_insert(status);
        self.inner.poll_close(cx, status)
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        if self.own_writes.is_some() { None } else { self.inner.writer() }
    }

    fn framing(&self, _: TransferFormat) -> &'static Framing {
        &UNFRAMED
    }

    fn supports(&self, format: TransferFormat) -> bool {
        self.carries_text || format != TransferFormat::Text
    }

    fn inherent_keep_alive(&self) -> bool {
        self.inherent_keep_alive
    }

    fn name(&self) -> &'static str {
        "Odd"
    }
}
