//! Publishing and subscribing, whatever becomes of the connection.

mod connection;
mod supervisor;
mod wanted;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::error::BackplaneError;
use crate::events::Journal;
use crate::options::Options;

#[cfg(feature = "cluster")]
pub(crate) use connection::Certificates;
pub(crate) use connection::{Connection, Target, with_pushes};
pub(crate) use supervisor::Message;
use wanted::Wanted;

/// How long giving up channels may take at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// The way to Redis of one backplane.
pub(crate) struct Bus {
    target: Target,
    pub(crate) options: Options,
    pub(crate) journal: Journal,
    state: watch::Sender<State>,
    wanted: Mutex<Wanted>,
    /// There is something new in `wanted`.
    changed: Notify,
    /// Redis has been told everything.
    settled: Notify,
    /// How many sends wait for the connection.
    waiting: AtomicUsize,
    /// How many bytes wait for being delivered.
    backlog: AtomicUsize,
    messages: mpsc::UnboundedSender<Message>,
    over: CancellationToken,
}

/// Whether there is a connection.
enum State {
    /// Not now; why the last attempt failed, if one did.
    Down(Option<String>),
    /// Yes, and every channel is subscribed.
    Up(Link),
    /// Never again.
    Stopped,
}

/// A connection, and what tells its supervisor that it is dead.
#[derive(Clone)]
struct Link {
    connection: Connection,
    lost: Arc<Notify>,
}

impl Bus {
    /// A bus that begins to connect; what comes is sent to `messages`. When `over` is cancelled everything ends.
    pub(crate) fn start(
        target: Target,
        options: Options,
        messages: mpsc::UnboundedSender<Message>,
        over: CancellationToken,
    ) -> Arc<Self> {
        let bus = Arc::new(Self {
            target,
            options,
            journal: Journal::new(),
            state: watch::Sender::new(State::Down(None)),
            wanted: Mutex::default(),
            changed: Notify::new(),
            settled: Notify::new(),
            waiting: AtomicUsize::new(0),
            backlog: AtomicUsize::new(0),
            messages,
            over,
        });
        tokio::spawn(supervisor::run(Arc::clone(&bus)));
        bus
    }

    /// Whether there is a connection with every channel subscribed.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_))
    }

    /// Publishes a payload, once there is a connection; how many received it.
    pub(crate) async fn publish(&self, channel: &str, payload: &[u8]) -> Result<i64, BackplaneError> {
        let result = self.try_publish(channel, payload).await;
        let journal = &self.journal;
        Journal::count(if result.is_ok() { &journal.published } else { &journal.failed }, 1);
        result
    }

    async fn try_publish(&self, channel: &str, payload: &[u8]) -> Result<i64, BackplaneError> {
        let mut link = self.link().await?;
        let published = link.connection.publish(channel, payload, self.options.sharded).await;
        published.map_err(|error| self.failure(&link, &error))
    }

    /// Whether the number of receivers is known to be that of all.
    pub(crate) fn counts_all_receivers(&self) -> bool {
        self.options.sharded || self.target.counts_all_receivers()
    }

    /// How many servers have subscribed a channel.
    pub(crate) async fn subscribers(&self, channel: &str) -> Result<i64, BackplaneError> {
        let mut link = self.link().await?;
        let subscribers = link.connection.subscribers(channel, self.options.sharded).await;
        subscribers.map_err(|error| self.failure(&link, &error))
    }

    /// Carries out commands one after the other on one connection.
    pub(crate) async fn commands(&self, commands: &[redis::Cmd]) -> Result<Vec<redis::Value>, BackplaneError> {
        let link = self.link().await?;
        // All are under way at once, in their order.
        let replies = commands.iter().map(|command| {
            let mut link = link.clone();
            async move { link.connection.command(command).await.map_err(|error| self.failure(&link, &error)) }
        });
        futures_util::future::try_join_all(replies).await
    }

    /// One more wants this channel; what is ready when it is subscribed, unless it is already.
    pub(crate) fn acquire(&self, channel: &str) -> Option<Subscribing> {
        let waiting = self.wanted().acquire(channel);
        self.changed.notify_one();
        waiting.map(Subscribing)
    }

    /// What is ready when a channel is subscribed that others have acquired, unless it is already.
    pub(crate) fn wait_for(&self, channel: &str) -> Option<Subscribing> {
        self.wanted().wait(channel).map(Subscribing)
    }

    /// One fewer wants this channel.
    pub(crate) fn release(&self, channel: &str) {
        self.wanted().release(channel);
        self.changed.notify_one();
    }

    /// Waits for a subscription, as long as a send may wait.
    pub(crate) async fn subscribed(&self, waiting: Subscribing) -> Result<(), BackplaneError> {
        match tokio::time::timeout(self.options.send_timeout, waiting.0).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(BackplaneError::Refused("the channel could not be subscribed".to_owned())),
            Err(_) => Err(self.unavailable(self.options.send_timeout)),
        }
    }

    /// Ends the connection for good, once everything is given up that nobody wants any more.
    pub(crate) async fn stop(&self) {
        let settled = async {
            while !self.wanted().is_settled() {
                self.settled.notified().await;
            }
        };
        if self.is_connected() {
            // If Redis is slow it notices by itself that the connection is gone.
            let _ = tokio::time::timeout(FAREWELL, settled).await;
        }
        self.state.send_replace(State::Stopped);
        self.over.cancel();
    }

    /// Notes that a message has been delivered.
    pub(crate) fn delivered(&self, bytes: usize) {
        self.backlog.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Waits for a connection, if not too many do already, and not too long.
    async fn link(&self) -> Result<Link, BackplaneError> {
        match &*self.state.borrow() {
            State::Up(link) => return Ok(link.clone()),
            State::Stopped => return Err(BackplaneError::Stopped),
            State::Down(_) => {}
        }
        let _place = Place::take(&self.waiting, self.options.queue_limit)?;
        self.wait_until_up(self.options.send_timeout).await
    }

    /// Waits for a connection, however many do.
    pub(crate) async fn connected(&self, time: Duration) -> Result<(), BackplaneError> {
        self.wait_until_up(time).await.map(drop)
    }

    /// Waits until the connection has come back more often than so many times.
    pub(crate) async fn restored_after(&self, times: u64) {
        let mut state = self.state.subscribe();
        let restored = || self.journal.counters().restored > times;
        // The count is older than the state it belongs to.
        let _ = state.wait_for(|state| matches!(state, State::Up(_)) && restored()).await;
    }

    async fn wait_until_up(&self, time: Duration) -> Result<Link, BackplaneError> {
        let mut state = self.state.subscribe();
        let up = state.wait_for(|state| !matches!(state, State::Down(_)));
        let Ok(up) = tokio::time::timeout(time, up).await else { return Err(self.unavailable(time)) };
        match up.as_deref() {
            Ok(State::Up(link)) => Ok(link.clone()),
            _ => Err(BackplaneError::Stopped),
        }
    }

    fn unavailable(&self, waited: Duration) -> BackplaneError {
        let last = match &*self.state.borrow() {
            State::Down(last) => last.clone(),
            State::Up(_) => return BackplaneError::Timeout,
            State::Stopped => return BackplaneError::Stopped,
        };
        BackplaneError::Unavailable { waited, last }
    }

    /// What became of a command. If the connection died of it, whoever comes next waits for another one.
    fn failure(&self, link: &Link, error: &redis::RedisError) -> BackplaneError {
        let failure = BackplaneError::of_command(error);
        if let BackplaneError::Lost(error) = &failure {
            self.down(&link.lost, error);
        }
        failure
    }

    /// Notes that a connection has died, if it is the current one.
    fn down(&self, lost: &Arc<Notify>, error: &str) {
        self.state.send_if_modified(|state| {
            let is_current = matches!(state, State::Up(link) if Arc::ptr_eq(&link.lost, lost));
            if is_current {
                *state = State::Down(Some(error.to_owned()));
            }
            is_current
        });
        lost.notify_one();
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription that is under way.
pub(crate) struct Subscribing(oneshot::Receiver<()>);

/// A place among those who wait.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, limit: usize) -> Result<Self, BackplaneError> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) < limit { Ok(place) } else { Err(BackplaneError::QueueFull) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
