//! The messages of the hub protocol, borrowed from the bytes they came in.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::error::PayloadError;
use super::json::{self, JsonOptions};

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
    /// Whether the target was written with escapes, which decides how error texts spell it (D-6).
    pub target_was_escaped: bool,
    /// The arguments, not yet deserialized.
    pub arguments: RawArguments<'a>,
    /// The upload streams that belong to the call, in the order of its stream parameters.
    pub stream_ids: Vec<Cow<'a, str>>,
    /// Names and values in the order sent; of a repeated name the last counts (J-28).
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
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

/// A well-formed value that has not been deserialized yet.
#[derive(Clone, Copy)]
pub struct RawValue<'a> {
    bytes: &'a [u8],
    format: Format,
}

impl<'a> RawValue<'a> {
    pub(super) fn json(bytes: &'a [u8], options: JsonOptions) -> Self {
        Self { bytes, format: Format::Json(options) }
    }

    /// Reads the value as a `T`, once and straight from the bytes of the message.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        match self.format {
            Format::Json(options) => json::deserialize(self.bytes, options),
        }
    }

    /// The value as it was sent (J-68).
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl fmt::Debug for RawValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawValue({} bytes)", self.bytes.len())
    }
}

/// The arguments of an invocation, deserialized one after the other, each into the type its parameter has.
#[derive(Clone, Copy)]
pub struct RawArguments<'a> {
    all: &'a [u8],
    rest: &'a [u8],
    count: usize,
    read: usize,
    format: Format,
}

impl<'a> RawArguments<'a> {
    /// `array` is a well-formed JSON array of `count` elements.
    pub(super) fn json(array: &'a [u8], count: usize, options: JsonOptions) -> Self {
        Self { all: array, rest: array.get(1..).unwrap_or_default(), count, read: 0, format: Format::Json(options) }
    }

    /// How many arguments were sent, those already read included.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many arguments are still to be read.
    pub fn remaining(&self) -> usize {
        self.count - self.read
    }

    /// All arguments as one value, such as a tuple, those already read included.
    pub fn value(&self) -> RawValue<'a> {
        RawValue { bytes: self.all, format: self.format }
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
}
