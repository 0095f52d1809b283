//! A connection, from its first request to its last frame.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use reference::{BATCH, Hub, Outcome, keep_alive, negotiation};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wire::http;
use wire::json::SEPARATOR;
use wire::websocket::{self, Parsed};

use crate::writer::{Sender, Writer};

const READ: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Serves a client until it goes.
pub(crate) async fn serve(socket: TcpStream, hub: Arc<Hub<Bytes, Sender>>, direct: bool) {
    let (reader, writer) = socket.into_split();
    let writer = Arc::new(Writer::new(writer));
    let (queue, inbox) = unbounded_channel();
    let sender = if direct { Sender::Direct(Arc::clone(&writer)) } else { Sender::Queued(queue) };
    let phase = Phase::Http;
    let mut connection = Connection { reader, writer, unread: Vec::new(), output: Vec::new(), phase, hub, sender };
    // A client that is gone is gone, whatever its socket says.
    let _ = connection.run(inbox).await;
    if let Phase::Open(number) = connection.phase {
        connection.hub.leave(number);
    }
}

#[derive(Clone, Copy)]
enum Phase {
    Http,
    Handshake,
    /// With the number that the hub gave.
    Open(u64),
}

struct Connection {
    reader: OwnedReadHalf,
    writer: Arc<Writer>,
    /// An incomplete head or frame.
    unread: Vec<u8>,
    /// What came of reading.
    output: Vec<Bytes>,
    phase: Phase,
    hub: Arc<Hub<Bytes, Sender>>,
    sender: Sender,
}

/// The client has said goodbye, or does not keep to the protocol.
struct Over;

impl Connection {
    async fn run(&mut self, mut inbox: UnboundedReceiver<Bytes>) -> io::Result<()> {
        let mut keep_alive = keep_alive();
        let writer = Arc::clone(&self.writer);
        let mut batch = Vec::new();
        let queued = matches!(self.sender, Sender::Queued(_));
        loop {
            let mut goes_on = true;
            tokio::select! {
                read = poll_fn(|context| self.read(context)) => goes_on = read?.is_ok(),
                _ = inbox.recv_many(&mut batch, BATCH), if queued => self.output.append(&mut batch),
                () = writer.waits.notified() => writer.settle().await?,
                _ = keep_alive.tick() => self.ping(),
            }
            // What the socket does not take stops this connection's reading, and not its memory from growing.
            if !self.output.is_empty() && !writer.send(&mut self.output)? {
                writer.settle().await?;
            }
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn ping(&mut self) {
        if let Phase::Open(_) = self.phase {
            self.output.push(self.hub.ping());
        }
    }

    /// One read into the thread's buffer and what follows from it, within one poll. Not by `readable()` and `try_read()`:
    /// after a short `poll_read` tokio knows that nothing is left, which saves the read that would only say so.
    fn read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Result<(), Over>>> {
        BUFFER.with_borrow_mut(|buffer| {
            let mut filled = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.reader).poll_read(context, &mut filled))?;
            Poll::Ready(Ok(match filled.filled_mut() {
                [] => Err(Over),
                bytes => self.received(bytes),
            }))
        })
    }

    fn received(&mut self, bytes: &mut [u8]) -> Result<(), Over> {
        let mut unread = std::mem::take(&mut self.unread);
        if unread.is_empty() {
            let taken = self.consume(bytes)?;
            unread.extend_from_slice(&bytes[taken..]);
        } else {
            unread.extend_from_slice(bytes);
            let taken = self.consume(&mut unread)?;
            unread.drain(..taken);
        }
        self.unread = unread;
        Ok(())
    }

    /// Takes what is complete; returns how much that was.
    fn consume(&mut self, bytes: &mut [u8]) -> Result<usize, Over> {
        let mut taken = 0;
        loop {
            let rest = &mut bytes[taken..];
            let consumed = match self.phase {
                Phase::Http => self.head(rest),
                Phase::Handshake | Phase::Open(_) => self.frame(rest)?,
            };
            match consumed {
                Some(length) => taken += length,
                None => return Ok(taken),
            }
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Option<usize> {
        let length = http::head_length(bytes)?;
        let (head, rest) = bytes.split_at(length);
        let (_, body) = http::body(head, rest)?;
        let answer = if let Some(key) = http::header(head, "sec-websocket-key") {
            self.phase = Phase::Handshake;
            upgraded(key)
        } else {
            negotiated()
        };
        self.output.push(answer.into());
        Some(length + body)
    }

    fn frame(&mut self, bytes: &mut [u8]) -> Result<Option<usize>, Over> {
        let header = match websocket::header(bytes) {
            Parsed::Complete(header) => header,
            Parsed::Incomplete => return Ok(None),
            Parsed::Bad => return Err(Over),
        };
        let end = header.size + header.length;
        let Some(payload) = bytes.get_mut(header.size..end) else { return Ok(None) };
        websocket::mask(payload, header.key.unwrap_or_default());
        match header.opcode {
            websocket::TEXT | websocket::BINARY => self.records(payload)?,
            websocket::PING => self.answer(websocket::PONG, payload),
            websocket::CLOSE => {
                self.answer(websocket::CLOSE, payload);
                return Err(Over);
            }
            _ => {}
        }
        Ok(Some(end))
    }

    fn answer(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = Vec::new();
        websocket::put_frame(&mut frame, opcode, payload, None);
        self.output.push(frame.into());
    }

    fn records(&mut self, payload: &[u8]) -> Result<(), Over> {
        let mut records = payload.split(|&byte| byte == SEPARATOR).filter(|record| !record.is_empty());
        records.try_for_each(|record| self.record(record))
    }

    fn record(&mut self, record: &[u8]) -> Result<(), Over> {
        let Phase::Open(number) = self.phase else {
            self.output.push(self.hub.handshake());
            self.phase = Phase::Open(self.hub.join(self.sender.clone()));
            return Ok(());
        };
        match self.hub.handle(number, &self.sender, record) {
            Outcome::Nothing => {}
            Outcome::Answer(message) => self.output.push(message),
            Outcome::Stream { id, count } => self.output.extend(self.hub.stream(&id, count)),
            Outcome::Close => return Err(Over),
        }
        Ok(())
    }
}

fn upgraded(key: &[u8]) -> String {
    let accept = websocket::accept(key);
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

fn negotiated() -> String {
    let body = negotiation();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}
