//! The answer of a client to another server.

use bytes::Bytes;

use super::invocation::{array, bytes, text};
use super::{Reader, Unreadable};

/// `[protocol, completion]`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completion<'a> {
    pub(crate) protocol: &'a str,
    /// With its terminator or length prefix.
    pub(crate) message: Bytes,
}

impl<'a> Completion<'a> {
    pub(crate) fn read(payload: &'a Bytes) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(payload);
        reader.array(2, "Insufficient items in CompletionMessage array.")?;
        Ok(Self { protocol: reader.text()?, message: reader.bytes()? })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.protocol.len() + self.message.len());
        array(&mut out, 2);
        text(&mut out, self.protocol);
        bytes(&mut out, &self.message);
        out
    }
}
