//! The WebSockets transport (section 2.1).

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use hub_core::transport::{CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite};
use hyper::upgrade::Upgraded;
use tokio::task::coop::poll_proceed;
use tokio::time::{Sleep, sleep};

use super::compression::{Compression, Inflation};
use super::read_buffer::with_read_buffer;
use super::socket::Socket;
use super::{Chunk, CloseCode, Decoder, Event, Opcode, Violation, write_close, write_message, write_pong};

/// What came compressed is read on later from so many bytes on, so that nobody's memory is filled by one read.
const MAX_INFLATED: usize = 64 * 1024;

/// A connection over a WebSocket.
pub(crate) struct WebSocketTransport {
    socket: Socket,
    decoder: Decoder,
    unread: Option<Box<Unread>>,
    compressed: Option<Compressed>,
    input: InputState,
    closing: Closing,
    close_timeout: Duration,
}

/// What came and was not read yet.
struct Unread {
    /// Bytes of the connection itself, sent by POST before it was there (N-54).
    posted: Vec<u8>,
    /// The next bytes of the socket: hyper has read them, or more came out of them than is taken at a time.
    received: Vec<u8>,
}

/// What a connection needs whose messages may be compressed.
struct Compressed {
    agreed: Compression,
    inflation: Inflation,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InputState {
    Open,
    /// The peer has sent its Close frame, or something that is not allowed.
    Ended,
    /// The socket is lost.
    Lost,
}

/// How far the closing handshake has come (T-8).
enum Closing {
    NotBegun,
    Sending(Bytes),
    Waiting(Pin<Box<Sleep>>),
    Done,
}

impl Unread {
    fn boxed(self) -> Option<Box<Self>> {
        (!self.posted.is_empty() || !self.received.is_empty()).then(|| Box::new(self))
    }
}

impl WebSocketTransport {
    /// `posted`: what the client sent by POST before. `compression`: what was agreed upon with it.
    pub(crate) fn new(
        upgraded: Upgraded,
        posted: Vec<u8>,
        compression: Option<Compression>,
        close_timeout: Duration,
    ) -> Self {
        let (socket, received) = Socket::new(upgraded);
        Self {
            socket,
            decoder: Decoder::new(compression.is_some()),
            unread: Unread { posted, received: received.into() }.boxed(),
            compressed: compression.map(|agreed| Compressed { agreed, inflation: agreed.inflation() }),
            input: InputState::Open,
            closing: Closing::NotBegun,
            close_timeout,
        }
    }

    /// Passes on what a chunk of the socket's bytes means.
    fn take(
        &mut self,
        cx: &mut Context<'_>,
        chunk: &mut [u8],
        input: &mut dyn Input,
    ) -> Result<Received, TransportError> {
        let mut chunk = Chunk::new(chunk);
        let (mut ping, mut inflated) = (None, 0);
        while inflated < MAX_INFLATED {
            match self.decoder.next(&mut chunk) {
                Ok(None) => break,
                Ok(Some(Event::Data(data))) => input.data(cx, data),
                Ok(Some(Event::Deflated(part))) => {
                    let Some(compressed) = &mut self.compressed else { continue };
                    let expanded = compressed.inflation.push(&part, |piece| {
                        inflated += piece.len();
                        input.data(cx, piece);
                    });
                    if let Err(violation) = expanded {
                        return self.refuse(violation, input);
                    }
                }
                Ok(Some(Event::Ping(payload))) => ping = Some(payload),
                Ok(Some(Event::Close(code))) => {
                    tracing::trace!(?code, "the peer closes the WebSocket");
                    self.input = InputState::Ended;
                    return Ok(Received::Gone);
                }
                Err(violation) => return self.refuse(violation, input),
            }
        }
        self.unread = Unread { posted: Vec::new(), received: chunk.rest().to_vec() }.boxed();
        // One pong answers all pings before it (RFC 6455, section 5.5.3): a flood of them queues little.
        if let Some(payload) = ping {
            input.reply(&frame(|out| write_pong(out, &payload)));
        }
        Ok(Received::Data)
    }

    fn refuse(&mut self, violation: Violation, input: &mut dyn Input) -> Result<Received, TransportError> {
        self.input = InputState::Ended;
        // Queued at once, as the last that this peer is told; nothing is awaited from it (T-19).
        input.reply(&frame(|out| write_close(out, violation.close_code())));
        self.closing = Closing::Done;
        Err(TransportError::new(violation.to_string()))
    }

    /// A connection that breaks off is no error (T-11).
    fn lose(&mut self, error: io::Result<()>) -> Result<Received, TransportError> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        self.input = InputState::Lost;
        match error {
            Err(error) if !matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof) => {
                Err(TransportError::lost(error.to_string()))
            }
            _ => Ok(Received::Lost),
        }
    }

    fn poll_closing_handshake(&mut self, cx: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        loop {
            match &mut self.closing {
                Closing::NotBegun => self.closing = self.begin_closing(status),
                Closing::Sending(frame) => {
                    match ready!(self.socket.poll_write(cx, &[IoSlice::new(frame)])) {
                        Ok(written) if written > 0 => frame.advance(written.min(frame.len())),
                        _ => self.closing = Closing::Done,
                    }
                    if matches!(&self.closing, Closing::Sending(frame) if frame.is_empty()) {
                        self.closing = self.wait_for_close();
                    }
                }
                Closing::Waiting(timeout) => {
                    if timeout.as_mut().poll(cx).is_pending() {
                        ready!(self.poll_peer_close(cx));
                    }
                    self.closing = Closing::Done;
                }
                Closing::Done => return Poll::Ready(()),
            }
        }
    }

    fn begin_closing(&self, status: CloseStatus) -> Closing {
        let code = match status {
            CloseStatus::Normal => CloseCode::NORMAL,
            CloseStatus::InternalError => CloseCode::INTERNAL_ERROR,
            CloseStatus::Dropped => {
                self.socket.discard_unsent();
                return Closing::Done;
            }
        };
        match self.input {
            InputState::Lost => Closing::Done,
            InputState::Open | InputState::Ended => Closing::Sending(frame(|out| write_close(out, code)).into()),
        }
    }

    fn wait_for_close(&self) -> Closing {
        match self.input {
            InputState::Open => Closing::Waiting(Box::pin(sleep(self.close_timeout))),
            InputState::Ended | InputState::Lost => Closing::Done,
        }
    }

    /// Reads on until the peer's Close frame or the end of the socket, whatever comes before.
    fn poll_peer_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(mut unread) = self.unread.take()
            && self.is_closed_in(&mut unread.received)
        {
            return Poll::Ready(());
        }
        with_read_buffer(|buffer| {
            loop {
                let length = match ready!(self.socket.poll_read(cx, buffer)) {
                    Ok(0) | Err(_) => return Poll::Ready(()),
                    Ok(length) => length,
                };
                if self.is_closed_in(buffer.get_mut(..length).unwrap_or_default()) {
                    return Poll::Ready(());
                }
            }
        })
    }

    /// Whether the peer says goodbye in these bytes, or breaks the rules.
    fn is_closed_in(&mut self, bytes: &mut [u8]) -> bool {
        let mut chunk = Chunk::new(bytes);
        loop {
            match self.decoder.next(&mut chunk) {
                Ok(Some(Event::Close(_))) | Err(_) => return true,
                Ok(Some(_)) => {}
                Ok(None) => return false,
            }
        }
    }
}

impl Transport for WebSocketTransport {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        if self.input != InputState::Open {
            return Poll::Ready(Ok(Received::Gone));
        }
        if self.unread.is_some() {
            // As a socket that has always something to read does, it lets others have a turn.
            let turn = ready!(poll_proceed(cx));
            turn.made_progress();
        }
        if let Some(mut unread) = self.unread.take() {
            if !unread.posted.is_empty() {
                input.data(cx, &unread.posted);
            }
            return Poll::Ready(self.take(cx, &mut unread.received, input));
        }
        with_read_buffer(|buffer| {
            Poll::Ready(match ready!(self.socket.poll_read(cx, buffer)) {
                Ok(0) => self.lose(Ok(())),
                Ok(length) => self.take(cx, buffer.get_mut(..length).unwrap_or_default(), input),
                Err(error) => self.lose(Err(error)),
            })
        })
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.socket.poll_write(cx, buffers)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, status: CloseStatus) -> Poll<()> {
        ready!(self.poll_closing_handshake(cx, status));
        self.socket.close(cx);
        Poll::Ready(())
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        self.socket.writer()
    }

    fn framing(&self, format: TransferFormat) -> &'static Framing {
        match (&self.compressed, format) {
            (Some(compressed), _) => compressed.agreed.framing(format),
            (None, TransferFormat::Text) => &TEXT,
            (None, TransferFormat::Binary) => &BINARY,
        }
    }

    fn name(&self) -> &'static str {
        "WebSockets"
    }
}

/// What the server sends is Text or Binary by the hub protocol's format, whatever the client sends (T-3).
static TEXT: Framing = Framing::new("WebSocket text", |message, out| write_message(out, Opcode::Text, message));
static BINARY: Framing = Framing::new("WebSocket binary", |message, out| write_message(out, Opcode::Binary, message));

fn frame(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    write(&mut frame);
    frame
}
