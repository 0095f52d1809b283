//! Where a message ends: at a record separator.

use std::ops::Range;

use crate::protocol::Frame;

/// Ends every message, and the handshake.
pub(crate) const RECORD_SEPARATOR: u8 = 0x1E;

/// Finds the first message of `input`; `limit` counts its separator (D-150).
pub(crate) fn frame(input: &[u8], limit: Option<usize>) -> Frame {
    let seen = limit.and_then(|limit| input.get(..limit)).unwrap_or(input);
    match memchr::memchr(RECORD_SEPARATOR, seen) {
        Some(end) => Frame::Complete { message: Range { start: 0, end }, consumed: end + 1 },
        None if seen.len() < input.len() => Frame::TooLarge,
        None => Frame::Incomplete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_at_the_first_separator() {
        assert_eq!(frame(b"{}\x1e{}\x1e", None), Frame::Complete { message: 0..2, consumed: 3 });
        assert_eq!(frame(b"\x1e", None), Frame::Complete { message: 0..0, consumed: 1 });
        assert_eq!(frame(b"{}", None), Frame::Incomplete);
        assert_eq!(frame(b"", Some(1)), Frame::Incomplete);
    }

    #[test]
    fn the_limit_counts_the_separator() {
        assert_eq!(frame(b"abc\x1e", Some(4)), Frame::Complete { message: 0..3, consumed: 4 });
        assert_eq!(frame(b"abcd\x1e", Some(4)), Frame::TooLarge);
        assert_eq!(frame(b"abcd", Some(4)), Frame::Incomplete);
        assert_eq!(frame(b"abcde", Some(4)), Frame::TooLarge);
        assert_eq!(frame(b"a\x1ebcdefgh", Some(4)), Frame::Complete { message: 0..1, consumed: 2 });
    }
}
