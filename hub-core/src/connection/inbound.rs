//! Which of a client's messages have been received (sections 9.1 and 9.3).

/// Counts the messages that a client sends on a connection that can be resumed.
#[derive(Debug)]
pub(super) struct Inbound {
    /// The number of the next message.
    next: i64,
    /// The highest number there has been.
    received: i64,
    /// What was acknowledged last.
    acknowledged: i64,
    /// How much of the unread input was searched for acknowledgements.
    pub(super) searched: usize,
}

/// A Sequence message skips messages that never came (S-33).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap;

impl Inbound {
    pub(super) fn new() -> Self {
        Self { next: 1, received: 0, acknowledged: 0, searched: 0 }
    }

    /// Whether the next message was received before.
    pub(super) fn is_duplicate(&self) -> bool {
        self.next <= self.received
    }

    /// Counts a message, also one received before: whoever sends it again has not seen the acknowledgement.
    pub(super) fn count(&mut self) {
        self.acknowledged = self.acknowledged.min(self.next.saturating_sub(1).max(0));
        self.received = self.received.max(self.next);
        self.next = self.next.saturating_add(1);
    }

    /// The next message has this number.
    pub(super) fn go_on_at(&mut self, number: i64) -> Result<(), Gap> {
        if number > self.received.saturating_add(1) {
            return Err(Gap);
        }
        self.next = number;
        Ok(())
    }

    /// Whether there is something to acknowledge.
    pub(super) fn is_owing(&self) -> bool {
        self.acknowledged < self.received
    }

    /// What to acknowledge; from now on it is.
    pub(super) fn acknowledge(&mut self) -> i64 {
        self.acknowledged = self.received;
        self.received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of so many messages are new.
    fn take(inbound: &mut Inbound, messages: usize) -> Vec<bool> {
        let mut take_one = || {
            let new = !inbound.is_duplicate();
            inbound.count();
            new
        };
        (0..messages).map(|_| take_one()).collect()
    }

    #[test]
    fn what_comes_again_is_known() {
        let mut inbound = Inbound::new();
        assert_eq!(take(&mut inbound, 3), [true; 3]);
        inbound.go_on_at(2).unwrap();
        assert_eq!(take(&mut inbound, 3), [false, false, true]);
        inbound.go_on_at(5).unwrap();
        assert_eq!(take(&mut inbound, 1), [true]);
    }

    #[test]
    fn nothing_can_be_skipped() {
        let mut inbound = Inbound::new();
        assert_eq!(inbound.go_on_at(2), Err(Gap));
        take(&mut inbound, 3);
        assert_eq!(inbound.go_on_at(5), Err(Gap));
        inbound.go_on_at(4).unwrap();
        inbound.go_on_at(1).unwrap();
        inbound.go_on_at(4).unwrap();
        assert_eq!(inbound.go_on_at(i64::MAX), Err(Gap));
        assert_eq!(take(&mut inbound, 1), [true]);
    }

    #[test]
    fn odd_numbers_lose_nobody_but_their_sender() {
        let mut inbound = Inbound::new();
        for number in [0, -1, i64::MIN] {
            inbound.go_on_at(number).unwrap();
            assert_eq!(take(&mut inbound, 1), [false]);
        }
        assert!(!inbound.is_owing());
    }

    #[test]
    fn what_is_new_is_acknowledged_once_and_again_when_it_comes_again() {
        let mut inbound = Inbound::new();
        assert!(!inbound.is_owing());
        take(&mut inbound, 3);
        assert!(inbound.is_owing());
        assert_eq!(inbound.acknowledge(), 3);
        assert!(!inbound.is_owing());
        inbound.go_on_at(2).unwrap();
        assert!(!inbound.is_owing());
        take(&mut inbound, 1);
        assert!(inbound.is_owing());
        assert_eq!(inbound.acknowledge(), 3);
    }
}
