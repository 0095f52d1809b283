//! What was sent and not acknowledged (section 9.1).

use std::collections::VecDeque;

use bytes::Bytes;

/// The messages that are sent again on the next transport.
#[derive(Debug)]
pub(super) struct History {
    messages: VecDeque<Bytes>,
    /// The number of the first.
    first: u64,
    size: usize,
    limit: usize,
}

impl History {
    /// A history that has room until it holds more than `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { messages: VecDeque::new(), first: 1, size: 0, limit }
    }

    /// Whether a message may be sent now; the one before may have gone beyond the limit (S-20).
    pub(super) fn has_room(&self) -> bool {
        self.size <= self.limit
    }

    /// Keeps a message that is being sent.
    pub(super) fn push(&mut self, message: Bytes) {
        self.size += message.len();
        self.messages.push_back(message);
    }

    /// Forgets what was received: the messages up to this one. Numbers that make no sense change nothing (S-15).
    pub(super) fn acknowledge(&mut self, number: i64) {
        let Ok(number) = u64::try_from(number) else { return };
        while self.first <= number {
            let Some(message) = self.messages.pop_front() else { return };
            self.size -= message.len();
            self.first += 1;
        }
    }

    /// The number of the first message that is sent again, or would be the next (S-32).
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// What is sent again.
    pub(super) fn messages(&self) -> impl Iterator<Item = Bytes> {
        self.messages.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(messages: &[&'static str]) -> History {
        let mut history = History::new(4);
        for message in messages {
            history.push(Bytes::from_static(message.as_bytes()));
        }
        history
    }

    #[test]
    fn what_is_acknowledged_is_forgotten() {
        let mut history = of(&["a", "b", "c"]);
        history.acknowledge(2);
        assert_eq!((history.first(), history.messages().collect::<Vec<_>>()), (3, vec![Bytes::from_static(b"c")]));
        history.acknowledge(3);
        assert_eq!((history.first(), history.messages().count()), (4, 0));
    }

    #[test]
    fn odd_acknowledgements_lose_nothing() {
        let mut history = of(&["a", "b"]);
        for number in [0, -1, i64::MIN] {
            history.acknowledge(number);
        }
        assert_eq!((history.first(), history.messages().count()), (1, 2));
        history.acknowledge(1);
        history.acknowledge(0);
        assert_eq!(history.messages().count(), 1);
        history.acknowledge(i64::MAX);
        history.push(Bytes::from_static(b"c"));
        assert_eq!((history.first(), history.messages().count()), (3, 1));
    }

    #[test]
    fn one_message_may_go_beyond_the_limit() {
        let mut history = of(&["1234"]);
        assert!(history.has_room());
        history.push(Bytes::from_static(b"5"));
        assert!(!history.has_room());
        history.acknowledge(1);
        assert!(history.has_room());
    }
}
