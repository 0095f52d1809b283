//! The messages of the hub protocol, borrowed from the bytes they came in.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::error::{PayloadError, ProtocolError};
use super::json::{self, JsonOptions};
use super::message_pack::{self, MessagePackOptions};
use super::type_name::type_name;

/// One message of the hub protocol (section 4.1).
#[derive(Debug)]
#[non_exhaustive]
pub enum Message<'a> {
    /// A call of a method (type 1).
    Invocation(Invocation<'a>),
    /// A call of a method that answers with a stream (type 4).
    ///
    /// It may come without an id: whether that is an error depends on its target (J-42).
    StreamInvocation(Invocation<'a>),
    /// One item of a stream (type 2).
    StreamItem {
        /// The stream.
        id: Cow<'a, str>,
        /// The item, not yet deserialized.
        item: RawValue<'a>,
    },
    /// The end of an invocation or of a stream (type 3).
    Completion {
        /// The invocation or stream.
        id: Cow<'a, str>,
        /// How it ended.
        outcome: Outcome<'a>,
    },
    /// The caller of a stream wants no more of it (type 5).
    CancelInvocation {
        /// The invocation.
        id: Cow<'a, str>,
    },
    /// A sign of life (type 6).
    Ping,
    /// The connection ends (type 7).
    Close {
        /// Why, when something went wrong.
        error: Option<Cow<'a, str>>,
        /// Whether the client may reconnect by itself.
        allow_reconnect: bool,
    },
    /// The peer has received all messages up to this one (type 8; stateful reconnect).
    Ack {
        /// The number of the last message received.
        sequence_id: i64,
    },
    /// The next message has this number (type 9; stateful reconnect).
    Sequence {
        /// The number.
        sequence_id: i64,
    },
    /// A message of a type that this version of the protocol does not know. To be skipped (J-30).
    Unknown,
}

/// A call of a method.
#[derive(Debug)]
#[non_exhaustive]
pub struct Invocation<'a> {
    /// Names the answer; without it there is none (D-41). Never empty (J-25).
    pub id: Option<Cow<'a, str>>,
    /// The method, as sent. May be empty (J-58).
    pub target: Cow<'a, str>,
    /// Whether error texts spell the target as it was sent, rather than as the method is declared: because it was
    /// written with escapes, or in a stream invocation of MessagePack (D-6).
    pub target_was_escaped: bool,
    /// The arguments, not yet deserialized.
    pub arguments: RawArguments<'a>,
    /// The upload streams that belong to the call, in the order of its stream parameters.
    pub stream_ids: Vec<Cow<'a, str>>,
    /// Names and values in the order sent; of a repeated name the last counts (J-28).
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// What is wrong behind the arguments, in MessagePack. It ends the connection if the arguments bind, and does not
    /// count otherwise (M-43).
    pub flaw: Option<ProtocolError>,
}

/// How an invocation or a stream ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// Without a result: the usual end of a stream.
    Void,
    /// With a result, which is null for a method that returns nothing (J-5).
    Result(RawValue<'a>),
    /// With an error, whose text may be empty (J-3).
    Error(Cow<'a, str>),
}

/// A value that has not been deserialized yet. In JSON it is known to be well-formed.
#[derive(Clone, Copy)]
pub struct RawValue<'a> {
    /// Begins with the value, and in MessagePack may go on behind it: where it ends is not looked for before it is read.
    bytes: &'a [u8],
    /// What it is in the message.
    field: &'static str,
    format: Format,
}

impl<'a> RawValue<'a> {
    pub(super) fn json(bytes: &'a [u8], options: JsonOptions) -> Self {
        Self { bytes, field: "", format: Format::Json(options) }
    }

    /// What `bytes` begin with, if that is a value at all. Error texts say `field`.
    pub(super) fn message_pack(bytes: &'a [u8], field: &'static str, options: MessagePackOptions) -> Self {
        Self { bytes, field, format: Format::MessagePack(options) }
    }

    /// Reads the value as a `T`, once and straight from the bytes of the message.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        match self.format {
            Format::Json(options) => json::deserialize(self.bytes, options),
            Format::MessagePack(options) => message_pack::deserialize(self.bytes, options)
                .map_err(|cause| PayloadError::not_deserialized(type_name::<T>(), self.field, cause)),
        }
    }

    /// Fails if the value is missing or cut off, which in MessagePack is found when it is skipped (M-5).
    pub fn skip(&self) -> Result<(), ProtocolError> {
        match self.format {
            Format::Json(_) => Ok(()),
            Format::MessagePack(_) => message_pack::skip(self.bytes),
        }
    }

    /// The value as it was sent (J-68).
    pub fn bytes(&self) -> &'a [u8] {
        match self.format {
            Format::Json(_) => self.bytes,
            Format::MessagePack(_) => message_pack::first_value(self.bytes),
        }
    }
}

impl fmt::Debug for RawValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawValue({} bytes)", self.bytes().len())
    }
}

/// The arguments of an invocation, deserialized one after the other, each into the type its parameter has.
#[derive(Clone, Copy)]
pub struct RawArguments<'a> {
    all: &'a [u8],
    rest: &'a [u8],
    count: usize,
    read: usize,
    is_array: bool,
    format: Format,
}

impl<'a> RawArguments<'a> {
    /// `array` is a well-formed JSON array of `count` elements.
    pub(super) fn json(array: &'a [u8], count: usize, options: JsonOptions) -> Self {
        let rest = array.get(1..).unwrap_or_default();
        Self { all: array, rest, count, read: 0, is_array: true, format: Format::Json(options) }
    }

    /// `array` is an array of `count` elements, which are `elements`, as far as they are there.
    pub(super) fn message_pack(array: &'a [u8], elements: &'a [u8], count: usize, options: MessagePackOptions) -> Self {
        Self { all: array, rest: elements, count, read: 0, is_array: true, format: Format::MessagePack(options) }
    }

    /// `value`, which stands where the arguments should, is none or no array.
    pub(super) fn unreadable(value: &'a [u8], options: MessagePackOptions) -> Self {
        Self { all: value, rest: &[], count: 0, read: 0, is_array: false, format: Format::MessagePack(options) }
    }

    /// How many arguments were sent, those already read included.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of arguments, where it is checked before any of them is read (M-41), or why there is none (M-40).
    ///
    /// In JSON it is `None`: there the number is found behind the types (J-62).
    pub fn leading_count(&self) -> Option<Result<usize, PayloadError>> {
        match self.format {
            Format::Json(_) => None,
            Format::MessagePack(_) if self.is_array => Some(Ok(self.count)),
            Format::MessagePack(_) => Some(Err(PayloadError::no_arguments())),
        }
    }

    /// How many arguments are still to be read.
    pub fn remaining(&self) -> usize {
        self.count - self.read
    }

    /// All arguments as one value, such as a tuple, those already read included.
    pub fn value(&self) -> RawValue<'a> {
        match self.format {
            Format::Json(options) => RawValue::json(self.all, options),
            Format::MessagePack(options) => RawValue::message_pack(self.all, "argument", options),
        }
    }

    /// Reads the next argument as a `T`, or says that there is none left.
    ///
    /// After an argument that did not convert the next call reads the one behind it.
    #[expect(clippy::should_implement_trait, reason = "each argument has a type of its own")]
    pub fn next<T: DeserializeOwned>(&mut self) -> Option<Result<T, PayloadError>> {
        if self.read == self.count {
            return None;
        }
        self.read += 1;
        let (value, rest) = match self.format {
            Format::Json(options) => json::deserialize_next(self.rest, options),
            Format::MessagePack(options) => message_pack::deserialize_next(self.rest, options),
        };
        self.rest = rest;
        Some(value)
    }
}

impl fmt::Debug for RawArguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawArguments({} of {} read)", self.read, self.count)
    }
}

#[derive(Clone, Copy)]
enum Format {
    Json(JsonOptions),
    MessagePack(MessagePackOptions),
}
