//! Which of the server's messages have been received (sections 9.1 and 9.3).

/// Counts the messages that the server sends on a connection that can be resumed.
#[derive(Debug)]
pub(super) struct Inbound {
    /// The number of the next message.
    next: i64,
    /// The highest number there has been.
    received: i64,
    /// What was acknowledged last.
    acknowledged: i64,
    /// The server is still to say with which message it goes on (S-34).
    awaits_sequence: bool,
}

/// The server goes on behind messages that never came (S-33).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap;

impl Inbound {
    pub(super) fn new() -> Self {
        Self { next: 1, received: 0, acknowledged: 0, awaits_sequence: false }
    }

    /// Counts a message; whether it is new.
    pub(super) fn take(&mut self) -> bool {
        if self.awaits_sequence {
            return false;
        }
        let is_new = self.next > self.received;
        // Whoever sends a message again has not seen that it was acknowledged.
        self.acknowledged = self.acknowledged.min(self.next.saturating_sub(1).max(0));
        self.received = self.received.max(self.next);
        self.next = self.next.saturating_add(1);
        is_new
    }

    /// Whether the number of the next message is still to come.
    pub(super) fn awaits_sequence(&self) -> bool {
        self.awaits_sequence
    }

    /// There is a new transport.
    pub(super) fn resume(&mut self) {
        self.awaits_sequence = true;
    }

    /// The next message has this number.
    pub(super) fn go_on_at(&mut self, number: i64) -> Result<(), Gap> {
        if number > self.received.saturating_add(1) {
            return Err(Gap);
        }
        self.next = number;
        self.awaits_sequence = false;
        Ok(())
    }

    /// What is to be acknowledged, if there is something; from now on it is.
    pub(super) fn acknowledge(&mut self) -> Option<u64> {
        if self.acknowledged >= self.received {
            return None;
        }
        self.acknowledged = self.received;
        u64::try_from(self.received).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of so many messages are new.
    fn take(inbound: &mut Inbound, messages: usize) -> Vec<bool> {
        (0..messages).map(|_| inbound.take()).collect()
    }

    #[test]
    fn what_comes_again_is_known() {
        let mut inbound = Inbound::new();
        assert_eq!(take(&mut inbound, 4), [true; 4]);
        inbound.resume();
        assert_eq!(take(&mut inbound, 1), [false], "nothing counts before the number is known");
        inbound.go_on_at(4).unwrap();
        assert_eq!(take(&mut inbound, 2), [false, true]);
    }

    #[test]
    fn nothing_can_be_skipped() {
        let mut inbound = Inbound::new();
        take(&mut inbound, 3);
        assert_eq!(inbound.go_on_at(5), Err(Gap));
        inbound.go_on_at(4).unwrap();
        assert_eq!(inbound.go_on_at(i64::MAX), Err(Gap));
        inbound.go_on_at(i64::MIN).unwrap();
        assert_eq!(take(&mut inbound, 1), [false]);
    }

    #[test]
    fn what_is_new_is_acknowledged_once_and_again_when_it_comes_again() {
        let mut inbound = Inbound::new();
        assert_eq!(inbound.acknowledge(), None);
        take(&mut inbound, 3);
        assert_eq!(inbound.acknowledge(), Some(3));
        assert_eq!(inbound.acknowledge(), None);
        inbound.go_on_at(2).unwrap();
        take(&mut inbound, 1);
        assert_eq!(inbound.acknowledge(), Some(3));
    }
}
