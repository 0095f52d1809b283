//! The calls of one connection that run.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use futures_core::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::slot::Slot;
use super::streams::UploadKey;

/// Running calls, polled by the connection's task, and the slots that plain calls need (D-81).
pub(super) struct InFlight {
    running: FuturesUnordered<Running>,
    slots: usize,
}

/// What a call held that is over.
#[derive(Default)]
pub(super) struct Held {
    pub(super) slot: Option<Slot>,
    /// The id under which the client could cancel it.
    pub(super) stream: Option<String>,
    /// The ids of the streams it took.
    pub(super) uploads: Vec<(String, UploadKey)>,
}

struct Running {
    call: BoxFuture<'static, ()>,
    held: Held,
}

impl InFlight {
    pub(super) fn new(slots: usize) -> Self {
        Self { running: FuturesUnordered::new(), slots }
    }

    pub(super) fn has_slot(&self) -> bool {
        self.slots > 0
    }

    /// Starts a call; returns what it held if it is over at once, as most calls are.
    pub(super) fn start(&mut self, cx: &mut Context<'_>, call: BoxFuture<'static, ()>, held: Held) -> Option<Held> {
        self.slots = self.slots.saturating_sub(usize::from(held.slot.is_some()));
        let mut running = Running { call, held };
        match Pin::new(&mut running).poll(cx) {
            Poll::Ready(held) => Some(self.finished(held)),
            Poll::Pending => {
                self.running.push(running);
                None
            }
        }
    }

    /// Runs what can go on; ready with what a call held that is over.
    pub(super) fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<Held> {
        match Pin::new(&mut self.running).poll_next(cx) {
            Poll::Ready(Some(held)) => Poll::Ready(self.finished(held)),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// One slot more: a call waits for its client and lets others run meanwhile (D-86).
    pub(super) fn free_slot(&mut self) {
        self.slots += 1;
    }

    fn finished(&mut self, held: Held) -> Held {
        self.slots += usize::from(held.slot.as_ref().is_some_and(Slot::is_held));
        held
    }
}

impl Future for Running {
    type Output = Held;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Held> {
        match self.call.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(std::mem::take(&mut self.held)),
            Poll::Pending => Poll::Pending,
        }
    }
}
