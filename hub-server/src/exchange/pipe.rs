//! A bounded stream of bytes between HTTP requests and a connection.

use std::io::{self, IoSlice};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// One direction: anyone may write, one reads, and at most one waits for room.
#[derive(Debug)]
pub(crate) struct Pipe {
    state: Mutex<State>,
    /// With this many unread bytes the pipe is full (T-90).
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    /// A pipe that is full with `capacity` bytes; 0 means that it never is (T-92).
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = if capacity == 0 { usize::MAX } else { capacity };
        Self { state: Mutex::default(), capacity }
    }

    /// Takes all there is; `None` at the end.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Vec<u8>>> {
        let mut state = self.state();
        if !state.bytes.is_empty() {
            let bytes = std::mem::take(&mut state.bytes);
            wake(state.writer.take(), state);
            return Poll::Ready(Some(bytes));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Adds bytes, even to a full pipe; false if it is closed.
    pub(crate) fn put(&self, bytes: &[u8]) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        state.bytes.extend_from_slice(bytes);
        wake(state.reader.take(), state);
        true
    }

    /// Adds buffers until the pipe is full, and returns how much that was. A buffer is never cut: clients of long polling
    /// want whole messages in each answer.
    pub(crate) fn try_put(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        Self::add(self.state(), self.capacity, buffers)
    }

    /// Adds buffers as `try_put`, once there is room.
    pub(crate) fn poll_put(&self, cx: &Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        if !state.closed && state.bytes.len() >= self.capacity {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Self::add(state, self.capacity, buffers))
    }

    fn add(mut state: MutexGuard<'_, State>, capacity: usize, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if state.bytes.len() >= capacity {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let before = state.bytes.len();
        for buffer in buffers {
            if state.bytes.len() >= capacity {
                break;
            }
            state.bytes.extend_from_slice(buffer);
        }
        let added = state.bytes.len() - before;
        wake(state.reader.take(), state);
        Ok(added)
    }

    /// Waits until the pipe is no longer full; false if it is closed.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut state = self.state();
        if state.closed {
            return Poll::Ready(false);
        }
        if state.bytes.len() < self.capacity {
            return Poll::Ready(true);
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Waits, as the one who writes, until the pipe is closed.
    pub(crate) fn poll_closed(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.closed {
            return Poll::Ready(());
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Nothing more comes: what is there is still read.
    pub(crate) fn close(&self) {
        self.end(|_| {});
    }

    /// Nothing more comes, and nothing more is read.
    pub(crate) fn break_off(&self) {
        self.end(|bytes| *bytes = Vec::new());
    }

    fn end(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        state.closed = true;
        change(&mut state.bytes);
        let (reader, writer) = (state.reader.take(), state.writer.take());
        drop(state);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes somebody without the lock.
fn wake(waker: Option<Waker>, state: MutexGuard<'_, State>) {
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt as _;

    use super::*;

    /// What there is to take now; at the end, nothing.
    fn take(pipe: &Pipe) -> Poll<Vec<u8>> {
        let taken = poll_fn(|cx| pipe.poll_take(cx)).now_or_never();
        taken.map_or(Poll::Pending, |bytes| Poll::Ready(bytes.unwrap_or_default()))
    }

    #[test]
    fn what_is_put_is_taken_at_once() {
        let pipe = Pipe::new(10);
        assert!(take(&pipe).is_pending());
        assert!(pipe.put(b"ab") && pipe.put(b"c"));
        assert_eq!(take(&pipe), Poll::Ready(b"abc".to_vec()));
        pipe.put(b"d");
        pipe.close();
        assert!(!pipe.put(b"e"));
        assert_eq!(take(&pipe), Poll::Ready(b"d".to_vec()));
        assert_eq!(take(&pipe), Poll::Ready(Vec::new()));
    }

    #[test]
    fn a_pipe_is_full_with_its_capacity_and_not_before() {
        let pipe = Pipe::new(4);
        let room = || poll_fn(|cx| pipe.poll_room(cx)).now_or_never();
        pipe.put(b"abc");
        assert_eq!(room(), Some(true));
        pipe.put(b"d");
        assert_eq!(room(), None);
        assert_eq!(pipe.try_put(&[IoSlice::new(b"x")]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(take(&pipe), Poll::Ready(b"abcd".to_vec()));
        assert_eq!(room(), Some(true));
        pipe.close();
        assert_eq!(room(), Some(false));
    }

    #[test]
    fn buffers_are_never_cut() {
        let pipe = Pipe::new(4);
        let buffers = [IoSlice::new(b"abc"), IoSlice::new(b"defgh"), IoSlice::new(b"i")];
        assert_eq!(pipe.try_put(&buffers).unwrap(), 8);
        assert_eq!(take(&pipe), Poll::Ready(b"abcdefgh".to_vec()));
    }

    #[test]
    fn a_broken_pipe_forgets() {
        let pipe = Pipe::new(4);
        pipe.put(b"abcd");
        pipe.break_off();
        assert_eq!(take(&pipe), Poll::Ready(Vec::new()));
        assert_eq!(pipe.try_put(&[IoSlice::new(b"x")]).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let pipe = std::sync::Arc::new(Pipe::new(1));
        let other = std::sync::Arc::clone(&pipe);
        let reader = tokio::spawn(async move {
            let first = poll_fn(|cx| other.poll_take(cx)).await;
            (first, poll_fn(|cx| other.poll_take(cx)).await, poll_fn(|cx| other.poll_take(cx)).await)
        });
        for byte in [b"a", b"b"] {
            let added = poll_fn(|cx| pipe.poll_put(cx, &[IoSlice::new(byte)])).await;
            assert_eq!(added.unwrap(), 1);
            assert!(poll_fn(|cx| pipe.poll_room(cx)).await);
            tokio::task::yield_now().await;
        }
        pipe.close();
        assert_eq!(reader.await.unwrap(), (Some(b"a".to_vec()), Some(b"b".to_vec()), None));
    }
}
