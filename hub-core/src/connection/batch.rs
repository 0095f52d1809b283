//! One write for all that one round of a connection's task has to say.
//!
//! While a connection's task is polled, whatever it queues for itself and for others is only noted here; each outbox is
//! written once when the round is over. Outside of such a round a message is written at once.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Connection;

/// Batches are numbered by thread: the upper bits say which.
const THREAD_SHIFT: u32 = 40;

thread_local! {
    static CURRENT: RefCell<Option<Batch>> = const { RefCell::new(None) };
    static NEXT: Cell<u64> = Cell::new(first_number());
}

struct Batch {
    number: u64,
    dirty: Vec<Arc<Connection>>,
}

/// Runs one round; what it queued is written when it is over.
pub(crate) fn run<R>(round: impl FnOnce() -> R) -> R {
    let outer = CURRENT.with(|current| current.replace(Some(Batch { number: next_number(), dirty: Vec::new() })));
    let _flush = Flush(outer);
    round()
}

/// Sees to it that what was queued for `connection` is written: with the batch, or now.
pub(crate) fn written_soon(connection: &Arc<Connection>) {
    let noted = CURRENT.with(|current| current.borrow_mut().as_mut().map(|batch| batch.note(connection)).is_some());
    if !noted {
        connection.outbox().flush();
    }
}

impl Batch {
    fn note(&mut self, connection: &Arc<Connection>) {
        if connection.outbox().join_batch(self.number) {
            self.dirty.push(Arc::clone(connection));
        }
    }
}

/// Ends a round, also one that panicked.
struct Flush(Option<Batch>);

impl Drop for Flush {
    fn drop(&mut self) {
        let done = CURRENT.with(|current| current.replace(self.0.take()));
        for connection in done.into_iter().flat_map(|batch| batch.dirty) {
            connection.outbox().flush();
        }
    }
}

fn next_number() -> u64 {
    NEXT.with(|next| next.replace(next.get() + 1))
}

fn first_number() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(1);
    THREADS.fetch_add(1, Ordering::Relaxed) << THREAD_SHIFT
}
