//! The Server-Sent Events transport (section 2.2).

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use hub_core::transport::{CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite};

use super::events::{EVENT, GREETING};
use super::{Exchange, Frames};

/// A connection whose output is a stream of events.
pub(crate) struct ServerSentEventsTransport(Arc<Exchange>);

impl ServerSentEventsTransport {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self(exchange)
    }
}

impl Transport for ServerSentEventsTransport {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        self.0.poll_read(cx, input, Received::Gone).map(Ok)
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

    /// The connection is unknown before its client sees the end of the stream (T-40).
    fn poll_close(&mut self, _: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        self.0.forget();
        self.0.end(status);
        Poll::Ready(())
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        Some(self.0.writer())
    }

    fn framing(&self, _: TransferFormat) -> &'static Framing {
        &EVENT
    }

    /// Events are text (T-36).
    fn supports(&self, format: TransferFormat) -> bool {
        format == TransferFormat::Text
    }

    fn name(&self) -> &'static str {
        "ServerSentEvents"
    }
}

impl Drop for ServerSentEventsTransport {
    fn drop(&mut self) {
        self.0.forget();
        self.0.end(CloseStatus::Dropped);
    }
}

/// The body of the answer.
pub(crate) struct EventStream {
    exchange: Arc<Exchange>,
    /// What was taken from the exchange and not yet sent.
    events: Frames,
}

impl EventStream {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        let mut events = Frames::default();
        events.push(Bytes::from_static(GREETING));
        Self { exchange, events }
    }
}

impl Stream for EventStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(events) = self.events.pop_part() {
            return Poll::Ready(Some(Ok(events)));
        }
        self.exchange.output.0.poll_take(cx).map(|events| match events {
            Some(events) => {
                self.events = events;
                self.events.pop_part().map(Ok)
            }
            // Without its end, the client sees that the stream was cut off (T-41).
            None if self.exchange.ended.get() == Some(&CloseStatus::Dropped) => {
                Some(Err(io::ErrorKind::ConnectionAborted.into()))
            }
            None => None,
        })
    }
}

/// The client is gone, or has all (T-39).
impl Drop for EventStream {
    fn drop(&mut self) {
        self.exchange.dispose();
        self.exchange.output.0.break_off();
    }
}
