//! A transport without a socket: two ends of a pipe in memory.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::{CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite, UNFRAMED};
use crate::sync::lock;

/// A pipe that holds `capacity` bytes in each direction: the server's end and the client's.
pub fn pair(capacity: usize) -> (MemoryTransport, MemoryPeer) {
    let (up, down) = (Pipe::new(capacity), Pipe::new(capacity));
    let server = MemoryTransport { input: Arc::clone(&up), output: Arc::new(Out(Arc::clone(&down))) };
    (server, MemoryPeer { input: down, output: up })
}

/// The server's end.
#[derive(Debug)]
pub struct MemoryTransport {
    input: Arc<Pipe>,
    output: Arc<Out>,
}

impl Transport for MemoryTransport {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        self.input.poll_take(cx).map(|bytes| match bytes {
            None if self.input.is_broken() => Ok(Received::Lost),
            None => Ok(Received::End),
            Some(bytes) => {
                input.data(cx, &bytes);
                Ok(Received::Data)
            }
        })
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.output.0.poll_put(cx, buffers)
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: CloseStatus) -> Poll<()> {
        self.output.0.close();
        Poll::Ready(())
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        Some(Arc::clone(&self.output) as Arc<dyn TryWrite>)
    }

    fn framing(&self, _: TransferFormat) -> &'static Framing {
        &UNFRAMED
    }

    fn name(&self) -> &'static str {
        "Memory"
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        self.input.close();
        self.output.0.close();
    }
}

#[derive(Debug)]
struct Out(Arc<Pipe>);

impl TryWrite for Out {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.put(&mut lock(&self.0.state), buffers)
    }
}

/// The client's end.
#[derive(Debug)]
pub struct MemoryPeer {
    input: Arc<Pipe>,
    output: Arc<Pipe>,
}

impl MemoryPeer {
    /// Sends all of `bytes`, in as many pieces as there is room for.
    ///
    /// # Errors
    ///
    /// If the server has ended the connection.
    pub async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let sent = std::future::poll_fn(|cx| self.output.poll_put(cx, &[IoSlice::new(bytes)])).await?;
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// Receives what has come, at least one byte; `None` at the end.
    pub async fn receive(&self) -> Option<Vec<u8>> {
        std::future::poll_fn(|cx| self.input.poll_take(cx)).await
    }

    /// Breaks the pipe: the server reads what was sent, and then finds its transport lost (S-30).
    pub fn cut(self) {
        self.break_off();
    }

    /// As [`cut`](Self::cut), for a peer that others hold as well: they find both directions closed.
    pub fn break_off(&self) {
        lock(&self.output.state).broken = true;
        self.input.close();
        self.output.close();
    }

    /// Sends no more.
    pub fn finish(&self) {
        self.output.close();
    }
}

impl Drop for MemoryPeer {
    fn drop(&mut self) {
        self.input.close();
        self.output.close();
    }
}

/// One direction.
#[derive(Debug)]
struct Pipe {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    closed: bool,
    /// Closed without a farewell.
    broken: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), capacity: capacity.max(1) })
    }

    fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Vec<u8>>> {
        let mut state = lock(&self.state);
        if !state.bytes.is_empty() {
            let bytes = std::mem::take(&mut state.bytes).into();
            wake(&mut state.writer);
            return Poll::Ready(Some(bytes));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_put(&self, cx: &Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let mut state = lock(&self.state);
        match self.put(&mut state, buffers) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                state.writer = Some(cx.waker().clone());
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }

    fn put(&self, state: &mut State, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = self.capacity - state.bytes.len();
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let before = state.bytes.len();
        state.bytes.extend(buffers.iter().flat_map(|buffer| buffer.iter()).take(room));
        wake(&mut state.reader);
        Ok(state.bytes.len() - before)
    }

    fn is_broken(&self) -> bool {
        lock(&self.state).broken
    }

    fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        wake(&mut state.reader);
        wake(&mut state.writer);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
