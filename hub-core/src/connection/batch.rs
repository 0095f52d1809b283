//! One write for all that one round of a connection's task has to say.
//!
//! While a connection's task is polled, whatever it queues for itself and for others is only noted here; each outbox is
//! written once when the round is over. Outside of such a round a message is written at once.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use super::Connection;
use super::outbox::{NO_BATCH, Outbox};

/// Batches are numbered by thread: the upper bits say which.
const THREAD_SHIFT: u32 = 40;

/// A list that has grown beyond this is not kept for the next batch.
const LARGEST: usize = 1024;

thread_local! {
    static CURRENT: RefCell<Option<Batch>> = const { RefCell::new(None) };
    static NEXT: Cell<u64> = Cell::new(first_number());
    /// The empty list of the last batch.
    static SPARE: Cell<Vec<Arc<Connection>>> = const { Cell::new(Vec::new()) };
}

struct Batch {
    number: u64,
    dirty: Vec<Arc<Connection>>,
}

/// Runs one round; what it queued is written when it is over.
pub(crate) fn run<R>(round: impl FnOnce() -> R) -> R {
    let batch = Batch { number: next_number(), dirty: SPARE.take() };
    let outer = CURRENT.with(|current| current.replace(Some(batch)));
    let _flush = Flush(outer);
    round()
}

/// Has `push` queue something for `connection`, and sees to it that it is written: with the batch, or now.
pub(crate) fn queue<R>(
    connection: &Arc<Connection>,
    push: impl FnOnce(&Outbox, u64) -> Result<bool, R>,
) -> Result<(), R> {
    match poll_queue(connection, |outbox, batch| Poll::Ready(push(outbox, batch))) {
        Poll::Ready(result) => result,
        Poll::Pending => Ok(()),
    }
}

/// As [`queue`], where there may be no room yet.
pub(crate) fn poll_queue<R>(
    connection: &Arc<Connection>,
    push: impl FnOnce(&Outbox, u64) -> Poll<Result<bool, R>>,
) -> Poll<Result<(), R>> {
    let outbox = connection.outbox();
    let number = CURRENT.with(|current| current.borrow().as_ref().map(|batch| batch.number));
    let pushed = push(outbox, number.unwrap_or(NO_BATCH));
    if number.is_none() && matches!(pushed, Poll::Ready(Ok(_))) {
        outbox.flush();
    } else if matches!(pushed, Poll::Ready(Ok(true))) {
        CURRENT.with(|current| current.borrow_mut().as_mut().map(|batch| batch.dirty.push(Arc::clone(connection))));
    }
    pushed.map_ok(drop)
}

/// Ends a round, also one that panicked.
struct Flush(Option<Batch>);

impl Drop for Flush {
    fn drop(&mut self) {
        let Some(batch) = CURRENT.with(|current| current.replace(self.0.take())) else { return };
        let mut dirty = batch.dirty;
        for connection in dirty.drain(..) {
            connection.outbox().flush();
        }
        if dirty.capacity() <= LARGEST {
            SPARE.set(dirty);
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

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::connection::testing::{Socket, connection, core};

    fn say(connection: &Arc<Connection>, text: &str) {
        queue(connection, |outbox, batch| outbox.push(text.as_bytes(), batch)).unwrap();
    }

    #[test]
    fn outside_of_a_round_a_message_is_written_at_once() {
        let socket = Socket::with_room(100);
        say(&connection(&core(), "a", None, &socket), "now");
        assert_eq!(socket.written(), "now");
    }

    #[test]
    fn all_that_a_round_queues_is_one_write_when_it_is_over() {
        let (first, second) = (Socket::with_room(100), Socket::with_room(100));
        let (core, said) = (core(), "one two three ");
        let (a, b) = (connection(&core, "a", None, &first), connection(&core, "b", None, &second));
        run(|| {
            for word in said.split_inclusive(' ') {
                say(&a, word);
                say(&b, word);
            }
            assert_eq!((first.written().as_str(), second.written().as_str()), ("", ""));
        });
        assert_eq!((first.written().as_str(), first.writes()), (said, 1));
        assert_eq!((second.written().as_str(), second.writes()), (said, 1));
    }

    #[test]
    fn a_round_within_a_round_writes_what_it_queued_and_leaves_the_outer_one_going() {
        let socket = Socket::with_room(100);
        let a = connection(&core(), "a", None, &socket);
        run(|| {
            say(&a, "1");
            run(|| say(&a, "2"));
            assert_eq!(socket.written(), "12");
            say(&a, "3");
            assert_eq!(socket.written(), "");
        });
        assert_eq!(socket.written(), "3");
    }

    #[test]
    fn a_round_that_panics_writes_what_it_queued() {
        let socket = Socket::with_room(100);
        let a = connection(&core(), "a", None, &socket);
        let round = AssertUnwindSafe(|| {
            run(|| {
                say(&a, "1");
                panic!("on purpose");
            });
        });
        assert!(catch_unwind(round).is_err());
        assert_eq!(socket.written(), "1");
        say(&a, "2");
        assert_eq!(socket.written(), "2", "the round is over");
    }

    #[test]
    fn rounds_of_many_threads_lose_nothing() {
        let socket = Socket::with_room(1_000_000);
        let a = connection(&core(), "a", None, &socket);
        let threads = [(); 4]
            .map(|()| Arc::clone(&a))
            .map(|a| std::thread::spawn(move || (0..1000).for_each(|_| run(|| (0..3).for_each(|_| say(&a, "x"))))));
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(socket.written().len(), 12_000);
    }
}
