//! What waits to be written to one peer.
//!
//! Whoever queues something writes it, if the transport can write without waiting and nobody else is writing: a
//! message to a thousand connections wakes no task. What does not fit into the socket is left to the connection's owner.

mod history;
mod resumption;
mod state;
#[cfg(test)]
mod tests;
mod unsent;
mod write;

use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use crate::sync::lock;
use crate::transport::{Framing, Transport, TryWrite};
use state::{Phase, Standing, State};
use unsent::Unsent;
use write::{Job, Owner, Written};

/// The number of no batch: what is queued is written by whoever queued it.
pub(crate) const NO_BATCH: u64 = 0;

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

/// For what there is room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// For a message, which has to be queued as one: each is kept until it is acknowledged.
    Message,
    /// For messages until they are this many bytes together; for one in any case.
    Bytes(usize),
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
    /// `size` is that of the message alone. As all that queue something for a batch, tells whether that is news to it.
    pub(crate) fn push_shared(&self, frame: Bytes, size: usize, batch: u64) -> Result<bool, Refused> {
        let mut state = lock(&self.state);
        state.admit(frame.len(), self.limits.overflow)?;
        state.keep(&frame, size);
        state.queue(frame);
        Ok(state.join_batch(batch))
    }

    /// Queues a message for this peer alone, whatever is queued already.
    pub(crate) fn push_message(&self, framing: &Framing, message: &[u8], batch: u64) -> Result<bool, Refused> {
        let unsent = Unsent::new(framing, message);
        let mut state = lock(&self.state);
        state.admit(message.len(), usize::MAX)?;
        state.message(&unsent);
        Ok(state.join_batch(batch))
    }

    /// Queues a message for this peer alone, unless there is no room for it.
    pub(crate) fn try_message(&self, framing: &Framing, message: &[u8], batch: u64) -> Result<bool, Refused> {
        if framing.is_laborious() && self.look_for_room(&mut lock(&self.state)).is_none() {
            return Err(Refused::Full);
        }
        let unsent = Unsent::new(framing, message);
        let mut state = lock(&self.state);
        match self.look_for_room(&mut state) {
            None => Err(Refused::Full),
            Some(room) => room.map(|_| {
                state.message(&unsent);
                state.join_batch(batch)
            }),
        }
    }

    /// Queues a message for this peer alone once there is room for it.
    pub(crate) fn poll_message(
        &self,
        cx: &Context<'_>,
        framing: &Framing,
        message: &[u8],
        batch: u64,
    ) -> Poll<Result<bool, Refused>> {
        if framing.is_laborious() {
            ready!(self.poll_room(cx))?;
        }
        let unsent = Unsent::new(framing, message);
        let mut state = lock(&self.state);
        ready!(self.poll_room_of(&mut state, cx))?;
        state.message(&unsent);
        Poll::Ready(Ok(state.join_batch(batch)))
    }

    /// Queues a copy of frames that are no messages, or messages that are not counted (S-10), whatever is queued already.
    pub(crate) fn push(&self, frames: &[u8], batch: u64) -> Result<bool, Refused> {
        let mut state = lock(&self.state);
        state.admit(frames.len(), usize::MAX)?;
        state.copy(frames);
        Ok(state.join_batch(batch))
    }

    /// Leaves the transport alone from now on.
    pub(crate) fn drop_writer(&self) {
        let writer = lock(&self.state).writer.take();
        drop(writer); // no longer under the lock
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
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<Result<Room, Refused>> {
        self.poll_room_of(&mut lock(&self.state), cx)
    }

    /// Waits until less than the room is queued, whatever waits to be acknowledged, or the outbox is closed.
    pub(crate) fn poll_queue_room(&self, cx: &Context<'_>) -> Poll<Result<Room, Refused>> {
        let mut state = lock(&self.state);
        state.queue_room(self.limits.room).map_or_else(|| state.wait(cx), Poll::Ready)
    }

    fn poll_room_of(&self, state: &mut State, cx: &Context<'_>) -> Poll<Result<Room, Refused>> {
        self.look_for_room(state).map_or_else(|| state.wait(cx), Poll::Ready)
    }

    fn look_for_room(&self, state: &mut State) -> Option<Result<Room, Refused>> {
        let must_wait = state.history.as_mut().is_some_and(|history| history.must_wait());
        if state.standing == Standing::Open && must_wait { None } else { state.queue_room(self.limits.room) }
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
        while let Some((job, writer)) = self.begin_writing_without_waiting() {
            let attachment = job.attachment;
            let written = job.write(&*writer);
            let after = self.end_writing(attachment, Some(writer), written);
            if after.phase != Phase::Idle || after.is_closed {
                self.owner.wake();
            }
            if after.phase != Phase::Idle || after.is_empty {
                return;
            }
        }
    }

    /// Writes, as the owner, what others could not; ready when nothing is left for the owner to write.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>, transport: &mut dyn Transport) -> Poll<io::Result<()>> {
        let mut phase = Phase::Blocked;
        while let Some(job) = self.begin_writing(phase) {
            let attachment = job.attachment;
            let written = job.write(Owner { cx, transport });
            match self.end_writing(attachment, None, written).result {
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
    fn end_writing(&self, attachment: u32, writer: Option<Arc<dyn TryWrite>>, mut written: Written) -> After {
        let mut state = lock(&self.state);
        if attachment != state.attachment {
            // What could not be written to a transport that is gone was queued again for the next one. Whoever attached
            // that one has it written.
            let is_closed = state.standing != Standing::Open;
            return After { phase: Phase::Detached, is_closed, is_empty: true, result: written.result };
        }
        if writer.is_some() {
            state.writer = writer;
        }
        state.end_writing(&mut written);
        let is_closed = state.standing != Standing::Open;
        let waiting = if is_closed || state.bytes <= self.limits.room / 2 {
            std::mem::take(&mut state.waiting)
        } else {
            Vec::new()
        };
        let after = After { phase: state.phase, is_closed, is_empty: state.is_empty(), result: written.result };
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        after
    }
}

/// How it stands after a write.
struct After {
    phase: Phase,
    is_closed: bool,
    is_empty: bool,
    result: io::Result<()>,
}
