//! What waits to be written to one peer.
//!
//! Whoever queues something writes it, if the transport can write without waiting and nobody else is writing: a
//! message to a thousand connections wakes no task. What does not fit into the socket is left to the connection's owner.

mod history;
mod resumption;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use futures_util::task::AtomicWaker;

use crate::sync::lock;
use crate::transport::{Transport, TryWrite};
use history::History;

/// How many buffers one system call takes.
const BUFFERS_PER_WRITE: usize = 64;

/// The bounded queue of bytes to one peer.
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Wakes the owner: something was queued that only it can write, or the connection is to end.
    owner: AtomicWaker,
    limits: Limits,
}

/// When a queue counts as full, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From here on those who may wait do.
    pub(crate) room: usize,
    /// Beyond this a message that nobody waits for is refused.
    pub(crate) overflow: usize,
}

#[derive(Default)]
struct State {
    /// Writes without waiting; gone while it is used, and where the transport has none.
    writer: Option<Arc<dyn TryWrite>>,
    /// What is kept until the peer acknowledges it, if the connection can be resumed.
    history: Option<Box<History>>,
    frames: VecDeque<Bytes>,
    /// What was copied in last; becomes a frame when it is written or something shared follows.
    tail: Vec<u8>,
    /// The size of all that is queued or being written.
    bytes: usize,
    written: u64,
    phase: Phase,
    standing: Standing,
    /// The first frame is partly written.
    cut: bool,
    /// The batch that has this outbox on its list.
    batch: u64,
    /// How many transports there have been: what is still being written to an earlier one no longer matters.
    attachment: u32,
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// Somebody writes, and looks again for what was queued meanwhile.
    Writing,
    /// The socket is full: the owner goes on.
    Blocked,
    /// There is no transport to write to: what is kept waits for the next one.
    Detached,
}

/// What may still be queued; later ones include the earlier.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    #[default]
    Open,
    /// Nothing but the last message; what is queued is written.
    Closed,
    /// Nothing: nobody reads any more.
    Discarded,
    /// Nothing: a write failed.
    Failed,
}

/// Why something was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    Full,
}

impl Outbox {
    pub(crate) fn new(writer: Option<Arc<dyn TryWrite>>, limits: Limits) -> Self {
        let state = State { writer, ..State::default() };
        Self { state: Mutex::new(state), owner: AtomicWaker::new(), limits }
    }

    /// Queues the frame of a message that others may share, unless that would overflow a queue that is not empty;
    /// `size` is that of the message alone.
    pub(crate) fn push_shared(&self, frame: Bytes, size: usize) -> Result<(), Refused> {
        let mut state = lock(&self.state);
        state.admit(frame.len(), self.limits.overflow)?;
        state.keep(&frame, size);
        state.queue(frame);
        Ok(())
    }

    /// Queues the frame of a message of this size, whatever is queued already: callers wait for room first.
    pub(crate) fn push_message(&self, frame: Vec<u8>, size: usize) -> Result<(), Refused> {
        let mut state = lock(&self.state);
        state.admit(frame.len(), usize::MAX)?;
        if state.history.is_some() {
            let frame = Bytes::from(frame);
            state.keep(&frame, size);
            state.queue(frame);
        } else {
            state.copy(&frame);
        }
        Ok(())
    }

    /// Queues a copy of a frame that is no message, or one that is not counted (S-10), whatever is queued already.
    pub(crate) fn push(&self, frame: &[u8]) -> Result<(), Refused> {
        let mut state = lock(&self.state);
        state.admit(frame.len(), usize::MAX)?;
        state.copy(frame);
        Ok(())
    }

    /// Refuses everything from now on; what is queued is still written.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut state = lock(&self.state);
            state.close(Standing::Closed);
            state.history = None;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Queues the last message of all behind what is queued, although the outbox is closed.
    pub(crate) fn push_last(&self, frame: &[u8]) {
        let mut state = lock(&self.state);
        if state.standing < Standing::Discarded {
            state.copy(frame);
        }
    }

    /// Drops what is queued and refuses everything, the last message too: nobody reads it.
    pub(crate) fn discard(&self) {
        self.close();
        lock(&self.state).discard();
    }

    /// Waits until there is room for a message: until less than the room is queued, and not too much is waiting to be
    /// acknowledged; or until the outbox is closed. An empty queue has room, whatever the limit.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<Result<(), Refused>> {
        let mut state = lock(&self.state);
        if state.standing == Standing::Open && state.history.as_mut().is_some_and(|history| history.must_wait()) {
            state.wait(cx);
            return Poll::Pending;
        }
        self.poll_queue(&mut state, cx)
    }

    /// Waits until less than the room is queued, whatever waits to be acknowledged, or the outbox is closed.
    pub(crate) fn poll_queue_room(&self, cx: &Context<'_>) -> Poll<Result<(), Refused>> {
        self.poll_queue(&mut lock(&self.state), cx)
    }

    fn poll_queue(&self, state: &mut State, cx: &Context<'_>) -> Poll<Result<(), Refused>> {
        if state.standing != Standing::Open {
            return Poll::Ready(Err(Refused::Closed));
        }
        if state.bytes == 0 || state.bytes < self.limits.room {
            return Poll::Ready(Ok(()));
        }
        state.wait(cx);
        Poll::Pending
    }

    /// Whether the batch of this number has yet to write this outbox; from now on it has.
    pub(crate) fn join_batch(&self, batch: u64) -> bool {
        std::mem::replace(&mut lock(&self.state).batch, batch) != batch
    }

    /// How many bytes have been written.
    pub(crate) fn written(&self) -> u64 {
        lock(&self.state).written
    }

    /// Whether a write has failed.
    pub(crate) fn has_failed(&self) -> bool {
        lock(&self.state).standing == Standing::Failed
    }

    /// Wakes the task that owns the connection.
    pub(crate) fn wake_owner(&self) {
        self.owner.wake();
    }

    /// Has the owner woken with this context.
    pub(crate) fn register_owner(&self, cx: &Context<'_>) {
        self.owner.register(cx.waker());
    }

    /// Writes what is queued, as far as that goes without waiting.
    pub(crate) fn flush(&self) {
        while let Some((mut job, writer)) = self.begin_writing_without_waiting() {
            let written = write_frames(&mut job.frames, |buffers| writer.try_write(buffers));
            let (phase, closed) = self.end_writing(job, Some(writer), &written);
            if phase != Phase::Idle || closed {
                self.owner.wake();
            }
            if phase != Phase::Idle {
                return;
            }
        }
    }

    /// Writes, as the owner, what others could not; ready when nothing is left for the owner to write.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>, transport: &mut dyn Transport) -> Poll<io::Result<()>> {
        let mut phase = Phase::Blocked;
        while let Some(mut job) = self.begin_writing(phase) {
            let written = write_frames(&mut job.frames, |buffers| match transport.poll_write(cx, buffers) {
                Poll::Ready(result) => result,
                Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            });
            self.end_writing(job, None, &written);
            match written.result {
                Ok(()) => phase = Phase::Idle, // what was queued meanwhile
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Waits, as the owner of a closed outbox, until all is written or the peer is gone.
    pub(crate) fn poll_drained(&self, cx: &mut Context<'_>, transport: &mut dyn Transport) -> Poll<()> {
        lock(&self.state).block();
        match self.poll_flush(cx, transport) {
            Poll::Ready(Ok(())) if lock(&self.state).bytes > 0 => Poll::Pending, // somebody else is writing
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    }

    fn begin_writing(&self, phase: Phase) -> Option<Job> {
        lock(&self.state).begin_writing(phase)
    }

    /// Begins to write with the transport's writer; without one the owner is woken.
    fn begin_writing_without_waiting(&self) -> Option<(Job, Arc<dyn TryWrite>)> {
        let mut state = lock(&self.state);
        let Some(writer) = state.writer.take() else {
            if state.block() {
                drop(state);
                self.owner.wake();
            }
            return None;
        };
        let Some(job) = state.begin_writing(Phase::Idle) else {
            state.writer = Some(writer);
            return None;
        };
        Some((job, writer))
    }

    /// Returns what is left over and says how it stands.
    fn end_writing(&self, job: Job, writer: Option<Arc<dyn TryWrite>>, written: &Written) -> (Phase, bool) {
        let mut state = lock(&self.state);
        if job.attachment != state.attachment {
            // What could not be written to a transport that is gone was queued again for the next one. Whoever attached
            // that one has it written.
            return (Phase::Detached, state.standing != Standing::Open);
        }
        state.writer = writer.or(state.writer.take());
        let mut left = job.frames;
        left.append(&mut state.frames);
        state.frames = left;
        state.bytes = state.bytes.saturating_sub(written.bytes);
        state.written += written.bytes as u64;
        if written.bytes > 0 {
            state.cut = written.cut;
        }
        state.phase = match &written.result {
            Ok(()) => Phase::Idle,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Phase::Blocked,
            Err(_) => state.fail(),
        };
        if state.standing >= Standing::Discarded {
            state.discard();
        }
        let is_closed = state.standing != Standing::Open;
        let waiting = if is_closed || state.bytes <= self.limits.room / 2 {
            std::mem::take(&mut state.waiting)
        } else {
            Vec::new()
        };
        let phase = state.phase;
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        (phase, is_closed)
    }
}

impl State {
    fn admit(&self, bytes: usize, overflow: usize) -> Result<(), Refused> {
        let kept = self.history.as_ref().map_or(0, |history| history.bytes());
        let waiting = self.bytes.max(kept);
        match () {
            () if self.standing != Standing::Open => Err(Refused::Closed),
            () if waiting > 0 && waiting.saturating_add(bytes) > overflow => Err(Refused::Full),
            () => Ok(()),
        }
    }

    /// Keeps a message until it is acknowledged, on a connection that can be resumed.
    fn keep(&mut self, frame: &Bytes, size: usize) {
        if let Some(history) = &mut self.history {
            history.keep(frame.clone(), size);
        }
    }

    fn queue(&mut self, frame: Bytes) {
        if self.phase != Phase::Detached {
            self.bytes += frame.len();
            self.seal_tail();
            self.frames.push_back(frame);
        }
    }

    fn copy(&mut self, frame: &[u8]) {
        if self.phase != Phase::Detached {
            self.bytes += frame.len();
            self.tail.extend_from_slice(frame);
        }
    }

    fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
    }

    fn close(&mut self, standing: Standing) {
        self.standing = self.standing.max(standing);
    }

    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.frames.push_back(tail.into());
        }
    }

    /// Takes all frames out to be written, if they are waiting in this phase.
    fn begin_writing(&mut self, phase: Phase) -> Option<Job> {
        if self.phase != phase {
            return None;
        }
        self.seal_tail();
        if self.frames.is_empty() {
            self.phase = Phase::Idle;
            return None;
        }
        self.phase = Phase::Writing;
        Some(Job { frames: std::mem::take(&mut self.frames), attachment: self.attachment })
    }

    /// Leaves the writing to the owner; true if that is news to it.
    fn block(&mut self) -> bool {
        let idle = self.phase == Phase::Idle && self.bytes > 0;
        if idle {
            self.phase = Phase::Blocked;
        }
        idle
    }

    /// The transport is lost: nothing more can be written to it.
    fn fail(&mut self) -> Phase {
        if self.history.is_some() {
            self.detach();
            return Phase::Detached;
        }
        self.close(Standing::Failed);
        self.cut = false;
        Phase::Blocked
    }

    /// Forgets what is queued, but not what is kept.
    fn detach(&mut self) {
        self.phase = Phase::Detached;
        self.attachment += 1;
        self.writer = None;
        self.frames.clear();
        self.tail.clear();
        self.bytes = 0;
        self.cut = false;
    }

    /// Drops all but the rest of a frame that is partly written: what follows it must not be taken for its rest.
    fn discard(&mut self) {
        self.close(Standing::Discarded);
        self.frames.truncate(usize::from(self.cut));
        self.tail.clear();
        self.bytes = self.frames.front().map_or(0, Bytes::len);
    }
}

/// Frames that are being written.
struct Job {
    frames: VecDeque<Bytes>,
    attachment: u32,
}

/// What came of an attempt to write.
struct Written {
    bytes: usize,
    /// The first of the frames that are left is partly written.
    cut: bool,
    result: io::Result<()>,
}

/// Writes frames until all are written or `write` fails; what is written is taken off `frames`.
fn write_frames(frames: &mut VecDeque<Bytes>, mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> Written {
    let mut written = Written { bytes: 0, cut: false, result: Ok(()) };
    while !frames.is_empty() {
        let mut buffers = [IoSlice::new(&[]); BUFFERS_PER_WRITE];
        let count = frames.len().min(BUFFERS_PER_WRITE);
        for (buffer, frame) in buffers.iter_mut().zip(frames.iter()) {
            *buffer = IoSlice::new(frame);
        }
        match write(&buffers[..count]) {
            Ok(0) => return Written { result: Err(io::ErrorKind::WriteZero.into()), ..written },
            Ok(bytes) => {
                written.bytes += bytes;
                written.cut = advance(frames, bytes);
            }
            Err(error) => return Written { result: Err(error), ..written },
        }
    }
    written
}

/// Takes what is written off the frames; true if that ends within one.
fn advance(frames: &mut VecDeque<Bytes>, mut written: usize) -> bool {
    while let Some(first) = frames.front_mut() {
        if first.len() > written {
            first.advance(written);
            return written > 0;
        }
        written -= first.len();
        frames.pop_front();
    }
    false
}
