//! Deadlines that may be absent.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// A time so much later; `None` if that is beyond all times.
pub(super) fn after(start: Instant, time: Duration) -> Option<Instant> {
    start.checked_add(time)
}

/// Awaits the future, but not beyond the deadline.
pub(super) async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}
