//! A connection that is made of several HTTP requests: what is sent to it comes by POST, what it says leaves in a stream
//! of events or in the answers to polls.

mod events;
mod frames;
mod inbox;
mod long_polling;
mod pipe;
mod polls;
mod server_sent_events;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::iter;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hub_core::transport::{CloseStatus, Input, Received, TryWrite};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

pub(crate) use frames::Frames;
pub(crate) use inbox::{BODY_TIMEOUT, Inbox, Rejected};
pub(crate) use long_polling::LongPollingTransport;
use pipe::Pipe;
pub(crate) use polls::PollOutcome;
use polls::Polls;
pub(crate) use server_sent_events::{EventStream, ServerSentEventsTransport};

/// The state that the requests of a connection share with its transport.
pub(crate) struct Exchange {
    inbox: Arc<Inbox>,
    output: Arc<Output>,
    polls: Mutex<Polls>,
    /// How the application ended.
    ended: OnceLock<CloseStatus>,
    /// What keeps the connection known; dropped to forget it.
    entry: Mutex<Option<Box<dyn Send>>>,
    disposing: Notify,
    forgotten: Notify,
    expiry: OnceLock<Expiry>,
}

/// When the user's sign-in ends; later polls may change it (U-32).
pub(crate) type Expiry = watch::Sender<Option<Instant>>;

/// What waits for the next request to take it.
#[derive(Debug)]
struct Output(Pipe<Frames>);

impl Exchange {
    /// `inbox` may hold input already; the connection is known for as long as `entry` is kept. With `capacity` bytes
    /// waiting for the client, writes wait.
    pub(crate) fn new(inbox: Arc<Inbox>, entry: impl Send + 'static, capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            inbox,
            output: Arc::new(Output(Pipe::new(capacity))),
            polls: Mutex::default(),
            ended: OnceLock::new(),
            entry: Mutex::new(Some(Box::new(entry))),
            disposing: Notify::new(),
            forgotten: Notify::new(),
            expiry: OnceLock::new(),
        })
    }

    /// Has later polls change when the connection expires.
    pub(crate) fn prolong_by(&self, expiry: Option<Expiry>) {
        if let Some(expiry) = expiry {
            let _ = self.expiry.set(expiry);
        }
    }

    /// Changes when the connection expires, if it does.
    pub(crate) fn prolong(&self, deadline: Option<Instant>) {
        if let Some(expiry) = self.expiry.get() {
            expiry.send_replace(deadline);
        }
    }

    /// Ends the connection from the client's side; the application hears of it and comes to its end.
    pub(crate) fn dispose(&self) {
        self.inbox.dispose();
        self.settle();
        self.disposing.notify_one();
    }

    /// Where requests put what they bring.
    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    pub(crate) fn is_disposed(&self) -> bool {
        self.inbox.is_disposed()
    }

    /// Forgets a connection that is over on both sides.
    fn settle(&self) {
        match self.ended.get() {
            Some(CloseStatus::Dropped) => self.forget(),
            Some(_) if self.is_disposed() => self.forget(),
            _ => {}
        }
    }

    /// From now on nobody finds the connection.
    fn forget(&self) {
        let entry = self.entry.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(entry);
        self.forgotten.notify_one();
    }

    /// The application has ended and will read and write no more.
    fn end(&self, status: CloseStatus) {
        if self.ended.set(status).is_err() {
            return;
        }
        self.inbox.close();
        self.settle();
        match status {
            CloseStatus::Dropped => self.output.0.break_off(),
            CloseStatus::Normal | CloseStatus::InternalError => self.output.0.close(),
        }
    }

    /// Hands on what has come; at its end, `end`.
    fn poll_read(&self, cx: &mut Context<'_>, input: &mut dyn Input, end: Received) -> Poll<Received> {
        self.inbox.poll_take(cx).map(|bytes| match bytes {
            None => end,
            Some(bytes) => {
                input.data(cx, &bytes);
                Received::Data
            }
        })
    }

    fn poll_write(&self, cx: &Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.output.0.poll_put(cx, copies(buffers))
    }

    fn poll_write_shared(&self, cx: &Context<'_>, frames: &mut VecDeque<Bytes>) -> Poll<io::Result<usize>> {
        self.output.0.poll_put(cx, iter::from_fn(|| frames.pop_front()))
    }

    fn writer(&self) -> Arc<dyn TryWrite> {
        Arc::clone(&self.output) as _
    }
}

impl TryWrite for Output {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_put(copies(buffers))
    }

    fn try_write_shared(&self, frames: &mut VecDeque<Bytes>) -> Option<io::Result<usize>> {
        Some(self.0.try_put(iter::from_fn(|| frames.pop_front())))
    }
}

/// What is for this connection alone, and lies in memory that will be used again.
fn copies<'a>(buffers: &'a [IoSlice<'_>]) -> impl Iterator<Item = Bytes> + 'a {
    buffers.iter().map(|buffer| Bytes::copy_from_slice(buffer))
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("disposed", &self.is_disposed())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
