//! What an outbox holds, and how it changes.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::history::History;
use super::unsent::Unsent;
use super::write::{Job, Written};
use super::{Refused, Room};
use crate::connection::buffers;
use crate::transport::TryWrite;

/// A queue that is empty keeps room for so many frames: what a burst of messages to many takes, each time anew.
const SPARE: usize = 16;

#[derive(Default)]
pub(super) struct State {
    /// Writes without waiting; gone while it is used, and where the transport has none.
    pub(super) writer: Option<Arc<dyn TryWrite>>,
    /// What is kept until the peer acknowledges it, if the connection can be resumed.
    pub(super) history: Option<Box<History>>,
    pub(super) frames: VecDeque<Bytes>,
    /// What was copied in last, behind the frames; a buffer of the thread while there is anything in it.
    pub(super) tail: Vec<u8>,
    /// The size of all that is queued or being written.
    pub(super) bytes: usize,
    pub(super) written: u64,
    pub(super) phase: Phase,
    pub(super) standing: Standing,
    /// The first frame is partly written.
    pub(super) cut: bool,
    /// The batch that has this outbox on its list.
    pub(super) batch: u64,
    /// How many transports there have been: what is still being written to an earlier one no longer matters.
    pub(super) attachment: u32,
    pub(super) waiting: Vec<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
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
pub(super) enum Standing {
    #[default]
    Open,
    /// Nothing but the last message; what is queued is written.
    Closed,
    /// Nothing: nobody reads any more.
    Discarded,
    /// Nothing: a write failed.
    Failed,
}

impl State {
    pub(super) fn admit(&self, bytes: usize, overflow: usize) -> Result<(), Refused> {
        let kept = self.history.as_ref().map_or(0, |history| history.bytes());
        let waiting = self.bytes.max(kept);
        match () {
            () if self.standing != Standing::Open => Err(Refused::Closed),
            () if waiting > 0 && waiting.saturating_add(bytes) > overflow => Err(Refused::Full),
            () => Ok(()),
        }
    }

    /// Keeps a message until it is acknowledged, on a connection that can be resumed.
    pub(super) fn keep(&mut self, frame: &Bytes, size: usize) {
        if let Some(history) = &mut self.history {
            history.keep(frame.clone(), size);
        }
    }

    pub(super) fn queue(&mut self, frame: Bytes) {
        if self.phase != Phase::Detached {
            self.bytes += frame.len();
            self.seal_tail();
            self.frames.push_back(frame);
        }
    }

    /// Queues what `write` appends.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.phase == Phase::Detached {
            return;
        }
        if self.tail.capacity() == 0 {
            self.tail = buffers::take();
        }
        let before = self.tail.len();
        write(&mut self.tail);
        self.bytes += self.tail.len() - before;
    }

    pub(super) fn copy(&mut self, frame: &[u8]) {
        self.append(|tail| tail.extend_from_slice(frame));
    }

    /// Queues a message for this peer alone.
    pub(super) fn message(&mut self, message: &Unsent<'_>) {
        if self.history.is_none() {
            return self.append(|tail| message.write(tail));
        }
        let mut frame = Vec::with_capacity(message.size() + 16);
        message.write(&mut frame);
        let frame = Bytes::from(frame);
        self.keep(&frame, message.size());
        self.queue(frame);
    }

    /// Whether the batch of this number has yet to write this outbox; from now on it has.
    pub(super) fn join_batch(&mut self, batch: u64) -> bool {
        std::mem::replace(&mut self.batch, batch) != batch
    }

    /// For what there is room while less than `limit` is queued. An empty queue has room, whatever the limit.
    pub(super) fn queue_room(&self, limit: usize) -> Option<Result<Room, Refused>> {
        if self.standing != Standing::Open {
            return Some(Err(Refused::Closed));
        }
        let has_room = self.bytes == 0 || self.bytes < limit;
        let room =
            || if self.history.is_some() { Room::Message } else { Room::Bytes(limit.saturating_sub(self.bytes)) };
        has_room.then(|| Ok(room()))
    }

    pub(super) fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    pub(super) fn close(&mut self, standing: Standing) {
        self.standing = self.standing.max(standing);
    }

    /// What was copied in becomes a frame, since something shared follows. The buffer stays for what comes then.
    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            self.frames.push_back(Bytes::copy_from_slice(&self.tail));
            self.tail.clear();
        }
    }

    /// Takes all frames out to be written, if they are waiting in this phase.
    pub(super) fn begin_writing(&mut self, phase: Phase) -> Option<Job> {
        if self.phase != phase {
            return None;
        }
        if self.is_empty() {
            self.phase = Phase::Idle;
            return None;
        }
        self.phase = Phase::Writing;
        let (frames, tail) = (std::mem::take(&mut self.frames), std::mem::take(&mut self.tail));
        Some(Job { frames, tail, attachment: self.attachment })
    }

    /// Takes back what is left of a job, and goes on from there.
    pub(super) fn end_writing(&mut self, written: &mut Written) {
        std::mem::swap(&mut self.frames, &mut written.left);
        if !written.left.is_empty() {
            self.frames.append(&mut written.left);
        }
        self.bytes = self.bytes.saturating_sub(written.bytes);
        self.written += written.bytes as u64;
        if written.bytes > 0 {
            self.cut = written.cut;
        }
        self.phase = match &written.result {
            Ok(()) => Phase::Idle,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Phase::Blocked,
            Err(_) => self.fail(),
        };
        if self.standing >= Standing::Discarded {
            self.discard();
        }
        if self.frames.is_empty() && self.frames.capacity() > SPARE {
            self.frames.shrink_to(SPARE);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.tail.is_empty()
    }

    /// Leaves the writing to the owner; true if that is news to it.
    pub(super) fn block(&mut self) -> bool {
        let idle = self.phase == Phase::Idle && self.bytes > 0;
        if idle {
            self.phase = Phase::Blocked;
        }
        idle
    }

    /// The transport is lost: nothing more can be written to it.
    pub(super) fn fail(&mut self) -> Phase {
        if self.history.is_some() {
            self.detach();
            return Phase::Detached;
        }
        self.close(Standing::Failed);
        self.cut = false;
        Phase::Blocked
    }

    /// Forgets what is queued, but not what is kept.
    pub(super) fn detach(&mut self) {
        self.phase = Phase::Detached;
        self.attachment += 1;
        self.writer = None;
        self.frames = VecDeque::new();
        self.tail = Vec::new();
        self.bytes = 0;
        self.cut = false;
    }

    /// Drops all but the rest of a frame that is partly written: what follows it must not be taken for its rest.
    pub(super) fn discard(&mut self) {
        self.close(Standing::Discarded);
        self.frames.truncate(usize::from(self.cut));
        self.tail.clear();
        self.bytes = self.frames.front().map_or(0, Bytes::len);
    }
}
