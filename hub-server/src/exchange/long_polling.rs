//! The long polling transport (section 2.3).

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hub_core::transport::{
    CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite, UNFRAMED,
};

use super::Exchange;

/// A connection whose output is fetched.
pub(crate) struct LongPollingTransport(Arc<Exchange>);

impl LongPollingTransport {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self(exchange)
    }
}

impl Transport for LongPollingTransport {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        self.0.poll_read(cx, input, Received::End).map(Ok)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, buffers)
    }

    fn poll_write_shared(
        &mut self,
        cx: &mut Context<'_>,
        frames: &mut VecDeque<Bytes>,
    ) -> Option<Poll<io::Result<usize>>> {
        Some(self.0.poll_write_shared(cx, frames))
    }

    /// What is left waits for the next polls (T-64).
    fn poll_close(&mut self, _: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        self.0.end(status);
        Poll::Ready(())
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        Some(self.0.writer())
    }

    fn framing(&self, _: TransferFormat) -> &'static Framing {
        &UNFRAMED
    }

    /// A client that is gone polls no more (T-75).
    fn inherent_keep_alive(&self) -> bool {
        true
    }

    fn name(&self) -> &'static str {
        "LongPolling"
    }
}

impl Drop for LongPollingTransport {
    fn drop(&mut self) {
        self.0.end(CloseStatus::Dropped);
    }
}
