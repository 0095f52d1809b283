//! A bounded stream of bytes between HTTP requests and a connection.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::frames::Frames;

/// One direction: anyone may write, one reads, and at most one waits for room.
///
/// What is sent by POST is copied together as it comes; what leaves waits in frames, which nobody copies.
#[derive(Debug)]
pub(crate) struct Pipe<C> {
    state: Mutex<State<C>>,
    /// With this many unread bytes the pipe is full (T-90).
    capacity: usize,
}

/// What is in a pipe.
pub(crate) trait Contents: Default {
    /// In bytes.
    fn size(&self) -> usize;
}

impl Contents for Vec<u8> {
    fn size(&self) -> usize {
        self.len()
    }
}

#[derive(Debug, Default)]
struct State<C> {
    contents: C,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe<Vec<u8>> {
    /// Adds bytes, even to a full pipe; false if it is closed.
    pub(crate) fn put(&self, bytes: &[u8]) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        state.contents.extend_from_slice(bytes);
        wake(state.reader.take(), state);
        true
    }
}

impl Pipe<Frames> {
    /// Adds frames until the pipe is full, and returns how many bytes that was. None is ever cut: clients of long polling
    /// want whole messages in each answer.
    pub(crate) fn try_put(&self, frames: impl Iterator<Item = Bytes>) -> io::Result<usize> {
        self.add(self.state(), frames)
    }

    /// Adds frames as `try_put`, once there is room.
    pub(crate) fn poll_put(&self, cx: &Context<'_>, frames: impl Iterator<Item = Bytes>) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        if !state.closed && self.is_full(&state) {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(self.add(state, frames))
    }

    fn add(
        &self,
        mut state: MutexGuard<'_, State<Frames>>,
        mut frames: impl Iterator<Item = Bytes>,
    ) -> io::Result<usize> {
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if self.is_full(&state) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let before = state.contents.size();
        while !self.is_full(&state)
            && let Some(frame) = frames.next()
        {
            state.contents.push(frame);
        }
        let added = state.contents.size() - before;
        wake(state.reader.take(), state);
        Ok(added)
    }
}

impl<C: Contents> Pipe<C> {
    /// A pipe that is full with `capacity` bytes; 0 means that it never is (T-92).
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = if capacity == 0 { usize::MAX } else { capacity };
        Self { state: Mutex::default(), capacity }
    }

    /// Takes all there is; `None` at the end.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<C>> {
        let mut state = self.state();
        if state.contents.size() > 0 {
            let contents = std::mem::take(&mut state.contents);
            wake(state.writer.take(), state);
            return Poll::Ready(Some(contents));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Waits until the pipe is no longer full; false if it is closed.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut state = self.state();
        if state.closed {
            return Poll::Ready(false);
        }
        if !self.is_full(&state) {
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
        self.end(|contents| *contents = C::default());
    }

    fn end(&self, change: impl FnOnce(&mut C)) {
        let mut state = self.state();
        state.closed = true;
        change(&mut state.contents);
        let (reader, writer) = (state.reader.take(), state.writer.take());
        drop(state);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    fn is_full(&self, state: &State<C>) -> bool {
        state.contents.size() >= self.capacity
    }

    fn state(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes somebody without the lock.
fn wake<C>(waker: Option<Waker>, state: MutexGuard<'_, State<C>>) {
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::iter;

    use futures_util::FutureExt as _;

    use super::*;

    /// What there is to take now; at the end, nothing.
    fn take<C: Contents>(pipe: &Pipe<C>) -> Poll<C> {
        let taken = poll_fn(|cx| pipe.poll_take(cx)).now_or_never();
        taken.map_or(Poll::Pending, |contents| Poll::Ready(contents.unwrap_or_default()))
    }

    fn frames(texts: &[&'static str]) -> impl Iterator<Item = Bytes> {
        texts.iter().map(|text| Bytes::from_static(text.as_bytes()))
    }

    fn taken(pipe: &Pipe<Frames>) -> Vec<Bytes> {
        let Poll::Ready(mut taken) = take(pipe) else { panic!("nothing is there to take") };
        iter::from_fn(|| taken.pop()).collect()
    }

    #[test]
    fn what_is_put_is_taken_at_once() {
        let pipe = Pipe::<Vec<u8>>::new(10);
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
        let pipe = Pipe::<Vec<u8>>::new(4);
        let room = || poll_fn(|cx| pipe.poll_room(cx)).now_or_never();
        pipe.put(b"abc");
        assert_eq!(room(), Some(true));
        pipe.put(b"d");
        assert_eq!(room(), None);
        assert_eq!(take(&pipe), Poll::Ready(b"abcd".to_vec()));
        assert_eq!(room(), Some(true));
        pipe.close();
        assert_eq!(room(), Some(false));
    }

    #[test]
    fn frames_are_neither_cut_nor_copied() {
        let pipe = Pipe::<Frames>::new(4);
        let mut all = frames(&["abc", "defgh", "i"]);
        assert_eq!(pipe.try_put(&mut all).unwrap(), 8);
        assert_eq!(all.next().unwrap(), "i", "what there is no room for is left");
        assert_eq!(pipe.try_put(frames(&["x"])).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(taken(&pipe), ["abc", "defgh"]);
        assert_eq!(pipe.try_put(frames(&["x"])).unwrap(), 1);
    }

    #[test]
    fn a_broken_pipe_forgets() {
        let pipe = Pipe::<Frames>::new(4);
        pipe.try_put(frames(&["abcd"])).unwrap();
        pipe.break_off();
        assert_eq!(taken(&pipe), [""; 0]);
        assert_eq!(pipe.try_put(frames(&["x"])).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let pipe = std::sync::Arc::new(Pipe::<Frames>::new(1));
        let other = std::sync::Arc::clone(&pipe);
        let reader = tokio::spawn(async move {
            let mut read = Vec::new();
            while let Some(mut taken) = poll_fn(|cx| other.poll_take(cx)).await {
                read.extend(taken.pop());
            }
            read
        });
        for text in ["a", "b"] {
            let added = poll_fn(|cx| pipe.poll_put(cx, frames(&[text]))).await;
            assert_eq!(added.unwrap(), 1);
            assert!(poll_fn(|cx| pipe.poll_room(cx)).await);
            tokio::task::yield_now().await;
        }
        pipe.close();
        assert_eq!(reader.await.unwrap(), ["a", "b"]);
    }
}
