//! When to ping, and when a silent client counts as gone (section 6.10).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::options::HubOptions;

/// The clock of one connection: a single timer for whatever is due next.
pub(super) struct KeepAlive {
    timer: Pin<Box<Sleep>>,
    /// What the timer wakes when it is time.
    waker: Option<Waker>,
    next_ping: Option<Instant>,
    interval: Duration,
    silence: Silence,
    stall: Option<Stall>,
    /// Since when messages wait for acknowledgements.
    unacknowledged: Option<Stall>,
    next_acknowledgement: Option<Instant>,
    limits: Limits,
}

/// Messages are acknowledged at most this often (S-14).
const ACKNOWLEDGEMENT_INTERVAL: Duration = Duration::from_secs(1);

struct Limits {
    client_timeout: Duration,
    send_timeout: Duration,
}

/// Since when the client is silent.
struct Silence {
    since: Instant,
    /// The client was heard since the clock was looked at.
    broken: bool,
    /// A client that never pings is never timed out (D-142).
    armed: bool,
    /// The time in which nothing is read does not count (D-144).
    paused: bool,
}

/// Since when there is no progress.
struct Stall {
    since: Instant,
    progress: u64,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    ClientTimeout,
    SendTimeout,
    /// Messages have waited too long for acknowledgements (S-24).
    AcknowledgementTimeout,
    /// What was received is to be acknowledged.
    Acknowledgement,
}

impl KeepAlive {
    pub(super) fn new(options: &HubOptions, pings: bool) -> Self {
        let now = Instant::now();
        let next_ping = pings.then(|| now.checked_add(options.keep_alive_interval)).flatten();
        Self {
            timer: Box::pin(sleep_until(next_ping.unwrap_or(now))),
            next_ping,
            interval: options.keep_alive_interval,
            silence: Silence { since: now, broken: false, armed: false, paused: false },
            waker: None,
            stall: None,
            unacknowledged: None,
            next_acknowledgement: None,
            limits: Limits {
                client_timeout: options.client_timeout_interval,
                send_timeout: options.transport_send_timeout,
            },
        }
    }

    /// The client sent a complete message.
    pub(super) fn heard(&mut self) {
        self.silence.broken = true;
    }

    /// The client sent a ping.
    pub(super) fn arm(&mut self) {
        self.silence.armed = true;
    }

    /// Whether the connection is busy with something else than reading.
    pub(super) fn pause(&mut self, paused: bool) {
        if self.silence.paused && !paused {
            self.heard();
        }
        self.silence.paused = paused;
    }

    /// Whether output waits for the peer, and how much was written so far: progress starts the time anew.
    pub(super) fn note_writing(&mut self, written: Option<u64>) {
        Stall::note(&mut self.stall, written);
    }

    /// Whether messages wait for acknowledgements, and which time that is: each has a time of its own.
    pub(super) fn note_unacknowledged(&mut self, waiting: Option<u64>) {
        Stall::note(&mut self.unacknowledged, waiting);
    }

    /// There is something to acknowledge.
    pub(super) fn acknowledge_soon(&mut self) {
        self.next_acknowledgement.get_or_insert_with(|| Instant::now() + ACKNOWLEDGEMENT_INTERVAL);
    }

    /// Waits for the next thing that is due.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            let now = Instant::now();
            if std::mem::take(&mut self.silence.broken) {
                self.silence.since = now;
            }
            let deadlines = self.deadlines();
            if let Some(due) = self.due(&deadlines, now) {
                return Poll::Ready(due);
            }
            let Some(next) = deadlines.into_iter().flatten().min() else { return Poll::Pending };
            if self.is_set(cx, next) {
                return Poll::Pending;
            }
            self.timer.as_mut().reset(next);
            self.waker = Some(cx.waker().clone());
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Whether the timer wakes this task then anyway: most rounds of a connection change nothing about it.
    fn is_set(&self, cx: &Context<'_>, next: Instant) -> bool {
        self.timer.deadline() == next && self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
    }

    fn due(&mut self, deadlines: &[Option<Instant>; 5], now: Instant) -> Option<Due> {
        let is_due = |deadline: &Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        let (_, due) = deadlines.iter().zip(BY_WEIGHT).find(|(deadline, _)| is_due(deadline))?;
        match due {
            Due::Ping => self.next_ping = now.checked_add(self.interval),
            Due::Acknowledgement => self.next_acknowledgement = None,
            _ => {}
        }
        Some(due)
    }

    /// In the order of [`BY_WEIGHT`].
    fn deadlines(&self) -> [Option<Instant>; 5] {
        let counts = self.silence.armed && !self.silence.paused;
        let silence = counts.then(|| self.silence.since.checked_add(self.limits.client_timeout)).flatten();
        let over = |stall: &Stall| stall.since.checked_add(self.limits.send_timeout);
        let [stall, unacknowledged] = [&self.stall, &self.unacknowledged].map(|stall| stall.as_ref().and_then(over));
        [stall, unacknowledged, silence, self.next_ping, self.next_acknowledgement]
    }
}

/// Of several that are due the worst one counts.
const BY_WEIGHT: [Due; 5] =
    [Due::SendTimeout, Due::AcknowledgementTimeout, Due::ClientTimeout, Due::Ping, Due::Acknowledgement];

impl Stall {
    fn note(stall: &mut Option<Self>, progress: Option<u64>) {
        let same = matches!((&*stall, progress), (Some(stall), Some(progress)) if stall.progress == progress);
        if !same {
            *stall = progress.map(|progress| Self { since: Instant::now(), progress });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{sleep, timeout};

    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    fn clock(keep_alive: u64, client_timeout: u64, send_timeout: u64) -> KeepAlive {
        let options = HubOptions {
            keep_alive_interval: seconds(keep_alive),
            client_timeout_interval: seconds(client_timeout),
            transport_send_timeout: seconds(send_timeout),
            ..HubOptions::default()
        };
        KeepAlive::new(&options, true)
    }

    /// What is due next, and after how long.
    async fn next(clock: &mut KeepAlive) -> (Due, Duration) {
        let start = Instant::now();
        (poll_fn(|cx| clock.poll(cx)).await, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn pings_are_due_at_their_interval() {
        let mut clock = clock(15, 30, 10);
        for _ in 0..3 {
            assert_eq!(next(&mut clock).await, (Due::Ping, seconds(15)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_ever_due_without_pings_silence_and_stall() {
        let mut clock = KeepAlive::new(&HubOptions::default(), false);
        assert!(timeout(seconds(100_000), next(&mut clock)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_last_message_once_it_is_armed() {
        let mut clock = clock(1000, 30, 10);
        clock.arm();
        sleep(seconds(20)).await;
        clock.heard();
        assert_eq!(next(&mut clock).await, (Due::ClientTimeout, seconds(30)));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_that_is_armed_late_is_due_at_once_if_nobody_was_heard() {
        let mut clock = clock(1000, 30, 10);
        sleep(seconds(40)).await;
        clock.arm();
        assert_eq!(next(&mut clock).await, (Due::ClientTimeout, seconds(0)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_starts_the_silence_anew() {
        let mut clock = clock(1000, 30, 10);
        clock.arm();
        sleep(seconds(29)).await;
        clock.pause(true);
        assert!(timeout(seconds(500), next(&mut clock)).await.is_err());
        clock.pause(false);
        clock.pause(false);
        assert_eq!(next(&mut clock).await, (Due::ClientTimeout, seconds(30)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_without_progress_is_due() {
        let mut clock = clock(1000, 30, 10);
        clock.note_writing(Some(5));
        sleep(seconds(6)).await;
        clock.note_writing(Some(5));
        assert_eq!(next(&mut clock).await, (Due::SendTimeout, seconds(4)));
    }

    #[tokio::test(start_paused = true)]
    async fn progress_of_a_write_starts_its_time_anew() {
        let mut clock = clock(1000, 30, 10);
        clock.note_writing(Some(5));
        sleep(seconds(6)).await;
        clock.note_writing(Some(6));
        assert_eq!(next(&mut clock).await, (Due::SendTimeout, seconds(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_is_over_is_never_due() {
        let mut clock = clock(15, 30, 10);
        clock.note_writing(Some(5));
        clock.note_writing(None);
        assert_eq!(next(&mut clock).await, (Due::Ping, seconds(15)));
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_for_acknowledgements_has_its_time() {
        let mut clock = clock(1000, 30, 10);
        clock.note_unacknowledged(Some(1));
        sleep(seconds(6)).await;
        clock.note_unacknowledged(Some(1));
        assert!(timeout(seconds(3), next(&mut clock)).await.is_err());
        clock.note_unacknowledged(Some(2));
        assert_eq!(next(&mut clock).await, (Due::AcknowledgementTimeout, seconds(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_acknowledgement_is_due_once_a_second_after_what_it_is_for() {
        let mut clock = clock(1000, 30, 10);
        clock.acknowledge_soon();
        sleep(Duration::from_millis(400)).await;
        clock.acknowledge_soon();
        assert_eq!(next(&mut clock).await, (Due::Acknowledgement, Duration::from_millis(600)));
        assert!(timeout(seconds(100), next(&mut clock)).await.is_err());
        clock.acknowledge_soon();
        assert_eq!(next(&mut clock).await, (Due::Acknowledgement, seconds(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_that_are_due_the_worse_one_counts() {
        let mut clock = clock(30, 30, 30);
        clock.arm();
        clock.note_writing(Some(0));
        assert_eq!(next(&mut clock).await, (Due::SendTimeout, seconds(30)));
        clock.note_writing(None);
        assert_eq!(next(&mut clock).await.0, Due::ClientTimeout);
    }
}
