//! WebSocket framing (RFC 6455) without extensions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The opcode of a text frame.
pub const TEXT: u8 = 1;
/// The opcode of a binary frame.
pub const BINARY: u8 = 2;
/// The opcode of a close frame.
pub const CLOSE: u8 = 8;
/// The opcode of a ping.
pub const PING: u8 = 9;
/// The opcode of a pong.
pub const PONG: u8 = 10;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
const LONGEST: u64 = 1 << 31;
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What kind of frame it is.
    pub opcode: u8,
    /// The key of a masked frame.
    pub key: Option<[u8; 4]>,
    /// How many bytes the header has, the key included.
    pub size: usize,
    /// How many bytes follow the header.
    pub length: usize,
}

/// What [`header`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A header.
    Complete(Header),
    /// More bytes are needed.
    Incomplete,
    /// No frame that is accepted here.
    Bad,
}

/// Reads the header of a frame.
#[inline]
pub fn header(bytes: &[u8]) -> Parsed {
    let Some((&[first, second], rest)) = bytes.split_first_chunk::<2>() else { return Parsed::Incomplete };
    if first & RESERVED != 0 {
        return Parsed::Bad;
    }
    let Some((length, rest)) = length(second & !MASKED, rest) else { return Parsed::Incomplete };
    if length > LONGEST {
        return Parsed::Bad;
    }
    let (key, rest) = match rest.split_first_chunk::<4>() {
        _ if second & MASKED == 0 => (None, rest),
        Some((key, rest)) => (Some(*key), rest),
        None => return Parsed::Incomplete,
    };
    let size = bytes.len() - rest.len();
    Parsed::Complete(Header { opcode: first & 0xF, key, size, length: usize::try_from(length).unwrap_or(usize::MAX) })
}

#[inline]
fn length(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    match short {
        126 => rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest)),
        127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest)),
        length => Some((u64::from(length), rest)),
    }
}

/// Appends the header of a frame that is whole. With a key the payload has to be masked.
#[inline]
pub fn put_header(out: &mut Vec<u8>, opcode: u8, length: usize, key: Option<[u8; 4]>) {
    let masked = if key.is_some() { MASKED } else { 0 };
    out.push(FIN | opcode);
    match length {
        0..126 => out.push(masked | length as u8),
        126..0x1_0000 => {
            out.push(masked | 0x7E);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(masked | 0x7F);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(key.as_ref().map_or(&[], |key| &key[..]));
}

/// Appends a whole frame.
pub fn put_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8], key: Option<[u8; 4]>) {
    put_header(out, opcode, payload.len(), key);
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = key {
        mask(&mut out[start..], key);
    }
}

/// Masks bytes, or unmasks them.
#[inline]
pub fn mask(bytes: &mut [u8], key: [u8; 4]) {
    let half = u64::from(u32::from_ne_bytes(key));
    let wide = (half << 32) | half;
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// What a server answers to the `Sec-WebSocket-Key` of a request.
pub fn accept(key: &[u8]) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(SUFFIX).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_key_is_that_of_the_rfc() {
        assert_eq!(accept(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_frame_of_any_length_is_read_as_it_was_written() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            for key in [None, Some([1, 2, 3, 4])] {
                let payload: Vec<u8> = (0..length).map(|index| index as u8).collect();
                let mut frame = Vec::new();
                put_frame(&mut frame, TEXT, &payload, key);
                let Parsed::Complete(header) = header(&frame) else { panic!("{length} {key:?}") };
                assert_eq!((header.length, header.opcode, header.key), (length, TEXT, key));
                mask(&mut frame[header.size..], key.unwrap_or_default());
                assert_eq!(frame[header.size..], payload);
            }
        }
    }

    #[test]
    fn a_header_that_is_cut_is_incomplete() {
        let mut frame = Vec::new();
        put_header(&mut frame, BINARY, 70_000, Some([1, 2, 3, 4]));
        for cut in 0..frame.len() {
            assert_eq!(header(&frame[..cut]), Parsed::Incomplete);
        }
    }
}
