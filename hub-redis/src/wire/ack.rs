//! The acknowledgement of a group command.

use bytes::Bytes;

use super::invocation::{array, integer};
use super::{Reader, Unreadable};

/// `[id]`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ack(pub(crate) i32);

impl Ack {
    pub(crate) fn read(payload: &Bytes) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(payload);
        reader.array(1, "Insufficient items in Ack array.")?;
        reader.integer().map(Self)
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(6);
        array(&mut out, 1);
        integer(&mut out, self.0);
        out
    }
}
