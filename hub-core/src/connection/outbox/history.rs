//! What a peer has not acknowledged yet (sections 9.1 and 9.2).

use std::collections::VecDeque;

use bytes::Bytes;

/// A history that is empty keeps room for so many messages.
const SPARE: usize = 16;

/// The messages that were sent on a connection that can be resumed, from the first one that is not acknowledged.
#[derive(Debug)]
pub(super) struct History {
    kept: VecDeque<Kept>,
    /// The size of all that is kept.
    bytes: usize,
    limit: usize,
    /// The number of the first message that is kept, or of the next one to be sent (S-32).
    first: u64,
    waits: Waits,
}

#[derive(Debug)]
struct Kept {
    frame: Bytes,
    size: usize,
}

/// Whether somebody waits for acknowledgements.
#[derive(Debug, Default)]
struct Waits {
    now: bool,
    /// How often somebody began to wait.
    times: u64,
}

impl History {
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: VecDeque::new(), bytes: 0, limit, first: 1, waits: Waits::default() }
    }

    /// Keeps the next message: `frame` as it is written, `size` as the message counts, without what is around it.
    pub(super) fn keep(&mut self, frame: Bytes, size: usize) {
        self.bytes += size;
        self.kept.push_back(Kept { frame, size });
    }

    /// The size of all that is kept.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What the Sequence message says: the number of the first message that is kept, or of the next one.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// What is sent again on another transport.
    pub(super) fn frames(&self) -> impl Iterator<Item = &Bytes> {
        self.kept.iter().map(|kept| &kept.frame)
    }

    /// Forgets the messages up to this number; true if those who waited may go on.
    ///
    /// Numbers that were acknowledged before change nothing, and those of messages never sent mean the last one (S-15).
    pub(super) fn acknowledge(&mut self, number: i64) -> bool {
        let number = u64::try_from(number).unwrap_or_default();
        while self.first <= number
            && let Some(kept) = self.kept.pop_front()
        {
            self.first += 1;
            self.bytes -= kept.size;
        }
        if self.kept.is_empty() {
            self.kept.shrink_to(SPARE);
        }
        // At the limit those who wait go on waiting (S-20), unless nothing could be acknowledged any more.
        self.waits.now && (self.bytes < self.limit || self.kept.is_empty()) && std::mem::take(&mut self.waits.now)
    }

    /// Whether the next message has to wait for acknowledgements: one message may go beyond the limit (S-20).
    pub(super) fn must_wait(&mut self) -> bool {
        if !self.waits.now && self.bytes > self.limit {
            self.waits.now = true;
            self.waits.times += 1;
        }
        self.waits.now
    }

    /// While somebody waits: which time that is.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.waits.now.then_some(self.waits.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(limit: usize, messages: &[&'static str]) -> History {
        let mut history = History::new(limit);
        for message in messages {
            history.keep(Bytes::from_static(message.as_bytes()), message.len());
        }
        history
    }

    fn frames(history: &History) -> Vec<&[u8]> {
        history.frames().map(|frame| &**frame).collect()
    }

    #[test]
    fn acknowledged_messages_are_forgotten() {
        let mut history = history(100, &["a", "b", "c", "d", "e"]);
        history.acknowledge(3);
        assert_eq!((history.first(), history.bytes()), (4, 2));
        assert_eq!(frames(&history), [b"d", b"e"]);
        history.acknowledge(5);
        assert_eq!((history.first(), history.bytes()), (6, 0));
        assert!(frames(&history).is_empty());
    }

    #[test]
    fn nothing_was_ever_sent() {
        let mut history = history(100, &[]);
        assert_eq!(history.first(), 1);
        history.acknowledge(i64::MAX);
        assert_eq!(history.first(), 1);
    }

    #[test]
    fn smaller_and_negative_numbers_change_nothing() {
        let mut history = history(100, &["a", "b", "c"]);
        for number in [2, 2, 1, 0, -1, i64::MIN] {
            history.acknowledge(number);
            assert_eq!((history.first(), frames(&history)), (3, vec![&b"c"[..]]), "{number}");
        }
    }

    #[test]
    fn what_was_never_sent_cannot_be_acknowledged() {
        let mut history = history(100, &["a"]);
        history.acknowledge(9);
        assert_eq!(history.first(), 2);
        history.keep(Bytes::from_static(b"b"), 1);
        assert_eq!((history.first(), frames(&history)), (2, vec![&b"b"[..]]));
    }

    #[test]
    fn one_message_goes_beyond_the_limit_and_the_next_waits_until_it_is_below() {
        let mut history = history(4, &["aa", "bb"]);
        assert!(!history.must_wait(), "at the limit");
        history.keep(Bytes::from_static(b"cc"), 2);
        assert_eq!(history.waiting(), None, "nobody has asked");
        assert!(history.must_wait());
        assert_eq!(history.waiting(), Some(1));
        assert!(!history.acknowledge(1));
        assert!(history.must_wait(), "at the limit those who wait go on waiting");
        assert!(history.acknowledge(2));
        assert!(!history.must_wait());
        assert_eq!(history.waiting(), None);
        assert!(!history.acknowledge(3), "nobody waits");
    }

    #[test]
    fn each_wait_has_a_number() {
        let mut history = history(1, &["aa"]);
        assert!(history.must_wait() && history.acknowledge(1));
        history.keep(Bytes::from_static(b"bb"), 2);
        assert!(history.must_wait() && history.must_wait());
        assert_eq!(history.waiting(), Some(2));
    }

    #[test]
    fn with_a_limit_of_nothing_each_message_waits_for_the_one_before() {
        let mut history = history(0, &["a"]);
        assert!(history.must_wait());
        assert!(history.acknowledge(1));
        assert!(!history.must_wait());
    }
}
