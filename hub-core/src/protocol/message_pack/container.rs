//! Arrays and maps as they are written.

use rmp::encode;
use serde::ser::Serialize;

use super::serialize::{MessagePackSerializer, length};
use crate::protocol::alike::containers_alike;
use crate::protocol::error::PayloadError;

/// A container that is being written.
#[derive(Debug)]
pub(crate) struct Container<'s, 'o> {
    serializer: &'s mut MessagePackSerializer<'o>,
    shape: Shape,
    /// Where it begins.
    start: usize,
    /// What was announced there.
    announced: usize,
    /// How many values or entries it has so far.
    count: usize,
}

impl<'s, 'o> Container<'s, 'o> {
    pub(super) fn open(
        serializer: &'s mut MessagePackSerializer<'o>,
        shape: Shape,
        length: Option<usize>,
    ) -> Result<Self, PayloadError> {
        let start = serializer.out.len();
        let announced = length.unwrap_or_default();
        shape.begin(serializer.out, announced)?;
        Ok(Self { serializer, shape, start, announced, count: 0 })
    }

    pub(crate) fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        self.count += 1;
        value.serialize(&mut *self.serializer)
    }

    /// Adds values that are MessagePack already.
    pub(crate) fn encoded(&mut self, values: &[u8], count: usize) {
        self.count += count;
        self.serializer.out.extend_from_slice(values);
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), PayloadError> {
        key.serialize(&mut *self.serializer)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        self.element(value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, declared: &str, value: &T) -> Result<(), PayloadError> {
        self.serializer.field_name(declared)?;
        self.element(value)
    }

    /// Corrects what was announced, if that was not known or not true.
    fn finish(self) -> Result<(), PayloadError> {
        if self.count != self.announced {
            let mut parts = Vec::new();
            self.shape.begin(&mut parts, self.announced)?;
            let end = self.start + parts.len();
            parts.clear();
            self.shape.begin(&mut parts, self.count)?;
            self.serializer.out.splice(self.start..end, parts);
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Array,
    Map,
}

impl Shape {
    fn begin(self, out: &mut Vec<u8>, count: usize) -> Result<(), PayloadError> {
        let count = length(count)?;
        match self {
            Self::Array => encode::write_array_len(out, count)?,
            Self::Map => encode::write_map_len(out, count)?,
        };
        Ok(())
    }
}

containers_alike! { Container }
