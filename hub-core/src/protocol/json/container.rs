//! Arrays and objects as they are written.

use serde::ser::Serialize;

use super::serialize::JsonSerializer;
use super::serialize_key::KeySerializer;
use crate::protocol::alike::containers_alike;
use crate::protocol::error::PayloadError;

/// An array or object that has begun.
#[derive(Debug)]
pub(crate) struct Container<'s, 'o> {
    serializer: &'s mut JsonSerializer<'o>,
    first: bool,
    /// What ends it, one byte a level.
    close: &'static str,
}

impl<'s, 'o> Container<'s, 'o> {
    pub(super) fn new(serializer: &'s mut JsonSerializer<'o>, close: &'static str) -> Self {
        Self { serializer, first: true, close }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        self.serializer.separate(&mut self.first);
        value.serialize(&mut *self.serializer)
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), PayloadError> {
        self.serializer.separate(&mut self.first);
        key.serialize(KeySerializer::new(self.serializer.out))
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        self.serializer.out.push(b':');
        value.serialize(&mut *self.serializer)
    }

    fn field<T: Serialize + ?Sized>(&mut self, declared: &str, value: &T) -> Result<(), PayloadError> {
        self.serializer.separate(&mut self.first);
        self.serializer.field_name(declared);
        self.value(value)
    }

    #[expect(clippy::unnecessary_wraps, reason = "in MessagePack an end can fail")]
    fn finish(self) -> Result<(), PayloadError> {
        self.serializer.raw(self.close);
        self.serializer.levels += if self.close.len() > 1 { 2 } else { 1 };
        Ok(())
    }
}

containers_alike! { Container }
