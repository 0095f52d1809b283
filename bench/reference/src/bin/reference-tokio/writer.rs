//! The sending half of a connection.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf as _, Bytes};
use reference::Outbox;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

/// How many messages one write takes.
const SLICES: usize = 64;
/// More room than this is given back when nothing waits.
const KEPT: usize = 256;

pub(crate) struct Writer {
    socket: OwnedWriteHalf,
    /// What the socket did not take; nobody may write past it.
    unsent: Mutex<VecDeque<Bytes>>,
    /// Something waits for the connection's task.
    pub(crate) waits: Notify,
}

impl Writer {
    pub(crate) fn new(socket: OwnedWriteHalf) -> Self {
        Self { socket, unsent: Mutex::default(), waits: Notify::new() }
    }

    /// Sends all of these, behind what waits already, until the socket is full; returns whether nothing waits then.
    pub(crate) fn send(&self, messages: &mut Vec<Bytes>) -> io::Result<bool> {
        let mut unsent = self.unsent();
        unsent.extend(messages.drain(..));
        self.drain(&mut unsent)?;
        Ok(unsent.is_empty())
    }

    /// Sends what waits.
    pub(crate) async fn settle(&self) -> io::Result<()> {
        while !self.send(&mut Vec::new())? {
            self.socket.writable().await?;
        }
        Ok(())
    }

    /// Sends from any task, without waiting.
    fn send_directly(&self, mut message: Bytes) {
        let mut unsent = self.unsent();
        if unsent.is_empty() {
            match self.socket.try_write(&message) {
                Ok(sent) => message.advance(sent),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The connection's task learns it when it reads.
                Err(_) => return,
            }
            if message.is_empty() {
                return;
            }
            self.waits.notify_one();
        }
        unsent.push_back(message);
    }

    fn drain(&self, unsent: &mut VecDeque<Bytes>) -> io::Result<()> {
        while !unsent.is_empty() {
            match self.write(unsent) {
                Ok(sent) => advance(unsent, sent),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        unsent.shrink_to(KEPT);
        Ok(())
    }

    fn write(&self, unsent: &VecDeque<Bytes>) -> io::Result<usize> {
        // `send` is cheaper than `writev`.
        if let (Some(message), 1) = (unsent.front(), unsent.len()) {
            return self.socket.try_write(message);
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        for (slice, message) in slices.iter_mut().zip(unsent) {
            *slice = IoSlice::new(message);
        }
        self.socket.try_write_vectored(&slices[..unsent.len().min(SLICES)])
    }

    fn unsent(&self) -> MutexGuard<'_, VecDeque<Bytes>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes away what was sent.
fn advance(unsent: &mut VecDeque<Bytes>, mut sent: usize) {
    while let Some(first) = unsent.front_mut() {
        if sent < first.len() {
            return first.advance(sent);
        }
        sent -= first.len();
        unsent.pop_front();
    }
}

/// Where messages of other connections go.
#[derive(Clone)]
pub(crate) enum Sender {
    Queued(UnboundedSender<Bytes>),
    Direct(Arc<Writer>),
}

impl Outbox<Bytes> for Sender {
    fn put(&self, message: Bytes) {
        match self {
            Self::Queued(queue) => queue.put(message),
            Self::Direct(writer) => writer.send_directly(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_taken_away_across_messages() {
        let mut unsent = VecDeque::from([&b"one"[..], b"two", b"three"].map(Bytes::from_static));
        advance(&mut unsent, 4);
        assert_eq!(unsent, [&b"wo"[..], b"three"]);
        advance(&mut unsent, 2);
        assert_eq!(unsent, [&b"three"[..]]);
        advance(&mut unsent, 5);
        assert!(unsent.is_empty());
    }
}
