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
    /// Answers each piece of input itself, as often as this says.
    pub(crate) replies: usize,
    closed: Closing,
}

/// How a transport was closed, once it is.
#[derive(Clone, Default)]
pub(crate) struct Closing(Arc<Mutex<Option<CloseStatus>>>);

impl Closing {
    pub(crate) fn status(&self) -> Option<CloseStatus> {
        *self.0.lock().unwrap()
    }
}

/// Connects through a transport with other manners.
pub(crate) fn open_odd<H: HubDispatch>(
    server: &HubServer<H>,
    capacity: usize,
    manners: impl FnOnce(&mut Odd),
) -> (Raw, Closing) {
    let (inner, peer) = pair(capacity);
    let closed = Closing::default();
    let mut odd = Odd {
        inner,
        own_writes: None,
        carries_text: true,
        inherent_keep_alive: false,
        error: None,
        replies: 0,
        closed: closed.clone(),
    };
    manners(&mut odd);
    let id = ConnectionId::random();
    let connection = NewConnection::new(id.clone(), Request::new(()).into_parts().0, User::anonymous());
    tokio::spawn(server.serve(connection, odd));
    (Raw::on(peer, id), closed)
}

impl Transport for Odd {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        match (self.inner.poll_read(cx, input), self.error) {
            (Poll::Ready(Ok(Received::End)), Some(error)) => Poll::Ready(Err(TransportError::new(error))),
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
        self.closed.0.lock().unwrap().get_or_insert(status);
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
