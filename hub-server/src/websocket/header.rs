//! The header of a frame a client sends (RFC 6455, section 5.2).

use super::Violation;

/// The longest header: two bytes, a 64-bit length, a mask.
pub(super) const MAX_CLIENT_HEADER: usize = 14;

/// The bit of a first byte that says that a message is compressed (RSV1; RFC 7692, section 6).
pub(super) const COMPRESSED: u8 = 0x40;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;
const MAX_CONTROL_PAYLOAD: u8 = 125;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
    /// Text with the bit of compression.
    CompressedText = 0x41,
    CompressedBinary = 0x42,
}

impl Opcode {
    fn parse(bits: u8) -> Result<Self, Violation> {
        match bits {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xa => Ok(Self::Pong),
            0x41 => Ok(Self::CompressedText),
            0x42 => Ok(Self::CompressedBinary),
            0x40.. => Err(Violation::Protocol("a frame that is marked as compressed and begins no message")),
            _ => Err(Violation::Protocol("a reserved opcode")),
        }
    }

    fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    pub(super) length: u64,
    pub(super) mask: [u8; 4],
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// The header and the number of bytes it took.
    Complete(Header, usize),
    /// Not all of it is there; so many bytes more are needed at least.
    Missing(usize),
}

impl Header {
    /// Reads the header at the start of `input`. A breach is reported as soon as its byte is there together with the
    /// first two, so it does not matter how the bytes are cut. `extension` has the reserved bit of what was agreed upon.
    pub(super) fn parse(input: &[u8], extension: u8) -> Result<Parsed, Violation> {
        let [first, second, rest @ ..] = input else { return Ok(Parsed::Missing(2 - input.len())) };
        let (fin, opcode) = parse_first(*first, extension)?;
        let short_length = parse_second(*second, fin, opcode)?;
        let length_size = match short_length {
            LENGTH_16 => 2,
            LENGTH_64 => 8,
            _ => 0,
        };
        let needed = length_size + 4;
        let Some((length, mask)) = rest.get(..needed).and_then(|rest| rest.split_at_checked(length_size)) else {
            return Ok(Parsed::Missing(needed - rest.len()));
        };
        let mask = mask.try_into().unwrap_or_default();
        Ok(Parsed::Complete(Self { fin, opcode, length: parse_length(short_length, length)?, mask }, 2 + needed))
    }
}

fn parse_first(byte: u8, extension: u8) -> Result<(bool, Opcode), Violation> {
    if byte & RESERVED & !extension != 0 {
        return Err(Violation::Protocol("a reserved bit that no extension uses"));
    }
    Ok((byte & FIN != 0, Opcode::parse(byte & (COMPRESSED | 0x0f))?))
}

fn parse_second(byte: u8, fin: bool, opcode: Opcode) -> Result<u8, Violation> {
    if byte & MASKED == 0 {
        return Err(Violation::Protocol("a frame that is not masked"));
    }
    let short_length = byte & !MASKED;
    if opcode.is_control() {
        if !fin {
            return Err(Violation::Protocol("a fragmented control frame"));
        }
        if short_length > MAX_CONTROL_PAYLOAD {
            return Err(Violation::Protocol("a control frame of more than 125 bytes"));
        }
    }
    Ok(short_length)
}

/// The length in its shortest form; any other is a breach, and so is a 64-bit length with its highest bit set.
fn parse_length(short: u8, extended: &[u8]) -> Result<u64, Violation> {
    let length = extended.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    match short {
        LENGTH_16 if length <= u64::from(MAX_CONTROL_PAYLOAD) => {}
        LENGTH_64 if u16::try_from(length).is_ok() => {}
        LENGTH_64 if length > i64::MAX.unsigned_abs() => return Err(Violation::Protocol("a length of 64 bits")),
        LENGTH_16 | LENGTH_64 => return Ok(length),
        _ => return Ok(u64::from(short)),
    }
    Err(Violation::Protocol("a length that is not in its shortest form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(bytes: &[u8]) -> (Header, usize) {
        match Header::parse(bytes, 0) {
            Ok(Parsed::Complete(header, size)) => (header, size),
            other => panic!("{bytes:x?}: {other:?}"),
        }
    }

    #[test]
    fn lengths_come_in_three_sizes() {
        let mask = [1, 2, 3, 4];
        let cases: [(&[u8], u64); 7] = [
            (&[0x80], 0),
            (&[0xfd], 125),
            (&[0xfe, 0, 126], 126),
            (&[0xfe, 1, 0], 256),
            (&[0xfe, 0xff, 0xff], 65535),
            (&[0xff, 0, 0, 0, 0, 0, 1, 0, 0], 65536),
            (&[0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], i64::MAX.unsigned_abs()),
        ];
        for (bytes, length) in cases {
            let bytes = [&[0x82], bytes, &mask, b"payload"].concat();
            let (header, size) = complete(&bytes);
            assert_eq!(header, Header { fin: true, opcode: Opcode::Binary, length, mask });
            assert_eq!(size, bytes.len() - 7);
        }
    }

    #[test]
    fn a_header_in_pieces_says_how_much_is_missing() {
        let whole = [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4];
        assert_eq!(whole.len(), MAX_CLIENT_HEADER);
        assert_eq!(Header::parse(&[], 0), Ok(Parsed::Missing(2)));
        assert_eq!(Header::parse(&whole[..1], 0), Ok(Parsed::Missing(1)));
        for cut in 2..whole.len() {
            assert_eq!(Header::parse(&whole[..cut], 0), Ok(Parsed::Missing(whole.len() - cut)));
        }
    }

    #[test]
    fn breaches_are_found_in_the_first_two_bytes() {
        let cases: [(&str, [u8; 2]); 12] = [
            ("not masked", [0x81, 0x05]),
            ("RSV1", [0xc1, 0x81]),
            ("RSV2", [0xa1, 0x81]),
            ("RSV3", [0x91, 0x81]),
            ("opcode 3", [0x83, 0x81]),
            ("opcode 7", [0x87, 0x81]),
            ("opcode 11", [0x8b, 0x80]),
            ("opcode 15", [0x8f, 0x80]),
            ("fragmented ping", [0x09, 0x80]),
            ("fragmented close", [0x08, 0x80]),
            ("long ping", [0x89, 0xfe]),
            ("very long close", [0x88, 0xff]),
        ];
        for (name, bytes) in cases {
            assert!(matches!(Header::parse(&bytes, 0), Err(Violation::Protocol(_))), "{name}");
        }
    }

    #[test]
    fn the_bit_of_an_extension_is_for_the_first_frame_of_a_message() {
        use Opcode::{CompressedBinary, CompressedText};
        for (first, fin, opcode) in [
            (0xc1, true, CompressedText),
            (0xc2, true, CompressedBinary),
            (0x41, false, CompressedText),
            (0x42, false, CompressedBinary),
        ] {
            let header = Header { fin, opcode, length: 0, mask: [1, 2, 3, 4] };
            let parsed = Header::parse(&[first, 0x80, 1, 2, 3, 4], COMPRESSED);
            assert_eq!(parsed, Ok(Parsed::Complete(header, 6)));
            assert!(Header::parse(&[first, 0x80], 0).is_err(), "{first:x}");
        }
        for first in [0xc0, 0x40, 0xc8, 0xc9, 0xca, 0xa1, 0x91, 0xe1, 0xd1] {
            assert!(Header::parse(&[first, 0x80], COMPRESSED).is_err(), "{first:x}");
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let cases: [&[u8]; 4] = [
            &[0xfe, 0, 125],
            &[0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
            &[0xff, 0x80, 0, 0, 0, 0, 0, 0, 0],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ];
        for bytes in cases {
            let bytes = [&[0x82], bytes, &[0; 4]].concat();
            assert!(matches!(Header::parse(&bytes, 0), Err(Violation::Protocol(_))), "{bytes:x?}");
        }
    }
}
