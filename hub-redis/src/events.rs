//! What a program may learn of its backplane: events and counters.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;

/// How many events a slow listener may be behind before it misses the oldest.
const KEPT: usize = 64;

/// Something happened between this server and Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisEvent {
    /// The first connection is made, and every channel is subscribed.
    Connected,
    /// The connection is lost: sends wait, and messages of other servers are missed.
    Lost {
        /// Why, as far as that is known.
        error: String,
    },
    /// The connection is back, and every channel is subscribed again. Messages that were published meanwhile did not
    /// reach this server.
    Restored {
        /// How long it was away.
        outage: Duration,
    },
    /// Messages came faster than this server could deliver them, and this many were dropped since the last event.
    Dropped {
        /// How many.
        messages: u64,
    },
}

/// The events of a backplane, from when [`events`](crate::RedisBackplane::events) was called.
#[derive(Debug)]
pub struct RedisEvents(broadcast::Receiver<RedisEvent>);

impl RedisEvents {
    /// The next event; `None` when the backplane is no more. Who is more than 64 events behind misses the oldest.
    pub async fn next(&mut self) -> Option<RedisEvent> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// How often what has happened since the backplane was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisCounters {
    /// Messages that Redis took.
    pub published: u64,
    /// Publishing that failed.
    pub failed: u64,
    /// Messages that came from Redis, those of this server included.
    pub received: u64,
    /// Messages from Redis that could not be understood, and were skipped.
    pub unreadable: u64,
    /// Messages from Redis that were dropped because this server did not keep up.
    pub dropped: u64,
    /// How often the connection came back after it was lost: as often messages may have been missed.
    pub restored: u64,
}

/// Counts, and tells who listens.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) published: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) unreadable: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) restored: AtomicU64,
    events: broadcast::Sender<RedisEvent>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self {
            published: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            received: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            restored: AtomicU64::new(0),
            events: broadcast::channel(KEPT).0,
        }
    }

    pub(crate) fn count(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }

    pub(crate) fn tell(&self, event: RedisEvent) {
        // Often nobody listens.
        let _ = self.events.send(event);
    }

    pub(crate) fn listen(&self) -> RedisEvents {
        RedisEvents(self.events.subscribe())
    }

    pub(crate) fn counters(&self) -> RedisCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RedisCounters {
            published: read(&self.published),
            failed: read(&self.failed),
            received: read(&self.received),
            unreadable: read(&self.unreadable),
            dropped: read(&self.dropped),
            restored: read(&self.restored),
        }
    }
}
