//! Input that nobody has read yet.

use std::ops::Deref;

/// Bytes that are appended behind and read from the front. When all are read it owns no memory.
#[derive(Debug, Default)]
pub(super) struct Unread {
    bytes: Vec<u8>,
    /// Where the rest begins: what is read is not moved out of the way each time.
    start: usize,
}

impl Unread {
    /// Appends input.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        // Each byte is moved at most once for each byte that was read before it.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets what was read.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        if self.start >= self.bytes.len() {
            *self = Self::default();
        }
    }

    /// Keeps so many bytes of the rest.
    pub(super) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(self.start + length);
    }
}

impl From<Vec<u8>> for Unread {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, start: 0 }
    }
}

impl Deref for Unread {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_read_in_order_whatever_is_taken_at_a_time() {
        let all: Vec<u8> = (0..=255).collect();
        for (piece, taken) in [(1, 1), (7, 3), (3, 7), (64, 10), (10, 64), (255, 1)] {
            let (mut unread, mut read) = (Unread::default(), Vec::new());
            for bytes in all.chunks(piece) {
                unread.extend(bytes);
                let count = taken.min(unread.len());
                read.extend_from_slice(&unread[..count]);
                unread.consume(count);
            }
            read.extend_from_slice(&unread);
            assert_eq!(read, all, "{piece} {taken}");
        }
    }

    #[test]
    fn memory_is_given_back_when_all_is_read() {
        let mut unread = Unread::from(vec![1; 1000]);
        unread.consume(400);
        assert_eq!(unread.len(), 600);
        unread.consume(600);
        assert_eq!((unread.len(), unread.bytes.capacity()), (0, 0));
    }

    #[test]
    fn what_was_read_makes_room_for_what_comes() {
        let mut unread = Unread::default();
        for _ in 0..10_000 {
            unread.extend(&[7; 100]);
            unread.consume(unread.len() - 50);
        }
        assert!(unread.bytes.capacity() < 1000, "{}", unread.bytes.capacity());
    }

    #[test]
    fn the_end_can_be_cut_off() {
        let mut unread = Unread::from(vec![1, 2, 3, 4]);
        unread.consume(1);
        unread.truncate(2);
        assert_eq!(*unread, [2, 3]);
    }
}
