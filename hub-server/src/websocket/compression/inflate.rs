//! Expanding what a client sends.

use std::cell::Cell;
use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

use super::TAIL;
use crate::websocket::Violation;
use crate::websocket::decoder::Deflated;
use crate::websocket::utf8::Utf8Validator;

/// So much comes out at a time, in bytes.
const PIECE: usize = 8 * 1024;

/// The tail that was not sent, and an empty last block: nothing comes out of them, unless the message was cut off.
const END: [u8; 6] = [TAIL[0], TAIL[1], TAIL[2], TAIL[3], 0x03, 0x00];

thread_local! {
    static SPARE: Cell<Option<Box<Inflater>>> = const { Cell::new(None) };
}

/// The compressed messages of one connection, one after the other.
#[derive(Default)]
pub(in crate::websocket) struct Inflation {
    /// Within a message; a connection at rest has none.
    inflater: Option<Box<Inflater>>,
    text: Utf8Validator,
}

impl Inflation {
    /// Gives what a part of a message stands for, in pieces. However much that is, it takes up one piece.
    pub(in crate::websocket) fn push(
        &mut self,
        part: &Deflated<'_>,
        mut give: impl FnMut(&[u8]),
    ) -> Result<(), Violation> {
        let mut inflater = self.inflater.take().unwrap_or_else(Inflater::spare);
        let text = &mut self.text;
        let mut checked = |piece: &[u8]| {
            if part.is_text && !text.push(piece) {
                return Err(Violation::InvalidUtf8);
            }
            give(piece);
            Ok(())
        };
        inflater.inflate(part.payload, &mut checked)?;
        if !part.is_last {
            self.inflater = Some(inflater);
            return Ok(());
        }
        if !inflater.inflate(&END, &mut |_| Err(Violation::Corrupt))? {
            return Err(Violation::Corrupt);
        }
        SPARE.set(Some(inflater));
        if text.is_complete() { Ok(()) } else { Err(Violation::InvalidUtf8) }
    }
}

impl fmt::Debug for Inflation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflation").field("within_message", &self.inflater.is_some()).finish_non_exhaustive()
    }
}

struct Inflater {
    stream: Decompress,
    output: [u8; PIECE],
}

impl Inflater {
    /// The one that the thread has left over, or a new one.
    fn spare() -> Box<Self> {
        SPARE.take().unwrap_or_else(|| Box::new(Self { stream: Decompress::new(false), output: [0; PIECE] }))
    }

    /// Gives what `deflated` stands for. Whether the last byte ended a last block; what follows one begins anew.
    fn inflate(
        &mut self,
        mut deflated: &[u8],
        give: &mut impl FnMut(&[u8]) -> Result<(), Violation>,
    ) -> Result<bool, Violation> {
        loop {
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(deflated, &mut self.output, FlushDecompress::None);
            let status = status.map_err(|_| Violation::Corrupt)?;
            deflated = deflated.get(length(self.stream.total_in() - read)..).unwrap_or_default();
            let piece = self.output.get(..length(self.stream.total_out() - written)).unwrap_or_default();
            if !piece.is_empty() {
                give(piece)?;
            }
            match status {
                Status::StreamEnd => {
                    self.stream.reset(false);
                    if deflated.is_empty() {
                        return Ok(true);
                    }
                }
                // Otherwise there is no more, nor was all that was given enough for more.
                Status::Ok | Status::BufError if piece.len() < PIECE => return Ok(false),
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

fn length(count: u64) -> usize {
    count.try_into().unwrap_or(usize::MAX)
}
