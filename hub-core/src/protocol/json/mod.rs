//! The JSON hub protocol (section 4).

mod access;
mod container;
mod deserialize;
mod deserialize_key;
mod fields;
mod frame;
mod numbers;
mod parse;
mod read;
mod scan;
mod serialize;
mod serialize_key;
mod strings;
#[cfg(test)]
mod tests;
mod write;

pub(super) use deserialize::{deserialize, deserialize_next};
pub(super) use frame::{RECORD_SEPARATOR, frame};
pub(super) use parse::parse;
pub(super) use read::{ReadError, read_integer, read_object, read_string};
pub(super) use scan::{MAX_LEVELS, Malformed, Scanner};
pub(super) use serialize::JsonSerializer;
pub(super) use strings::write_string;
pub(super) use write::{
    ack, arguments, cancel, close, error, invocation, ping, raw_result, result, sequence, stream_invocation,
    stream_item, void,
};

use super::naming::PayloadNaming;

/// How the JSON hub protocol treats payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct JsonOptions {
    /// How the fields of structs are named. Camel case, unless said otherwise.
    pub naming: PayloadNaming,
}

impl JsonOptions {
    /// The options, with fields named that way.
    #[must_use]
    pub fn with_naming(mut self, naming: PayloadNaming) -> Self {
        self.naming = naming;
        self
    }
}
