//! The MessagePack hub protocol (section 5).

mod access;
mod container;
mod deserialize;
mod extension;
mod fields;
mod frame;
mod parse;
mod reader;
mod serialize;
#[cfg(test)]
mod tests;
mod timestamp;
mod write;

pub(super) use container::Container;
pub(super) use deserialize::{deserialize, deserialize_next};
pub(super) use frame::frame;
pub(super) use parse::{parse, skip};
pub(super) use reader::first_value;
pub(super) use write::{
    ack, arguments, cancel, close, error, invocation, ping, raw_result, result, sequence, stream_invocation,
    stream_item, void,
};

use super::naming::PayloadNaming;

/// How the MessagePack hub protocol treats payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessagePackOptions {
    /// How the fields of structs are named. Pascal case, unless said otherwise, as members of .NET's classes are
    /// (M-50). A member is read under the name it is sent under only, in exact case.
    pub naming: PayloadNaming,
}

impl MessagePackOptions {
    /// The options, with fields named that way.
    #[must_use]
    pub fn with_naming(mut self, naming: PayloadNaming) -> Self {
        self.naming = naming;
        self
    }
}

impl Default for MessagePackOptions {
    fn default() -> Self {
        Self { naming: PayloadNaming::PascalCase }
    }
}
