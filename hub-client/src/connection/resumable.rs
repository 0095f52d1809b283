//! What a connection that can be resumed remembers of both directions (section 9).

use std::sync::Mutex;

use bytes::Bytes;
use hub_core::protocol::HubProtocol;
use tokio::sync::Notify;

use super::history::History;
use super::inbound::{Gap, Inbound};
use crate::error::ConnectionError;
use crate::sync::lock;

/// The messages that were sent, and the numbers of those received.
pub(super) struct Resumable {
    state: Mutex<State>,
    /// There may be room for messages.
    acknowledged: Notify,
}

struct State {
    history: History,
    inbound: Inbound,
}

impl Resumable {
    pub(super) fn new(buffer_size: usize) -> Self {
        let state = State { history: History::new(buffer_size), inbound: Inbound::new() };
        Self { state: Mutex::new(state), acknowledged: Notify::new() }
    }

    /// Counts a received message; whether it is new.
    pub(super) fn take(&self) -> bool {
        lock(&self.state).inbound.take()
    }

    /// The server has received our messages up to this one.
    pub(super) fn acknowledged(&self, number: i64) {
        lock(&self.state).history.acknowledge(number);
        self.acknowledged.notify_one();
    }

    /// The server's next message has this number.
    pub(super) fn go_on_at(&self, number: i64) -> Result<(), ConnectionError> {
        lock(&self.state).inbound.go_on_at(number).map_err(|Gap| ConnectionError::MessagesMissed)
    }

    /// Whether the server has not said yet how it goes on.
    pub(super) fn awaits_sequence(&self) -> bool {
        lock(&self.state).inbound.awaits_sequence()
    }

    pub(super) fn has_room(&self) -> bool {
        lock(&self.state).history.has_room()
    }

    /// Waits until a message may be sent.
    pub(super) async fn room(&self) {
        while !self.has_room() {
            self.acknowledged.notified().await;
        }
    }

    /// Keeps a message that is being sent.
    pub(super) fn keep(&self, message: &Bytes) {
        lock(&self.state).history.push(message.clone());
    }

    /// What is to be acknowledged, as a message.
    pub(super) fn acknowledgement(&self, protocol: &HubProtocol) -> Option<Bytes> {
        let number = lock(&self.state).inbound.acknowledge()?;
        let mut message = Vec::new();
        protocol.write_ack(&mut message, number);
        Some(message.into())
    }

    /// Begins on another transport: which number comes next, and what was not acknowledged (S-32).
    pub(super) fn resume(&self, protocol: &HubProtocol) -> Vec<Bytes> {
        let mut state = lock(&self.state);
        state.inbound.resume();
        let mut sequence = Vec::new();
        protocol.write_sequence(&mut sequence, state.history.first());
        std::iter::once(sequence.into()).chain(state.history.messages()).collect()
    }
}
