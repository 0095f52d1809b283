//! Another transport for the same outbox (section 9.3).

use std::sync::Arc;
use std::task::Waker;

use super::history::History;
use super::{Outbox, Phase};
use crate::sync::lock;
use crate::transport::TryWrite;

impl Outbox {
    /// From now on keeps what is sent until it is acknowledged, and lets messages wait beyond so many bytes of it.
    pub(crate) fn keep_history(&self, limit: usize) {
        lock(&self.state).history = Some(Box::new(History::new(limit)));
    }

    /// Keeps nothing any more: the connection cannot be resumed.
    pub(crate) fn drop_history(&self) {
        lock(&self.state).history = None;
    }

    /// The peer has received the messages up to this number.
    pub(crate) fn acknowledge(&self, number: i64) {
        let mut state = lock(&self.state);
        if state.history.as_mut().is_some_and(|history| history.acknowledge(number)) {
            let waiting = std::mem::take(&mut state.waiting);
            drop(state);
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    /// While messages wait for acknowledgements: which time that is.
    pub(crate) fn awaited_acknowledgement(&self) -> Option<u64> {
        lock(&self.state).history.as_ref()?.waiting()
    }

    /// Nothing is written until the next transport is attached; messages are kept for it.
    pub(crate) fn detach(&self) {
        lock(&self.state).detach();
    }

    /// Whether there is no transport that could be written to.
    pub(crate) fn is_detached(&self) -> bool {
        lock(&self.state).phase == Phase::Detached
    }

    /// Goes on with a new transport: all that is kept is queued again, behind what `first` makes of its first number.
    pub(crate) fn attach(&self, writer: Option<Arc<dyn TryWrite>>, first: impl FnOnce(u64) -> Vec<u8>) {
        let mut state = lock(&self.state);
        state.detach();
        state.phase = Phase::Idle;
        state.writer = writer;
        let Some(history) = state.history.take() else { return };
        state.copy(&first(history.first()));
        history.frames().for_each(|frame| state.queue(frame.clone()));
        state.history = Some(history);
    }
}
