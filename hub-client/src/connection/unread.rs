//! What was received and is not yet a whole message.

use hub_core::protocol::{Frame, HubProtocol};

use crate::error::ConnectionError;

/// How much room is kept for the next message.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Cuts what is received into messages.
#[derive(Debug)]
pub(super) struct Unread {
    protocol: HubProtocol,
    limit: Option<usize>,
    /// The beginning of a message.
    bytes: Vec<u8>,
}

impl Unread {
    pub(super) fn new(protocol: HubProtocol, limit: Option<usize>) -> Self {
        Self { protocol, limit, bytes: Vec::new() }
    }

    /// Whether a message has begun.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets the message that has begun.
    pub(super) fn clear(&mut self) {
        self.bytes = Vec::new();
    }

    /// Gives each message that is whole by now to `take`, until that fails.
    pub(super) fn push<E: From<ConnectionError>>(
        &mut self,
        piece: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.bytes.is_empty() {
            let consumed = self.cut(piece, &mut take)?;
            self.bytes.extend_from_slice(piece.get(consumed..).unwrap_or_default());
            return Ok(());
        }
        self.bytes.extend_from_slice(piece);
        let is_large = self.limit.is_some_and(|limit| self.bytes.len() > limit);
        if is_large || self.protocol.may_end_in(piece) {
            let bytes = std::mem::take(&mut self.bytes);
            let consumed = self.cut(&bytes, &mut take)?;
            self.keep(bytes, consumed);
        }
        Ok(())
    }

    /// Takes the whole messages at the start; returns how many bytes these are.
    fn cut<E: From<ConnectionError>>(
        &self,
        bytes: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut start = 0;
        loop {
            let rest = bytes.get(start..).unwrap_or_default();
            match self.protocol.frame(rest, self.limit) {
                Frame::Complete { message, consumed } => {
                    take(rest.get(message).unwrap_or_default())?;
                    start += consumed;
                }
                Frame::TooLarge => {
                    return Err(ConnectionError::MessageTooLarge(self.limit.unwrap_or_default()).into());
                }
                Frame::Broken(error) => return Err(ConnectionError::Protocol(error).into()),
                _ => return Ok(start),
            }
        }
    }

    fn keep(&mut self, mut bytes: Vec<u8>, consumed: usize) {
        bytes.drain(..consumed);
        // One large message does not take its room for ever.
        if bytes.len() < KEPT_CAPACITY && bytes.capacity() > KEPT_CAPACITY {
            bytes.shrink_to(KEPT_CAPACITY);
        }
        self.bytes = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of these pieces, and what ended them.
    fn cut(pieces: &[&[u8]], limit: Option<usize>) -> (Vec<String>, Option<String>) {
        let mut unread = Unread::new(HubProtocol::json(), limit);
        let mut messages = Vec::new();
        for piece in pieces {
            let taken = unread.push(piece, |message| {
                messages.push(String::from_utf8_lossy(message).into_owned());
                Ok::<_, ConnectionError>(())
            });
            if let Err(error) = taken {
                return (messages, Some(error.to_string()));
            }
        }
        (messages, None)
    }

    #[test]
    fn messages_may_be_cut_anywhere() {
        let text = b"one\x1etwo\x1ethree\x1e";
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            assert_eq!(cut(&[head, tail], None).0, ["one", "two", "three"], "{at}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(cut(&bytes, Some(6)).0, ["one", "two", "three"]);
    }

    #[test]
    fn large_messages_are_refused_before_they_end() {
        let too_large = Some("The server sent a message of more than 4 bytes.".to_owned());
        assert_eq!(cut(&[b"abc\x1eabcd\x1e"], Some(4)), (vec!["abc".to_owned()], too_large.clone()));
        assert_eq!(cut(&[b"abc", b"d", b"e"], Some(4)), (vec![], too_large));
        assert_eq!(cut(&[b"abc", b"d"], Some(4)), (vec![], None));
    }

    #[test]
    fn the_room_of_a_large_message_is_given_back() {
        let mut unread = Unread::new(HubProtocol::json(), None);
        let take = |_: &[u8]| Ok::<_, ConnectionError>(());
        unread.push(&vec![b'x'; 1024 * 1024], take).unwrap();
        unread.push(b"\x1ey", take).unwrap();
        assert!(!unread.is_empty());
        assert!(unread.bytes.capacity() <= KEPT_CAPACITY);
    }
}
