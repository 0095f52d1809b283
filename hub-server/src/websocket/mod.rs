//! WebSocket framing, server side (RFC 6455): what arrives is unmasked and checked in the buffer it was read into, what
//! leaves gets its header written in front of it.
//!
//! Hub messages have a framing of their own above this one, so the boundaries of frames and messages mean nothing here
//! (T-5, T-6): payload bytes are handed on as they come, and a connection keeps none of them.

mod close;
#[cfg_attr(not(feature = "compression"), path = "no_compression.rs")]
mod compression;
mod decoder;
mod encoder;
#[cfg(test)]
mod fuzz;
mod header;
mod mask;
mod read_buffer;
mod socket;
#[cfg(test)]
mod testing;
mod transport;
mod upgrade;
mod utf8;

use close::CloseCode;
pub(crate) use compression::Compression;
use decoder::{Chunk, Decoder, Event};
use encoder::{write_close, write_message, write_pong};
use header::Opcode;
pub(crate) use transport::WebSocketTransport;
pub(crate) use upgrade::{Upgrade, sub_protocols};

/// Why a peer's bytes are no WebSocket traffic (T-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Violation {
    /// A breach of the framing rules.
    Protocol(&'static str),
    /// A Text message that is not UTF-8.
    InvalidUtf8,
    /// A compressed message that cannot be expanded.
    #[cfg(feature = "compression")]
    Corrupt,
}

impl Violation {
    /// What the Close frame says that answers it.
    fn close_code(self) -> CloseCode {
        match self {
            Self::Protocol(_) => CloseCode::PROTOCOL_ERROR,
            Self::InvalidUtf8 => CloseCode::INVALID_PAYLOAD,
            #[cfg(feature = "compression")]
            Self::Corrupt => CloseCode::INVALID_PAYLOAD,
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Protocol(rule) => write!(f, "the peer broke the WebSocket protocol: {rule}"),
            Self::InvalidUtf8 => f.write_str("the peer sent a WebSocket Text message that is not UTF-8"),
            #[cfg(feature = "compression")]
            Self::Corrupt => f.write_str("the peer sent a compressed WebSocket message that cannot be expanded"),
        }
    }
}

impl std::error::Error for Violation {}
