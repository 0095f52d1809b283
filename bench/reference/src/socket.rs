//! A connection over a library whose WebSocket is a stream and a sink of messages: one task, which selects over the
//! socket and its channel. What is ready together is flushed once.

use futures_util::{FutureExt as _, Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wire::json::SEPARATOR;

use crate::{BATCH, Hub, Outcome, keep_alive};

/// How a library calls things.
pub trait Library {
    /// What a text message is made of, cheap to clone.
    type Text: Clone + Send;
    /// A message.
    type Message: Send;

    /// A text message.
    fn text(text: Self::Text) -> Self::Message;
    /// What a message is about.
    fn content(message: &Self::Message) -> Content<'_>;
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Whole records.
    Records(&'a [u8]),
    /// The end of the connection.
    Close,
    /// Nothing that matters, such as a ping.
    Other,
}

/// Talks with a client until one of both ends it. `flush_each` flushes after every message, and not after a batch.
pub async fn converse<L: Library, W, E>(socket: W, hub: &Hub<L::Text>, flush_each: bool)
where
    W: Stream<Item = Result<L::Message, E>> + Sink<L::Message, Error = E> + Unpin,
{
    let (outbox, inbox) = unbounded_channel();
    let mut connection = Connection::<L, W> { socket, hub, outbox, number: 0, flush_each };
    if connection.handshake().await.is_some() {
        // It runs until there is nothing more to do.
        let _ = connection.run(inbox).await;
        hub.leave(connection.number);
    }
}

struct Connection<'a, L: Library, W> {
    socket: W,
    hub: &'a Hub<L::Text>,
    outbox: UnboundedSender<L::Text>,
    number: u64,
    flush_each: bool,
}

/// Every method returns `None` when the connection is over.
impl<L: Library, W, E> Connection<'_, L, W>
where
    W: Stream<Item = Result<L::Message, E>> + Sink<L::Message, Error = E> + Unpin,
{
    async fn handshake(&mut self) -> Option<()> {
        self.socket.next().await?.ok()?;
        self.socket.send(L::text(self.hub.handshake())).await.ok()?;
        self.number = self.hub.join(self.outbox.clone());
        Some(())
    }

    async fn run(&mut self, mut inbox: UnboundedReceiver<L::Text>) -> Option<()> {
        let mut keep_alive = keep_alive();
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                message = self.socket.next() => self.received(&message?.ok()?).await?,
                _ = inbox.recv_many(&mut batch, BATCH) => {
                    for text in batch.drain(..) {
                        self.put(text).await?;
                    }
                }
                _ = keep_alive.tick() => self.put(self.hub.ping()).await?,
            }
            self.socket.flush().await.ok()?;
        }
    }

    /// Handles a message, and whatever else has arrived.
    async fn received(&mut self, message: &L::Message) -> Option<()> {
        self.message(message).await?;
        while !self.flush_each
            && let Some(message) = self.socket.next().now_or_never()
        {
            self.message(&message?.ok()?).await?;
        }
        Some(())
    }

    async fn message(&mut self, message: &L::Message) -> Option<()> {
        match L::content(message) {
            Content::Records(records) => {
                for record in records.split(|&byte| byte == SEPARATOR).filter(|record| !record.is_empty()) {
                    self.record(record).await?;
                }
                Some(())
            }
            Content::Close => {
                // The library has put its answer there.
                let _ = self.socket.flush().await;
                None
            }
            Content::Other => Some(()),
        }
    }

    async fn record(&mut self, record: &[u8]) -> Option<()> {
        match self.hub.handle(self.number, &self.outbox, record) {
            Outcome::Nothing => {}
            Outcome::Answer(text) => self.put(text).await?,
            Outcome::Stream { id, count } => {
                for text in self.hub.stream(&id, count) {
                    self.put(text).await?;
                }
            }
            Outcome::Close => return None,
        }
        Some(())
    }

    async fn put(&mut self, text: L::Text) -> Option<()> {
        let message = L::text(text);
        if self.flush_each { self.socket.send(message).await.ok() } else { self.socket.feed(message).await.ok() }
    }
}
