//! What the client sends.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt as _};
use hub_core::protocol::HubProtocol;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::resumable::Resumable;
use super::timer::{after, until};
use crate::transport::TransportError;

type Sender = Pin<Box<dyn Sink<Bytes, Error = TransportError> + Send>>;

/// How often what came is acknowledged (S-14).
const ACK_INTERVAL: Duration = Duration::from_secs(1);

/// How long a farewell may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes to a transport, and its successors.
pub(super) struct Writer {
    sender: Sender,
    protocol: HubProtocol,
    /// What the program sends.
    messages: mpsc::Receiver<Bytes>,
    /// What goes before that.
    first: VecDeque<Bytes>,
    /// After how long without a message a ping is sent.
    keep_alive: Option<Duration>,
    last_sent: Instant,
    last_ack: Instant,
}

impl Writer {
    pub(super) fn new(
        sender: Sender,
        protocol: HubProtocol,
        messages: mpsc::Receiver<Bytes>,
        keep_alive: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        let mut writer =
            Self { sender, protocol, messages, first: VecDeque::new(), keep_alive, last_sent: now, last_ack: now };
        // This arms the server's timeout (C-3, C-4).
        if keep_alive.is_some() {
            writer.first.push_back(writer.ping());
        }
        writer
    }

    /// Goes on with another transport, beginning with these messages.
    pub(super) fn resume(&mut self, sender: Sender, first: Vec<Bytes>) {
        self.sender = sender;
        self.first = first.into();
    }

    /// Writes until that fails. To drop the future loses nothing.
    pub(super) async fn run(&mut self, resumable: Option<&Resumable>) -> TransportError {
        loop {
            if let Err(error) = self.write(resumable).await {
                return error;
            }
        }
    }

    /// Sends what waits and a Close message, if that is asked for, and ends the transport (C-110).
    pub(super) async fn finish(mut self, say_close: bool) {
        self.messages.close();
        let farewell = async {
            if say_close {
                self.say_close().await?;
            }
            self.sender.close().await
        };
        if !matches!(timeout(CLOSE_TIMEOUT, farewell).await, Ok(Ok(()))) {
            tracing::debug!("the server was not told that the connection ends");
        }
    }

    async fn say_close(&mut self) -> Result<(), TransportError> {
        for message in std::mem::take(&mut self.first) {
            self.sender.feed(message).await?;
        }
        while let Some(message) = self.messages.recv().await {
            self.sender.feed(message).await?;
        }
        let mut close = Vec::new();
        self.protocol.write_close(&mut close, None, false);
        self.sender.send(close.into()).await
    }

    /// Writes the next message; flushes when there is none yet.
    async fn write(&mut self, resumable: Option<&Resumable>) -> Result<(), TransportError> {
        // Only what can be written at once is taken.
        poll_fn(|cx| self.sender.as_mut().poll_ready(cx)).await?;
        let message = if let Some(message) = self.waiting(resumable).await {
            message
        } else {
            self.sender.flush().await?;
            self.next(resumable).await
        };
        self.last_sent = Instant::now();
        self.sender.as_mut().start_send(message)
    }

    /// The next message, if there is one.
    async fn waiting(&mut self, resumable: Option<&Resumable>) -> Option<Bytes> {
        if let Some(message) = self.first.pop_front() {
            return Some(message);
        }
        if let Some(message) = self.due(resumable) {
            return Some(message);
        }
        if resumable.is_some_and(|resumable| !resumable.has_room()) {
            return None;
        }
        // Not `try_recv`, which would never let others run.
        let message = poll_fn(|cx| match self.messages.poll_recv(cx) {
            Poll::Ready(message) => Poll::Ready(message),
            Poll::Pending => Poll::Ready(None),
        })
        .await?;
        resumable.inspect(|resumable| resumable.keep(&message));
        Some(message)
    }

    /// The next message, which may be a ping or an acknowledgement.
    async fn next(&mut self, resumable: Option<&Resumable>) -> Bytes {
        loop {
            let deadline = [self.ping_at(), resumable.and_then(|_| self.ack_at())].into_iter().flatten().min();
            if let Some(message) = until(deadline, received(&mut self.messages, resumable)).await {
                return message;
            }
            if let Some(message) = self.due(resumable) {
                return message;
            }
        }
    }

    /// What it is time for.
    fn due(&mut self, resumable: Option<&Resumable>) -> Option<Bytes> {
        let now = Instant::now();
        if let Some(resumable) = resumable.filter(|_| self.ack_at().is_some_and(|at| at <= now)) {
            self.last_ack = now;
            if let Some(message) = resumable.acknowledgement(&self.protocol) {
                return Some(message);
            }
        }
        self.ping_at().filter(|at| *at <= now).map(|_| self.ping())
    }

    fn ping_at(&self) -> Option<Instant> {
        after(self.last_sent, self.keep_alive?)
    }

    fn ack_at(&self) -> Option<Instant> {
        after(self.last_ack, ACK_INTERVAL)
    }

    fn ping(&self) -> Bytes {
        let mut message = Vec::new();
        self.protocol.write_ping(&mut message);
        message.into()
    }
}

/// The next message of the program, once there is room for it.
async fn received(messages: &mut mpsc::Receiver<Bytes>, resumable: Option<&Resumable>) -> Bytes {
    if let Some(resumable) = resumable {
        resumable.room().await;
    }
    let Some(message) = messages.recv().await else { return pending().await };
    resumable.inspect(|resumable| resumable.keep(&message));
    message
}
