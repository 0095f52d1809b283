//! What the tests of the decoder share: frames of a client, and all that decoding them brought.

use super::compression::Inflation;
use super::{Chunk, CloseCode, Decoder, Event, Violation};

/// A masked frame: first byte, then the payload with its length in the shortest form.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..=65535 => {
            frame.push(0xfe);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

pub(super) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Everything a decoder said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) data: Vec<u8>,
    pub(super) pings: Vec<Vec<u8>>,
    /// The codes of the Close frames: one at most.
    pub(super) closed: Vec<Option<CloseCode>>,
    pub(super) violation: Option<Violation>,
}

pub(super) fn decode(bytes: &[u8]) -> Outcome {
    decode_pieces(bytes, &[])
}

/// Decodes `bytes` in the pieces that end at `cuts`, which ascend.
pub(super) fn decode_pieces(bytes: &[u8], cuts: &[usize]) -> Outcome {
    read(Decoder::default(), bytes, cuts)
}

/// The same where messages may be compressed.
pub(super) fn inflate_pieces(bytes: &[u8], cuts: &[usize]) -> Outcome {
    read(Decoder::new(true), bytes, cuts)
}

fn read(mut decoder: Decoder, bytes: &[u8], cuts: &[usize]) -> Outcome {
    let mut inflation = Inflation::default();
    let mut outcome = Outcome::default();
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let mut piece = bytes[start..end].to_vec();
        start = end;
        let mut chunk = Chunk::new(&mut piece);
        loop {
            match decoder.next(&mut chunk) {
                Ok(Some(Event::Data(data))) => outcome.data.extend_from_slice(data),
                Ok(Some(Event::Deflated(part))) => {
                    let expanded = inflation.push(&part, |piece| outcome.data.extend_from_slice(piece));
                    if let Err(violation) = expanded {
                        outcome.violation = Some(violation);
                        return outcome;
                    }
                }
                Ok(Some(Event::Ping(payload))) => outcome.pings.push(payload),
                Ok(Some(Event::Close(code))) => outcome.closed.push(code),
                Ok(None) => break,
                Err(violation) => {
                    outcome.violation = Some(violation);
                    return outcome;
                }
            }
        }
    }
    outcome
}
