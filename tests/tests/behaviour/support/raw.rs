//! A client that sends and sees bytes.

use std::io;
use std::time::Duration;

use hub_core::transport::memory::MemoryPeer;
use hub_server::testing::TestClientBuilder;
use hub_server::{ConnectionId, HubDispatch, HubServer};

/// A connection of which the test writes and reads every byte; in texts `␞` stands for the separator.
pub(crate) struct Raw {
    peer: MemoryPeer,
    id: ConnectionId,
    unread: String,
}

impl Raw {
    /// A connection whose handshake has not begun.
    pub(crate) fn open<H: HubDispatch>(server: &HubServer<H>) -> Self {
        Self::of(server.test_client())
    }

    /// A connection whose handshake has not begun, with what the builder says.
    pub(crate) fn of<H: HubDispatch>(builder: TestClientBuilder<H>) -> Self {
        let (peer, id) = builder.open();
        Self::on(peer, id)
    }

    /// A connection on the other end of this peer.
    pub(crate) fn on(peer: MemoryPeer, id: ConnectionId) -> Self {
        Self { peer, id, unread: String::new() }
    }

    /// A connection whose handshake has succeeded.
    pub(crate) async fn connect<H: HubDispatch>(server: &HubServer<H>) -> Self {
        let mut raw = Self::open(server);
        raw.shake_hands().await;
        raw
    }

    pub(crate) async fn shake_hands(&mut self) {
        self.send(r#"{"protocol":"json","version":1}␞"#).await;
        assert_eq!(self.next().await, "{}");
    }

    /// Shakes hands where other answers may come first.
    pub(crate) async fn shake_hands_among_others(&mut self) {
        self.send(r#"{"protocol":"json","version":1}␞"#).await;
        while self.next().await != "{}" {}
    }

    pub(crate) fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// Sends a text; nobody minds when the connection is over.
    pub(crate) async fn send(&self, text: &str) {
        let _ = self.try_send(text).await;
    }

    pub(crate) async fn try_send(&self, text: &str) -> io::Result<()> {
        super::in_time(self.peer.send(text.replace('␞', "\u{1E}").as_bytes())).await
    }

    /// Sends no more, but goes on reading.
    pub(crate) fn finish(&self) {
        self.peer.finish();
    }

    /// Loses the connection without a farewell.
    pub(crate) fn cut(self) {
        self.peer.cut();
    }

    /// The next message, without its separator.
    pub(crate) async fn next(&mut self) -> String {
        self.next_or_end().await.expect("the connection ended before the message came")
    }

    /// The next message, or `None` at the end of the connection.
    pub(crate) async fn next_or_end(&mut self) -> Option<String> {
        loop {
            if let Some((message, rest)) = self.unread.split_once('\u{1E}') {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.unread = rest;
                return Some(message);
            }
            if !self.read_once().await {
                assert_eq!(self.unread, "", "the connection ended inside a message");
                return None;
            }
        }
    }

    /// Reads what has come, and makes room for more; `false` at the end of the connection.
    pub(crate) async fn read_once(&mut self) -> bool {
        let bytes = super::in_time(self.peer.receive()).await;
        bytes.map(|bytes| self.unread.push_str(&String::from_utf8(bytes).unwrap())).is_some()
    }

    /// All messages until the end of the connection.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        super::in_time(async {
            let mut messages = Vec::new();
            while let Some(message) = self.next_or_end().await {
                messages.push(message);
            }
            messages
        })
        .await
    }

    /// What the server has sent when nothing is left for it to do.
    pub(crate) async fn so_far(&mut self) -> Vec<String> {
        let mut messages = Vec::new();
        while let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(1), self.next_or_end()).await {
            messages.push(message);
        }
        messages
    }
}
