//! What the reference servers share: a hub as one would write it by hand, with `serde_json`, a map of senders behind a
//! lock and an unbounded channel for each connection. The servers differ in the WebSocket stack below it, so that it can
//! be told what each stack costs. They speak JSON over WebSockets only, know neither uploads nor users, and are no
//! products: no limits, no timeouts, no authentication.

mod http;
mod hub;
mod options;
mod record;
mod socket;

pub use http::{PATH, negotiation, serve};
pub use hub::{Hub, Outbox, Outcome};
pub use options::Options;
pub use socket::{Content, Library, converse};

use std::time::Duration;

use tokio::time::{Instant, Interval, interval_at};

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How many messages of other connections leave together at most.
pub const BATCH: usize = 64;

/// Ticks when a connection is to be pinged.
///
/// # Panics
///
/// Outside of a runtime of tokio with its clock.
pub fn keep_alive() -> Interval {
    interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE)
}
