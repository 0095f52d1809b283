//! The hub protocol: messages, how they are written and read, and the handshake that chooses how.
//!
//! Statements in parentheses, such as (J-34), are those of the behaviour sheet.

mod alike;
mod arguments;
mod date_time;
mod encoded;
mod error;
mod extension;
pub mod handshake;
mod json;
mod message;
mod message_pack;
mod naming;
mod type_name;

use std::fmt;
use std::ops::Range;

use serde::Serialize;

pub use arguments::{ArgumentWriter, Arguments};
pub use date_time::{DateTime, DateTimeError, DateTimeKind};
pub use encoded::EncodedArguments;
pub use error::{PayloadError, ProtocolError};
pub use extension::MessagePackExtension;
pub use json::JsonOptions;
pub use message::{Invocation, Message, Outcome, RawArguments, RawValue};
pub use message_pack::MessagePackOptions;
pub use naming::PayloadNaming;
pub(crate) use type_name::type_name;

/// A hub protocol: how messages become bytes and bytes become messages.
///
/// The writers append one whole message, with what frames it, and leave `out` as it was when they fail.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HubProtocol {
    /// The JSON hub protocol: one JSON object a message, each followed by the byte 0x1E.
    Json(JsonOptions),
    /// The MessagePack hub protocol: one array a message, each behind its length.
    MessagePack(MessagePackOptions),
}

/// What a protocol needs of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferFormat {
    /// Text will do: messages are UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl fmt::Display for TransferFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "Text",
            Self::Binary => "Binary",
        })
    }
}

/// What is at the start of received bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// A whole message.
    Complete {
        /// The message, without what frames it.
        message: Range<usize>,
        /// How many bytes it takes with what frames it.
        consumed: usize,
    },
    /// The beginning of a message: more has to come.
    Incomplete,
    /// The beginning of a message that is larger than the limit (D-152).
    TooLarge,
    /// No message begins there (M-2).
    Broken(ProtocolError),
}

impl HubProtocol {
    /// The JSON hub protocol as it is by default.
    pub fn json() -> Self {
        Self::Json(JsonOptions::default())
    }

    /// The MessagePack hub protocol as it is by default.
    pub fn message_pack() -> Self {
        Self::MessagePack(MessagePackOptions::default())
    }

    /// The name that the handshake uses. Names are compared in any case (H-5).
    pub fn name(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::MessagePack(_) => "messagepack",
        }
    }

    /// The highest version there is; lower ones are understood too (H-6).
    pub fn version(&self) -> i32 {
        2
    }

    /// What the protocol needs of a transport.
    pub fn transfer_format(&self) -> TransferFormat {
        match self {
            Self::Json(_) => TransferFormat::Text,
            Self::MessagePack(_) => TransferFormat::Binary,
        }
    }

    /// Finds the first complete message of `input`.
    ///
    /// `limit` is how many bytes a message may have, with what frames it (D-150); without it there is no limit.
    pub fn frame(&self, input: &[u8], limit: Option<usize>) -> Frame {
        match self {
            Self::Json(_) => json::frame(input, limit),
            Self::MessagePack(_) => message_pack::frame(input, limit),
        }
    }

    /// Whether a message that began before `input` may end in it. Without an end there is no use in looking at the whole
    /// message again.
    pub fn may_end_in(&self, input: &[u8]) -> bool {
        match self {
            Self::Json(_) => memchr::memchr(json::RECORD_SEPARATOR, input).is_some(),
            // Only the length tells, which is quick to look at again.
            Self::MessagePack(_) => !input.is_empty(),
        }
    }

    /// Reads a message, as [`frame`](Self::frame) found it. Any input is answered, none panics.
    pub fn parse<'a>(&self, message: &'a [u8]) -> Result<Message<'a>, ProtocolError> {
        match self {
            Self::Json(options) => json::parse(message, *options),
            Self::MessagePack(options) => message_pack::parse(message, *options),
        }
    }

    /// Writes a call of a method, without an id when nobody waits for its end.
    pub fn write_invocation<A: Arguments + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        id: Option<&str>,
        target: &str,
        arguments: &A,
    ) -> Result<(), PayloadError> {
        self.write_uploading_invocation(out, id, target, arguments, &[])
    }

    /// Writes a call of a method, and which streams are uploaded to it (C-80).
    pub fn write_uploading_invocation<A: Arguments + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        id: Option<&str>,
        target: &str,
        arguments: &A,
        stream_ids: &[&str],
    ) -> Result<(), PayloadError> {
        match self {
            Self::Json(options) => json::invocation(out, *options, id, target, arguments, stream_ids),
            Self::MessagePack(options) => message_pack::invocation(out, *options, id, target, arguments, stream_ids),
        }
    }

    /// Writes a call of a method that answers with a stream, and which streams are uploaded to it.
    pub fn write_stream_invocation<A: Arguments + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        id: &str,
        target: &str,
        arguments: &A,
        stream_ids: &[&str],
    ) -> Result<(), PayloadError> {
        match self {
            Self::Json(options) => json::stream_invocation(out, *options, id, target, arguments, stream_ids),
            Self::MessagePack(options) => {
                message_pack::stream_invocation(out, *options, id, target, arguments, stream_ids)
            }
        }
    }

    /// Writes one item of a stream.
    pub fn write_stream_item<T: Serialize + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        id: &str,
        item: &T,
    ) -> Result<(), PayloadError> {
        match self {
            Self::Json(options) => json::stream_item(out, *options, id, item),
            Self::MessagePack(options) => message_pack::stream_item(out, *options, id, item),
        }
    }

    /// Writes a completion with a result. That of a method which returns nothing is `()`, a null (J-5).
    pub fn write_result<T: Serialize + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        id: &str,
        result: &T,
    ) -> Result<(), PayloadError> {
        match self {
            Self::Json(options) => json::result(out, *options, id, result),
            Self::MessagePack(options) => message_pack::result(out, *options, id, result),
        }
    }

    /// Writes a completion without result: the end of a stream (J-5).
    pub fn write_void(&self, out: &mut Vec<u8>, id: &str) {
        match self {
            Self::Json(options) => json::void(out, *options, id),
            Self::MessagePack(_) => message_pack::void(out, id),
        }
    }

    /// Writes a completion with an error.
    pub fn write_error(&self, out: &mut Vec<u8>, id: &str, text: &str) {
        match self {
            Self::Json(options) => json::error(out, *options, id, text),
            Self::MessagePack(_) => message_pack::error(out, id, text),
        }
    }

    /// Writes a completion that was read: its result as it was sent, in this protocol.
    pub(crate) fn write_outcome(&self, out: &mut Vec<u8>, id: &str, outcome: &Outcome<'_>) {
        match (self, outcome) {
            (_, Outcome::Void) => self.write_void(out, id),
            (_, Outcome::Error(text)) => self.write_error(out, id, text),
            (Self::Json(options), Outcome::Result(result)) => json::raw_result(out, *options, id, result.bytes()),
            (Self::MessagePack(_), Outcome::Result(result)) => message_pack::raw_result(out, id, result.bytes()),
        }
    }

    /// Writes that a stream is no longer wanted.
    pub fn write_cancel(&self, out: &mut Vec<u8>, id: &str) {
        match self {
            Self::Json(options) => json::cancel(out, *options, id),
            Self::MessagePack(_) => message_pack::cancel(out, id),
        }
    }

    /// Writes a sign of life.
    pub fn write_ping(&self, out: &mut Vec<u8>) {
        match self {
            Self::Json(_) => json::ping(out),
            Self::MessagePack(_) => message_pack::ping(out),
        }
    }

    /// Writes the end of the connection.
    pub fn write_close(&self, out: &mut Vec<u8>, error: Option<&str>, allow_reconnect: bool) {
        match self {
            Self::Json(options) => json::close(out, *options, error, allow_reconnect),
            Self::MessagePack(_) => message_pack::close(out, error, allow_reconnect),
        }
    }

    /// Writes which message was the last to be received (stateful reconnect).
    pub fn write_ack(&self, out: &mut Vec<u8>, sequence_id: u64) {
        match self {
            Self::Json(options) => json::ack(out, *options, sequence_id),
            Self::MessagePack(_) => message_pack::ack(out, sequence_id),
        }
    }

    /// Writes which number the next message has (stateful reconnect).
    pub fn write_sequence(&self, out: &mut Vec<u8>, sequence_id: u64) {
        match self {
            Self::Json(options) => json::sequence(out, *options, sequence_id),
            Self::MessagePack(_) => message_pack::sequence(out, sequence_id),
        }
    }
}

impl Default for HubProtocol {
    fn default() -> Self {
        Self::json()
    }
}
