//! The calls of one connection that run.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use futures_core::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::slot::Slot;
use super::uploads::UploadKey;

/// Running calls, polled by the connection's task, and the slots that plain calls need (D-81).
pub(super) struct InFlight {
    /// Made for the first call that is not over at once.
    running: Option<FuturesUnordered<Running>>,
    slots: usize,
}

/// What a call held that is over.
#[derive(Default)]
pub(super) struct Held {
    pub(super) slot: Option<Slot>,
    pub(super) streams: Option<Box<HeldStreams>>,
}

/// The streams a call had.
pub(super) struct HeldStreams {
    /// How many there were, both ways.
    pub(super) count: usize,
    /// The ids of those it took.
    pub(super) uploads: Vec<(String, UploadKey)>,
    /// The id under which the client could cancel it.
    pub(super) download: Option<String>,
}

struct Running {
    call: BoxFuture<'static, ()>,
    held: Held,
}

impl InFlight {
    pub(super) fn new(slots: usize) -> Self {
        Self { running: None, slots }
    }

    pub(super) fn has_slot(&self) -> bool {
        self.slots > 0
    }

    /// Starts a call; returns what it held if it is over at once, as most calls are.
    pub(super) fn start(&mut self, cx: &mut Context<'_>, mut call: BoxFuture<'static, ()>, held: Held) -> Option<Held> {
        self.slots = self.slots.saturating_sub(usize::from(held.slot.is_some()));
        if call.as_mut().poll(cx).is_ready() {
            return Some(self.finished(held));
        }
        self.running.get_or_insert_default().push(Running { call, held });
        None
    }

    /// Runs what can go on; ready with what a call held that is over.
    pub(super) fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<Held> {
        let Some(running) = self.running.as_mut().filter(|running| !running.is_empty()) else { return Poll::Pending };
        match Pin::new(running).poll_next(cx) {
            Poll::Ready(Some(held)) => Poll::Ready(self.finished(held)),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.as_ref().is_none_or(FuturesUnordered::is_empty)
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Waker;

    use tokio::sync::Notify;

    use super::*;

    /// A call that lasts until it is notified.
    fn lasting() -> (Arc<Notify>, BoxFuture<'static, ()>) {
        let notify = Arc::new(Notify::new());
        let waiting = Arc::clone(&notify);
        (notify, Box::pin(async move { waiting.notified().await }))
    }

    fn with_slot() -> Held {
        Held { slot: Some(Slot::default()), ..Held::default() }
    }

    #[test]
    fn a_call_that_is_over_at_once_gives_its_slot_back_at_once() {
        let (mut in_flight, cx) = (InFlight::new(1), &mut Context::from_waker(Waker::noop()));
        assert!(in_flight.start(cx, Box::pin(async {}), with_slot()).is_some());
        assert!(in_flight.has_slot() && in_flight.is_empty());
    }

    #[test]
    fn a_call_holds_its_slot_while_it_runs() {
        let (mut in_flight, cx) = (InFlight::new(2), &mut Context::from_waker(Waker::noop()));
        let ((first, first_call), (_second, second_call)) = (lasting(), lasting());
        in_flight.start(cx, first_call, with_slot());
        assert!(in_flight.has_slot());
        in_flight.start(cx, second_call, with_slot());
        assert!(in_flight.poll_finished(cx).is_pending());
        assert!(!in_flight.has_slot());
        first.notify_one();
        assert!(in_flight.poll_finished(cx).is_ready());
        assert!(in_flight.has_slot() && !in_flight.is_empty());
    }

    #[test]
    fn a_stream_takes_no_slot_and_is_named_when_it_is_over() {
        let (mut in_flight, cx) = (InFlight::new(1), &mut Context::from_waker(Waker::noop()));
        let (ending, call) = lasting();
        let streams = HeldStreams { count: 1, uploads: Vec::new(), download: Some("s".to_owned()) };
        in_flight.start(cx, call, Held { slot: None, streams: Some(Box::new(streams)) });
        assert!(in_flight.has_slot());
        ending.notify_one();
        let Poll::Ready(held) = in_flight.poll_finished(cx) else { panic!("the stream is over") };
        assert_eq!(held.streams.and_then(|streams| streams.download).as_deref(), Some("s"));
        assert_eq!(in_flight.slots, 1);
    }

    #[test]
    fn a_slot_that_was_freed_is_not_given_back_again() {
        let (mut in_flight, cx) = (InFlight::new(1), &mut Context::from_waker(Waker::noop()));
        let (ending, call) = lasting();
        let mut slot = Slot::default();
        let shared = slot.share();
        in_flight.start(cx, call, Held { slot: Some(slot), ..Held::default() });
        assert!(shared.free());
        in_flight.free_slot();
        assert!(in_flight.has_slot());
        ending.notify_one();
        assert!(in_flight.poll_finished(cx).is_ready());
        assert_eq!(in_flight.slots, 1);
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
            for call in calls.drain(..) {
                in_flight.start(cx, call, with_slot());
            }
            while in_flight.poll_finished(cx).is_ready() {}
            if in_flight.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        notifying.await.unwrap();
        assert_eq!(in_flight.slots, 100);
    }
}
