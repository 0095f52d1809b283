//! What clients send by POST (N-45 to N-47, T-71, T-72).

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::pipe::Pipe;

/// How much of a body is copied before the reader's pace counts.
const PIECE: usize = 4096;

/// How long a body may bring nothing.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// A connection's input, before and after it is started.
#[derive(Debug)]
pub(crate) struct Inbox {
    pipe: Pipe<Vec<u8>>,
    /// Bodies are copied one after the other.
    turn: Mutex<()>,
    disposed: AtomicBool,
}

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// It broke off, was too large, or did not come.
    Unreadable,
    /// The connection was given up before all of it was there.
    Disposed,
}

impl Inbox {
    /// `capacity`: with this many unread bytes, bodies wait.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { pipe: Pipe::new(capacity), turn: Mutex::const_new(()), disposed: AtomicBool::new(false) }
    }

    /// Takes in a body of at most `limit` bytes. What comes after the application's end is dropped (N-59).
    pub(crate) async fn receive(&self, body: Body, limit: usize) -> Result<(), Rejected> {
        if usize::try_from(body.size_hint().lower()).is_ok_and(|size| size > limit) {
            return Err(Rejected::Unreadable);
        }
        let _turn = self.turn.lock().await;
        let mut chunks = body.into_data_stream();
        let mut received = 0;
        while let Some(chunk) = self.next(&mut chunks).await? {
            received += chunk.len();
            if received > limit {
                return Err(Rejected::Unreadable);
            }
            for piece in chunk.chunks(PIECE) {
                if !self.pipe.put(piece) || !poll_fn(|cx| self.pipe.poll_room(cx)).await {
                    return self.closed();
                }
            }
        }
        self.closed()
    }

    /// The next chunk of a body, while anybody wants it.
    async fn next(&self, chunks: &mut BodyDataStream) -> Result<Option<Bytes>, Rejected> {
        let next = poll_fn(|cx| match chunks.poll_next_unpin(cx) {
            Poll::Pending => self.pipe.poll_closed(cx).map(|()| self.closed().map(|()| None)),
            Poll::Ready(chunk) => Poll::Ready(chunk.transpose().map_err(|_| Rejected::Unreadable)),
        });
        timeout(BODY_TIMEOUT, next).await.unwrap_or(Err(Rejected::Unreadable))
    }

    fn closed(&self) -> Result<(), Rejected> {
        if self.is_disposed() { Err(Rejected::Disposed) } else { Ok(()) }
    }

    /// Takes all that has come; `None` at the end.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Vec<u8>>> {
        self.pipe.poll_take(cx)
    }

    /// Ends the input and takes what has come.
    pub(crate) fn drain(&self) -> Vec<u8> {
        self.dispose();
        poll_fn(|cx| self.poll_take(cx)).now_or_never().flatten().unwrap_or_default()
    }

    /// Nobody reads any more.
    pub(crate) fn close(&self) {
        self.pipe.break_off();
    }

    /// Ends the input: what has come is still read, what is on its way is refused.
    pub(crate) fn dispose(&self) {
        self.disposed.store(true, Ordering::Release);
        self.pipe.close();
    }

    pub(crate) fn is_disposed(&self) -> bool {
        self.disposed.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use futures_util::stream;

    use super::*;

    const LIMIT: usize = 1000;

    fn taken(inbox: &Inbox) -> Option<Vec<u8>> {
        poll_fn(|cx| inbox.poll_take(cx)).now_or_never().flatten()
    }

    #[tokio::test]
    async fn bodies_are_joined() {
        let inbox = Inbox::new(100);
        assert_eq!(inbox.receive("ab".into(), LIMIT).await, Ok(()));
        assert_eq!(inbox.receive(Body::empty(), LIMIT).await, Ok(()));
        assert_eq!(inbox.receive("c".into(), LIMIT).await, Ok(()));
        assert_eq!(taken(&inbox).unwrap(), b"abc");
    }

    #[tokio::test]
    async fn a_large_body_is_refused_by_its_length_or_when_it_is_too_much() {
        let inbox = Inbox::new(0);
        assert_eq!(inbox.receive(vec![b'x'; LIMIT + 1].into(), LIMIT).await, Err(Rejected::Unreadable));
        assert_eq!(taken(&inbox), None);
        let chunks = stream::iter([600, 600]).map(|size| Ok::<_, Infallible>(vec![b'x'; size]));
        assert_eq!(inbox.receive(Body::from_stream(chunks), LIMIT).await, Err(Rejected::Unreadable));
        assert_eq!(taken(&inbox).unwrap().len(), 600, "what came before stays (N-47)");
        assert_eq!(inbox.receive(vec![b'x'; LIMIT].into(), LIMIT).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let inbox = Inbox::new(100);
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(inbox.receive(body, LIMIT).await, Err(Rejected::Unreadable));
        assert_eq!(inbox.receive("next".into(), LIMIT).await, Ok(()));
    }

    #[tokio::test]
    async fn bodies_queue_behind_one_that_waits_and_keep_their_order() {
        let inbox = Arc::new(Inbox::new(2));
        let posts: Vec<_> = ["aa", "bb", "cc"]
            .into_iter()
            .map(|body| {
                let inbox = Arc::clone(&inbox);
                tokio::spawn(async move { inbox.receive(body.into(), LIMIT).await })
            })
            .collect();
        for expected in [b"aa", b"bb", b"cc"] {
            assert_eq!(poll_fn(|cx| inbox.poll_take(cx)).await.unwrap(), expected);
        }
        for post in posts {
            assert_eq!(post.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn a_waiting_body_is_refused_when_the_connection_is_given_up_and_dropped_when_it_has_ended() {
        for (dispose, expected) in [(true, Err(Rejected::Disposed)), (false, Ok(()))] {
            let inbox = Arc::new(Inbox::new(2));
            let posts: Vec<_> = [Body::from("aaaa"), Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())]
                .map(|body| {
                    let inbox = Arc::clone(&inbox);
                    tokio::spawn(async move { inbox.receive(body, LIMIT).await })
                })
                .into();
            tokio::task::yield_now().await;
            if dispose {
                inbox.dispose();
            } else {
                inbox.close();
            }
            for post in posts {
                assert_eq!(post.await.unwrap(), expected);
            }
            assert_eq!(inbox.receive("late".into(), LIMIT).await, expected);
            assert_eq!(taken(&inbox), dispose.then(|| b"aaaa".to_vec()), "what came is still read, if anybody reads");
        }
    }
}
