//! Compressing what the server sends.

use std::cell::Cell;

use flate2::{Compress, FlushCompress};
use hub_core::transport::Framing;

use super::TAIL;
use crate::websocket::encoder::{write_header, write_message};
use crate::websocket::header::Opcode;

/// Shorter messages fit into one packet as they are, in bytes.
pub(super) const THRESHOLD: usize = 1024;

/// Of zlib's levels the one from which on more time buys little.
const LEVEL: flate2::Compression = flate2::Compression::new(3);

pub(super) static TEXT: Framing = Framing::laborious("WebSocket text, compressed", |message, out| {
    if !write_compressed(out, Opcode::CompressedText, message) {
        write_message(out, Opcode::Text, message);
    }
});
pub(super) static BINARY: Framing = Framing::laborious("WebSocket binary, compressed", |message, out| {
    if !write_compressed(out, Opcode::CompressedBinary, message) {
        write_message(out, Opcode::Binary, message);
    }
});

thread_local! {
    /// A compressor is large, and none keeps anything from one message to the next.
    static COMPRESSOR: Cell<Option<Compress>> = const { Cell::new(None) };
}

/// Appends a message, compressed, if that makes it shorter.
fn write_compressed(out: &mut Vec<u8>, opcode: Opcode, message: &[u8]) -> bool {
    let start = out.len();
    if message.len() < THRESHOLD || !deflate(message, out) {
        out.truncate(start);
        return false;
    }
    let mut header = Vec::new();
    write_header(&mut header, opcode, out.len() - start);
    out.splice(start..start, header);
    true
}

/// Appends `message`, compressed; false if that is not shorter, and what was appended is not all of it.
fn deflate(message: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    // One byte is left over once all is written, and nothing but that tells that it is.
    out.reserve(message.len());
    let mut compressor = COMPRESSOR.take().unwrap_or_else(|| Compress::new(LEVEL, false));
    let result = compressor.compress_vec(message, out, FlushCompress::Sync);
    compressor.reset();
    COMPRESSOR.set(Some(compressor));
    let end = out.len().saturating_sub(TAIL.len());
    let is_complete = result.is_ok() && out.len() < out.capacity() && out.get(end..) == Some(&TAIL);
    out.truncate(end.max(start));
    is_complete && out.len() - start < message.len()
}
