//! The byte stream below a WebSocket.

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hub_core::transport::TryWrite;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// What is left of an HTTP connection after its upgrade.
pub(super) enum Socket {
    /// The bare TCP connection: hyper's state around it is gone, and any task may write to it.
    Tcp { reader: OwnedReadHalf, writer: Arc<TcpWriter> },
    /// Whatever else was listened to: TLS, a Unix socket, a stream of the program's own.
    Stream { io: TokioIo<Upgraded>, unflushed: bool },
    /// Nothing any more.
    Closed,
}

impl Socket {
    /// Takes the TCP connection out of hyper's wrappers where there is one. Also returns what hyper has read already.
    pub(super) fn new(upgraded: Upgraded) -> (Self, Bytes) {
        let upgraded = match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => return (Self::tcp(parts.io.into_inner()), parts.read_buf),
            Err(upgraded) => upgraded,
        };
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => (Self::tcp(parts.io.into_inner()), parts.read_buf),
            Err(upgraded) => (Self::Stream { io: TokioIo::new(upgraded), unflushed: false }, Bytes::new()),
        }
    }

    fn tcp(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a socket stays without TCP_NODELAY");
        }
        let (reader, writer) = stream.into_split();
        Self::Tcp { reader, writer: Arc::new(TcpWriter(Some(writer))) }
    }

    /// Reads once into `buffer`; 0 bytes are the end.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(match self {
            Self::Tcp { reader, .. } => Pin::new(reader).poll_read(cx, &mut buffer),
            Self::Stream { io, unflushed } => {
                poll_flush(io, unflushed, cx)?;
                Pin::new(io).poll_read(cx, &mut buffer)
            }
            Self::Closed => Poll::Ready(Ok(())),
        })?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp { writer, .. } => writer.poll_write(cx, buffers),
            Self::Stream { io, unflushed } => {
                let written = ready!(Pin::new(&mut *io).poll_write_vectored(cx, buffers))?;
                *unflushed = true;
                poll_flush(io, unflushed, cx)?;
                Poll::Ready(Ok(written))
            }
            Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Ends both directions, though others may still hold the socket.
    pub(super) fn close(&mut self, cx: &mut Context<'_>) {
        let result = match self {
            // If nobody else does, it is closed by letting it go.
            Self::Tcp { writer, .. } if Arc::strong_count(writer) == 1 => Ok(()),
            Self::Tcp { writer, .. } => writer.shut_down(),
            Self::Stream { io, .. } => match Pin::new(io).poll_shutdown(cx) {
                Poll::Ready(result) => result,
                Poll::Pending => Ok(()),
            },
            Self::Closed => return,
        };
        *self = Self::Closed;
        if let Err(error) = result {
            tracing::trace!(%error, "a socket was gone before it was shut down");
        }
    }

    /// Has the operating system forget what the peer did not take.
    pub(super) fn discard_unsent(&self) {
        if let Self::Tcp { writer, .. } = self
            && let Err(error) = writer.stream().and_then(TcpStream::set_zero_linger)
        {
            tracing::trace!(%error, "a socket keeps what was not sent");
        }
    }

    pub(super) fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        match self {
            Self::Tcp { writer, .. } => Some(Arc::clone(writer) as _),
            Self::Stream { .. } | Self::Closed => None,
        }
    }
}

/// Goes on with what a buffering stream has not passed on; if it has to wait, the next read or write tries again.
fn poll_flush(io: &mut TokioIo<Upgraded>, unflushed: &mut bool, cx: &mut Context<'_>) -> io::Result<()> {
    if *unflushed && let Poll::Ready(result) = Pin::new(io).poll_flush(cx) {
        *unflushed = false;
        return result;
    }
    Ok(())
}

/// The writing side of a TCP connection, for all who send to it. There until it is dropped.
pub(super) struct TcpWriter(Option<OwnedWriteHalf>);

impl TcpWriter {
    fn stream(&self) -> io::Result<&TcpStream> {
        self.0.as_ref().map(AsRef::as_ref).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn shut_down(&self) -> io::Result<()> {
        socket2::SockRef::from(self.stream()?).shutdown(Shutdown::Both)
    }

    fn poll_write(&self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            match self.try_write(buffers) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.stream()?.poll_write_ready(cx))?;
                }
                result => return Poll::Ready(result),
            }
        }
    }
}

impl TryWrite for TcpWriter {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        // One buffer, the usual case, is cheaper with the plain system call.
        match buffers {
            [buffer] => self.stream()?.try_write(buffer),
            _ => self.stream()?.try_write_vectored(buffers),
        }
    }
}

/// The socket is shut down when its connection ends, and need not be once more.
impl Drop for TcpWriter {
    fn drop(&mut self) {
        if let Some(writer) = self.0.take() {
            writer.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Request;
    use axum::http::StatusCode;
    use axum::routing::get;
    use hyper::upgrade::OnUpgrade;
    use hyper_util::service::TowerToHyperService;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    use super::*;

    /// Upgrades each request and says whether its bare TCP connection was found.
    fn app(found: UnboundedSender<bool>) -> Router {
        let handler = |mut request: Request| async move {
            let on_upgrade = request.extensions_mut().remove::<OnUpgrade>().unwrap();
            tokio::spawn(async move {
                let (socket, early) = Socket::new(on_upgrade.await.unwrap());
                found.send(matches!(socket, Socket::Tcp { .. }) && early == "early").unwrap();
            });
            (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "test")])
        };
        Router::new().route("/", get(handler))
    }

    async fn listen() -> (TcpListener, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: test\r\n\r\nearly";
        client.write_all(request).await.unwrap();
        (listener, client)
    }

    #[tokio::test]
    async fn axum_gives_the_bare_tcp_connection() {
        let (listener, _client) = listen().await;
        let (sender, mut found) = unbounded_channel();
        tokio::spawn(async move { axum::serve(listener, app(sender)).await });
        assert_eq!(found.recv().await, Some(true));
    }

    #[tokio::test]
    async fn hypers_own_connection_gives_it_as_well() {
        let (listener, _client) = listen().await;
        let (sender, mut found) = unbounded_channel();
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(app(sender));
        let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection.with_upgrades());
        assert_eq!(found.recv().await, Some(true));
    }
}
