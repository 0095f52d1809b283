//! Where a message ends: its length stands before it (section 5.1).

use std::ops::Range;

use crate::protocol::Frame;
use crate::protocol::error::ProtocolError;

/// How many bytes a length may take: 31 bits, seven to a byte (M-1).
const MAX_PREFIX: usize = 5;

/// Finds the first message of `input`; `limit` counts its length prefix (M-4).
///
/// A message that is announced to be too large is so only when more than the limit has come, as in .NET.
pub(crate) fn frame(input: &[u8], limit: Option<usize>) -> Frame {
    let seen = limit.and_then(|limit| input.get(..limit)).unwrap_or(input);
    let end = match read_length(seen) {
        Ok(Some((length, prefix))) => {
            length.checked_add(prefix).filter(|end| *end <= seen.len()).map(|end| (prefix, end))
        }
        Ok(None) => None,
        Err(error) => return Frame::Broken(error),
    };
    match end {
        Some((start, end)) => Frame::Complete { message: Range { start, end }, consumed: end },
        None if seen.len() < input.len() => Frame::TooLarge,
        None => Frame::Incomplete,
    }
}

/// A length and how many bytes it takes, if it is all there.
fn read_length(input: &[u8]) -> Result<Option<(usize, usize)>, ProtocolError> {
    let mut length = 0;
    for (index, byte) in input.iter().take(MAX_PREFIX).enumerate() {
        if index + 1 == MAX_PREFIX && *byte > 7 {
            return Err(ProtocolError::too_long());
        }
        length |= usize::from(*byte & 0x7F) << (7 * index);
        if *byte < 0x80 {
            return Ok(Some((length, index + 1)));
        }
    }
    Ok(None)
}

/// Puts the length of the message that begins at `start` before it, in place of the one byte that is kept for it there.
pub(super) fn write_length(out: &mut Vec<u8>, start: usize) {
    let mut length = out.len() - start - 1;
    if let (Some(kept), Ok(short @ ..0x80)) = (out.get_mut(start), u8::try_from(length)) {
        *kept = short;
        return;
    }
    let mut prefix = [0; 10];
    let mut size = 0;
    for byte in &mut prefix {
        size += 1;
        *byte = u8::try_from(length & 0x7F).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            break;
        }
        *byte |= 0x80;
    }
    out.splice(start..=start, prefix.into_iter().take(size));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(message: Range<usize>) -> Frame {
        let consumed = message.end;
        Frame::Complete { message, consumed }
    }

    #[test]
    fn the_length_stands_before_the_message() {
        assert_eq!(frame(b"\x02\x91\x06\x02", None), complete(1..3));
        assert_eq!(frame(b"\x00\x91", None), complete(1..1));
        assert_eq!(frame(b"\x82\x80\x80\x80\x00\x91\x06", None), complete(5..7));
        let long = [b"\x80\x01".as_slice(), &[0; 128]].concat();
        assert_eq!(frame(&long, None), complete(2..130));
    }

    #[test]
    fn what_is_incomplete_is_waited_for() {
        for input in [b"".as_slice(), b"\x80", b"\x80\x01", b"\x02\x91", b"\xff\xff\xff\xff", b"\xff\xff\xff\xff\x07"] {
            assert_eq!(frame(input, None), Frame::Incomplete, "{input:x?}");
            assert_eq!(frame(input, Some(5)), Frame::Incomplete, "{input:x?}");
        }
    }

    #[test]
    fn more_than_two_gigabytes_are_no_length() {
        for input in [b"\x80\x80\x80\x80\x08".as_slice(), b"\xff\xff\xff\xff\xff", b"\x8e\x80\x80\x80\x80\x00\x96"] {
            let Frame::Broken(error) = frame(input, Some(32_768)) else { panic!("{input:x?}") };
            assert_eq!(error.kind(), "FormatException");
            assert_eq!(error.text(), "Messages over 2GB in size are not supported.");
        }
    }

    #[test]
    fn the_limit_counts_the_length_and_the_message() {
        assert_eq!(frame(b"\x03abc", Some(4)), complete(1..4));
        assert_eq!(frame(b"\x04abcd", Some(4)), Frame::TooLarge);
        assert_eq!(frame(b"\x04abc", Some(4)), Frame::Incomplete);
        assert_eq!(frame(b"\x01abcdefgh", Some(4)), complete(1..2));
        assert_eq!(frame(b"\x80\x80\x80\x80\x01", Some(4)), Frame::TooLarge);
    }

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for (length, prefix) in [
            (0, b"\x00".as_slice()),
            (126, b"\x7e"),
            (127, b"\x7f"),
            (128, b"\x80\x01"),
            (16_383, b"\xff\x7f"),
            (16_384, b"\x80\x80\x01"),
        ] {
            let mut out = vec![b'x', 0];
            out.resize(2 + length, 7);
            write_length(&mut out, 1);
            assert_eq!(out.get(1..=prefix.len()), Some(prefix));
            let end = prefix.len() + length;
            assert_eq!(frame(out.get(1..).unwrap_or_default(), None), complete(prefix.len()..end));
        }
    }
}
