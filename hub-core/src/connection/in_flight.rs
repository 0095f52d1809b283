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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Waker;

    use tokio::sync::Notify;

    use super::*;

    /// A call that lasts until it is notified.
    fn lasting() -> (Arc<Notify>, Bound) {
        let notify = Arc::new(Notify::new());
        let waiting = Arc::clone(&notify);
        (notify, Box::pin(async move { waiting.notified().await }))
    }

    #[test]
    fn a_call_that_is_over_at_once_gives_its_slot_back_at_once() {
        let (mut in_flight, cx) = (InFlight::new(1), &mut Context::from_waker(Waker::noop()));
        in_flight.start(cx, Box::pin(async {}));
        assert!(in_flight.has_slot());
        assert_eq!(in_flight.poll_done(cx), Poll::Ready(()));
    }

    #[test]
    fn a_call_holds_its_slot_while_it_runs() {
        let (mut in_flight, cx) = (InFlight::new(2), &mut Context::from_waker(Waker::noop()));
        let ((first, first_call), (_second, second_call)) = (lasting(), lasting());
        in_flight.start(cx, first_call);
        assert!(in_flight.has_slot());
        in_flight.start(cx, second_call);
        in_flight.poll(cx);
        assert!(!in_flight.has_slot());
        first.notify_one();
        in_flight.poll(cx);
        assert!(in_flight.has_slot());
        assert_eq!(in_flight.poll_done(cx), Poll::Pending);
    }

    #[tokio::test]
    async fn calls_that_end_one_by_one_all_give_their_slots_back() {
        let mut in_flight = InFlight::new(100);
        let (notifies, mut calls): (Vec<_>, Vec<_>) = (0..100).map(|_| lasting()).unzip();
        let notifying = tokio::spawn(async move {
            for notify in notifies.iter().rev() {
                tokio::task::yield_now().await;
                notify.notify_one();
            }
        });
        poll_fn(|cx| {
            calls.drain(..).for_each(|call| in_flight.start(cx, call));
            in_flight.poll_done(cx)
        })
        .await;
        notifying.await.unwrap();
        assert_eq!(in_flight.slots, 100);
    }
}
