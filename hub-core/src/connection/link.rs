//! The transport of a connection, which another may replace.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

use super::reconnect::{Reconnects, Replacement};
use super::request::StoredRequest;
use crate::transport::{CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite};

/// A transport, and the way to its successors if the connection can be resumed.
pub(super) struct Link<T> {
    transport: T,
    reconnects: Option<Reconnects<T>>,
    /// There is nothing to be read any more.
    lost: bool,
    /// Until when the next transport has to come.
    gap: Option<Pin<Box<Sleep>>>,
}

/// What became of the transport.
pub(super) enum Change {
    /// Another one has taken its place, brought by this request.
    Replaced(StoredRequest),
    /// It is lost, and none came in time (S-38).
    GivenUp,
}

impl<T: Transport> Link<T> {
    pub(super) fn new(transport: T, reconnects: Option<Reconnects<T>>) -> Self {
        Self { transport, reconnects, lost: false, gap: None }
    }

    /// Whether the connection outlives its transport.
    pub(super) fn is_resumable(&self) -> bool {
        self.reconnects.is_some()
    }

    /// From now on the connection ends with its transport (S-50).
    pub(super) fn refuse_successors(&mut self) {
        self.reconnects = None;
        self.gap = None;
    }

    /// The transport is lost: the next one has to come in time. False if the connection ends with it.
    pub(super) fn lose(&mut self, cx: &mut Context<'_>) -> bool {
        if self.await_successor(cx) {
            self.lost = true;
            // What is left of it is of no use to anybody, nor is what came of closing it.
            let _ = self.transport.poll_close(cx, CloseStatus::Dropped);
        }
        self.lost
    }

    /// Nothing can be written any more: the next transport has to come in time. False if the connection ends with it.
    pub(super) fn await_successor(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(reconnects) = &self.reconnects else { return false };
        if self.gap.is_none() {
            self.gap = Some(Box::pin(sleep(reconnects.disconnect_timeout)));
            cx.waker().wake_by_ref();
        }
        true
    }

    /// Whether there is no transport that works.
    pub(super) fn is_interrupted(&self) -> bool {
        self.gap.is_some()
    }

    /// Waits for a change of the transport.
    pub(super) fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Change> {
        if let Some(Poll::Ready(replacement)) = self.reconnects.as_mut().map(|reconnects| reconnects.poll_next(cx)) {
            return Poll::Ready(Change::Replaced(self.replace(cx, replacement)));
        }
        match self.gap.as_mut().map(|gap| gap.as_mut().poll(cx)) {
            Some(Poll::Ready(())) => {
                self.refuse_successors();
                Poll::Ready(Change::GivenUp)
            }
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }

    fn replace(&mut self, cx: &mut Context<'_>, replacement: Replacement<T>) -> StoredRequest {
        let mut replaced = std::mem::replace(&mut self.transport, replacement.transport);
        if !std::mem::take(&mut self.lost) {
            let _ = replaced.poll_close(cx, CloseStatus::Dropped);
        }
        self.gap = None;
        replacement.request
    }
}

impl<T: Transport> Transport for Link<T> {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        if self.lost { Poll::Pending } else { self.transport.poll_read(cx, input) }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.transport.poll_write(cx, buffers)
    }

    fn poll_write_shared(
        &mut self,
        cx: &mut Context<'_>,
        frames: &mut VecDeque<Bytes>,
    ) -> Option<Poll<io::Result<usize>>> {
        self.transport.poll_write_shared(cx, frames)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        if self.lost { Poll::Ready(()) } else { self.transport.poll_close(cx, status) }
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        self.transport.writer()
    }

    fn framing(&self, format: TransferFormat) -> &'static Framing {
        self.transport.framing(format)
    }

    fn supports(&self, format: TransferFormat) -> bool {
        self.transport.supports(format)
    }

    fn inherent_keep_alive(&self) -> bool {
        self.transport.inherent_keep_alive()
    }

    fn name(&self) -> &'static str {
        self.transport.name()
    }
}
