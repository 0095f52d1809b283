//! The calls of one connection that run.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use futures_util::stream::FuturesUnordered;

use crate::dispatch::Bound;

/// Running calls, polled by the connection's task, and the slots that plain calls need (D-81).
pub(super) struct InFlight {
    running: FuturesUnordered<Running>,
    slots: usize,
}

struct Running {
    call: Bound,
    holds_slot: bool,
}

impl InFlight {
    pub(super) fn new(slots: usize) -> Self {
        Self { running: FuturesUnordered::new(), slots }
    }

    pub(super) fn has_slot(&self) -> bool {
        self.slots > 0
    }

    /// Starts a plain call; there must be a slot.
    pub(super) fn start(&mut self, cx: &mut Context<'_>, call: Bound) {
        self.slots = self.slots.saturating_sub(1);
        let mut running = Running { call, holds_slot: true };
        // Most calls finish at once: those never enter the set.
        match Pin::new(&mut running).poll(cx) {
            Poll::Ready(_) => self.slots += 1,
            Poll::Pending => self.running.push(running),
        }
    }

    /// Runs what can go on; finished calls give back their slots.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(held_slot)) = Pin::new(&mut self.running).poll_next(cx) {
            self.slots += usize::from(held_slot);
        }
    }

    /// Ready when nothing runs any more.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx);
        if self.running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Future for Running {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        self.call.as_mut().poll(cx).map(|()| self.holds_slot)
    }
}
