//! The bytes of a connection.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::request::Parts;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, select};
use hub_core::transport::{CloseStatus, Framing, Input, Received, TransferFormat, Transport};
use hub_core::{ConnectionId, NewConnection, User};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// How long a write may make no progress (T-13).
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// While so many bytes wait to be written, nothing is read.
const MAX_UNWRITTEN: usize = 64 * 1024;

/// A connection without a hub: the bytes that a client sends, and those to send to it.
///
/// Clients negotiate and choose a transport as with a hub. It is a stream: the bytes come and go in pieces of any size,
/// whatever pieces they were written in. It ends for the client when it is dropped and its handler has returned; an error
/// that the handler returns, or a panic, ends it as a failure (T-9, T-67).
///
/// See [`route_connection`](crate::RouterExt::route_connection).
pub struct RawConnection {
    id: ConnectionId,
    request: Parts,
    user: User,
    /// Both until this is dropped, which gives the stream back to be closed.
    stream: Option<(Stream, oneshot::Sender<Stream>)>,
    transport_name: &'static str,
}

impl RawConnection {
    pub(super) fn new(new: NewConnection, transport: Box<dyn Transport>, back: oneshot::Sender<Stream>) -> Self {
        let transport_name = transport.name();
        let stream = Stream::new(transport, new.over);
        Self {
            id: new.id,
            request: new.request.into_parts(),
            user: new.user,
            stream: Some((stream, back)),
            transport_name,
        }
    }

    /// The public id.
    pub fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// The HTTP request that connected.
    pub fn request(&self) -> &Parts {
        &self.request
    }

    /// Who is connected.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// `WebSockets`, `ServerSentEvents` or `LongPolling`.
    pub fn transport_name(&self) -> &'static str {
        self.transport_name
    }

    /// The next bytes, at least one; `None` at the end. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// If the client breaks the rules of its transport, or the connection fails in another way than by going away.
    pub async fn read(&mut self) -> io::Result<Option<Bytes>> {
        let stream = self.stream()?;
        poll_fn(|cx| stream.poll_read(cx)).await
    }

    /// Sends bytes, as Text where the transport makes a difference (T-3); waits until they have found room. If the future
    /// is dropped while it waits, they may be sent nevertheless.
    ///
    /// # Errors
    ///
    /// If the connection is gone, or its client has taken nothing for 10 s.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream()?;
        stream.flush().await?;
        if !bytes.is_empty() {
            stream.queue(bytes);
        }
        stream.flush().await
    }

    /// Ends the input when `over` is ready; `token` is kept until the connection is closed.
    pub(super) fn end_when(&mut self, over: impl Future<Output = ()> + Send + 'static, token: TaskTrackerToken) {
        if let Some((stream, _)) = &mut self.stream {
            stream.end_when(over.boxed());
            stream.tracked = Some(token);
        }
    }

    fn stream(&mut self) -> io::Result<&mut Stream> {
        self.stream.as_mut().map(|(stream, _)| stream).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for RawConnection {
    fn drop(&mut self) {
        if let Some((stream, back)) = self.stream.take() {
            let _ = back.send(stream);
        }
    }
}

impl fmt::Debug for RawConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnection").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A transport with what waits to be written to it.
pub(super) struct Stream {
    transport: Box<dyn Transport>,
    framing: &'static Framing,
    unwritten: BytesMut,
    over: Option<BoxFuture<'static, ()>>,
    ended: bool,
    /// The client does not read.
    stalled: bool,
    tracked: Option<TaskTrackerToken>,
}

impl Stream {
    fn new(transport: Box<dyn Transport>, over: Option<BoxFuture<'static, ()>>) -> Self {
        let framing = transport.framing(TransferFormat::Text);
        Self { transport, framing, unwritten: BytesMut::new(), over, ended: false, stalled: false, tracked: None }
    }

    fn end_when(&mut self, over: BoxFuture<'static, ()>) {
        self.over = Some(match self.over.take() {
            Some(other) => select(other, over).map(drop).boxed(),
            None => over,
        });
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        if self.over.as_mut().is_some_and(|over| over.as_mut().poll(cx).is_ready()) {
            self.over = None;
            self.ended = true;
        }
        while !self.ended {
            if self.poll_flush(cx)?.is_pending() && self.unwritten.len() >= MAX_UNWRITTEN {
                return Poll::Pending;
            }
            let mut piece = Piece { received: BytesMut::new(), replies: &mut self.unwritten };
            let received = ready!(self.transport.poll_read(cx, &mut piece)).map_err(io::Error::other);
            let bytes = piece.received.freeze();
            self.ended = !matches!(received, Ok(Received::Data));
            if !bytes.is_empty() {
                return Poll::Ready(Ok(Some(bytes)));
            }
            received?;
        }
        Poll::Ready(Ok(None))
    }

    fn queue(&mut self, bytes: &[u8]) {
        let mut framed = Vec::new();
        self.framing.wrap(bytes, &mut framed);
        self.unwritten.extend_from_slice(&framed);
    }

    /// Writes all that is queued, as long as it gets on.
    async fn flush(&mut self) -> io::Result<()> {
        while !self.unwritten.is_empty() {
            // Between two polls nothing can be written.
            let patience = if self.transport.inherent_keep_alive() { Duration::MAX } else { SEND_TIMEOUT };
            let written = timeout(patience, poll_fn(|cx| self.poll_write(cx))).await;
            self.stalled = written.is_err();
            written??;
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> io::Result<Poll<()>> {
        while !self.unwritten.is_empty() {
            if self.poll_write(cx)?.is_pending() {
                return Ok(Poll::Pending);
            }
        }
        Ok(Poll::Ready(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let written = ready!(self.transport.poll_write(cx, &[IoSlice::new(&self.unwritten)]))?;
        self.unwritten.advance(written.min(self.unwritten.len()));
        Poll::Ready(if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) })
    }

    /// Writes what is left; returns how the connection ends then.
    pub(super) async fn drain(&mut self, status: CloseStatus) -> CloseStatus {
        if self.stalled {
            return CloseStatus::Dropped;
        }
        match timeout(SEND_TIMEOUT, self.flush()).await {
            Ok(Ok(())) => status,
            Ok(Err(_)) | Err(_) => CloseStatus::Dropped,
        }
    }

    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        self.transport.poll_close(cx, status)
    }
}

struct Piece<'a> {
    received: BytesMut,
    replies: &'a mut BytesMut,
}

impl Input for Piece<'_> {
    fn data(&mut self, _: &mut Context<'_>, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    fn reply(&mut self, frame: &[u8]) {
        self.replies.extend_from_slice(frame);
    }
}
