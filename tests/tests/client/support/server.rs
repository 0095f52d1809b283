//! A server that the test plays.

use std::collections::VecDeque;
use std::time::Duration;

use hub_client::testing::{Attempt, FakeConnection, FakeConnector, FakeServer, fake_server};
use hub_client::{HubConnection, HubConnectionBuilder, StartError};
use tokio::task::JoinHandle;

use super::in_time;

/// The server's end of a connection; in texts `␞` stands for the separator.
pub(crate) struct Peer {
    pub(crate) connection: FakeConnection,
    unread: VecDeque<String>,
}

impl Peer {
    pub(crate) fn accept(attempt: Attempt) -> Self {
        Self { connection: attempt.accept(), unread: VecDeque::new() }
    }

    pub(crate) fn send(&self, text: &str) {
        self.connection.send(text.replace('␞', "\u{1E}"));
    }

    /// The next message, without its separator.
    pub(crate) async fn next(&mut self) -> String {
        self.next_or_end().await.expect("the connection ended before the message came")
    }

    /// The next message, or `None` at the end of the connection.
    pub(crate) async fn next_or_end(&mut self) -> Option<String> {
        while self.unread.is_empty() {
            let bytes = in_time(self.connection.receive()).await?;
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let (whole, rest) = text.rsplit_once('\u{1E}').expect("what is written ends with a message");
            assert_eq!(rest, "", "what is written ends with a message");
            self.unread.extend(whole.split('\u{1E}').map(str::to_owned));
        }
        self.unread.pop_front()
    }

    /// What the client has sent when nothing is left for it to do, but for pings.
    pub(crate) async fn so_far(&mut self) -> Vec<String> {
        let mut messages = Vec::new();
        while let Ok(Some(message)) = tokio::time::timeout(Duration::from_millis(1), self.next_or_end()).await {
            messages.push(message);
        }
        messages.retain(|message| message != PING);
        messages
    }

    /// All messages until the end of the connection, but for pings.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        let mut messages = Vec::new();
        while let Some(message) = self.next_or_end().await {
            messages.push(message);
        }
        messages.retain(|message| message != PING);
        messages
    }
}

pub(crate) const PING: &str = r#"{"type":6}"#;

/// A client that is connected to a server that the test plays, its first ping still unread.
pub(crate) async fn start() -> (HubConnection, Peer, FakeServer) {
    start_with(|builder| builder, |attempt| attempt).await
}

/// As [`start`], with these options and this answer to the attempt.
pub(crate) async fn start_with(
    options: impl FnOnce(HubConnectionBuilder<FakeConnector>) -> HubConnectionBuilder<FakeConnector>,
    answer: impl FnOnce(Attempt) -> Attempt,
) -> (HubConnection, Peer, FakeServer) {
    let (connector, mut server) = fake_server();
    let connection = options(HubConnection::with_connector(connector)).build();
    let starting = starting(&connection);
    let mut peer = Peer::accept(answer(server.attempt().await.unwrap()));
    assert!(peer.next().await.starts_with(r#"{"protocol":""#));
    peer.send("{}␞");
    in_time(starting).await.unwrap().unwrap();
    (connection, peer, server)
}

/// Starts a connection beside the test.
pub(crate) fn starting(connection: &HubConnection) -> JoinHandle<Result<(), StartError>> {
    let connection = connection.clone();
    tokio::spawn(async move { connection.start().await })
}
