//! One poll at a time (T-61 to T-66).

use std::future::poll_fn;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hub_core::transport::CloseStatus;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Exchange, Frames};

/// How long the application has for its last message after the client has ended the connection (T-69).
const GRACE: Duration = Duration::from_millis(250);

/// Which poll waits, or since when none does.
#[derive(Debug)]
pub(super) struct Polls {
    /// Counts the polls; only the latest may wait.
    latest: u64,
    idle_since: Option<Instant>,
    waiting: Option<Waker>,
}

/// What a poll came to.
#[derive(Debug)]
pub(crate) enum PollOutcome {
    /// All that was there.
    Data(Frames),
    /// Nothing came in time (T-63).
    Nothing,
    /// The connection is over (T-64), or another poll has taken over (T-65).
    Ended,
    /// The application failed (T-67).
    Failed,
}

impl Exchange {
    /// Waits for something to say, in place of whatever poll waited before.
    pub(crate) async fn poll(self: &Arc<Self>, patience: Duration) -> PollOutcome {
        let turn = Turn::begin(self);
        let outcome = timeout(patience, poll_fn(|cx| turn.poll(cx))).await;
        outcome.unwrap_or(PollOutcome::Nothing)
    }

    /// Ends the connection when no poll has come for so long, and sees to it that it does end; returns when it is
    /// forgotten.
    pub(crate) async fn watch(self: Arc<Self>, patience: Duration) {
        tokio::select! {
            () = self.forgotten.notified() => return,
            () = self.disposing.notified() => {}
            () = self.idle(patience) => self.dispose(),
        }
        tokio::select! {
            () = self.forgotten.notified() => {}
            () = sleep(GRACE) => self.output.0.break_off(),
        }
        self.settle();
    }

    /// Waits until no poll has come for so long (T-81).
    async fn idle(&self, patience: Duration) {
        loop {
            let now = Instant::now();
            let since = self.polls().idle_since.unwrap_or(now);
            let Some(deadline) = since.checked_add(patience) else { return std::future::pending().await };
            if deadline <= now {
                return;
            }
            sleep_until(deadline).await;
        }
    }

    /// A poll has come to the end: with it the connection is gone, if its application is.
    fn found_out(&self) -> PollOutcome {
        let Some(status) = self.ended.get() else { return PollOutcome::Ended };
        self.forget();
        match status {
            CloseStatus::InternalError => PollOutcome::Failed,
            CloseStatus::Normal | CloseStatus::Dropped => PollOutcome::Ended,
        }
    }

    fn polls(&self) -> MutexGuard<'_, Polls> {
        self.polls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Polls {
    /// Idle from now on: the first poll is answered at once.
    fn default() -> Self {
        Self { latest: 0, idle_since: Some(Instant::now()), waiting: None }
    }
}

/// The right of the latest poll to take what comes, until it is dropped.
struct Turn<'a> {
    exchange: &'a Exchange,
    number: u64,
}

impl<'a> Turn<'a> {
    fn begin(exchange: &'a Exchange) -> Self {
        let mut polls = exchange.polls();
        polls.latest += 1;
        polls.idle_since = None;
        let (number, previous) = (polls.latest, polls.waiting.take());
        drop(polls);
        if let Some(previous) = previous {
            previous.wake();
        }
        Self { exchange, number }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<PollOutcome> {
        let mut polls = self.exchange.polls();
        if polls.latest != self.number {
            return Poll::Ready(PollOutcome::Ended);
        }
        polls.waiting = Some(cx.waker().clone());
        drop(polls);
        self.exchange.output.0.poll_take(cx).map(|frames| match frames {
            Some(frames) => PollOutcome::Data(frames),
            None => self.exchange.found_out(),
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut polls = self.exchange.polls();
        if polls.latest == self.number {
            polls.idle_since = Some(Instant::now());
            polls.waiting = None;
        }
    }
}
