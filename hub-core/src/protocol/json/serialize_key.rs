//! The keys of maps: written as strings, whatever they are.

use serde::ser::{self, Impossible, Serialize};

use super::strings::write_string;
use crate::protocol::error::PayloadError;

/// Appends one key. Only what has one obvious text can be a key.
#[derive(Debug)]
pub(super) struct KeySerializer<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> KeySerializer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }

    fn integer(self, value: impl itoa::Integer) {
        self.plain(itoa::Buffer::new().format(value));
    }

    /// A text that needs no escapes.
    fn plain(self, text: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }
}

fn refused<T>() -> Result<T, PayloadError> {
    Err(PayloadError::json("The key of a map must be a string, an integer, a bool or a char."))
}

type Never = Impossible<(), PayloadError>;

macro_rules! serialize_integers {
    ($($method:ident $integer:ty,)*) => {
        $(fn $method(self, value: $integer) -> Result<(), PayloadError> {
            self.integer(value);
            Ok(())
        })*
    };
}

impl ser::Serializer for KeySerializer<'_> {
    type Ok = ();
    type Error = PayloadError;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_bool(self, value: bool) -> Result<(), PayloadError> {
        self.plain(if value { "true" } else { "false" });
        Ok(())
    }

    serialize_integers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
    }

    fn serialize_f32(self, _value: f32) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_f64(self, _value: f64) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_char(self, value: char) -> Result<(), PayloadError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), PayloadError> {
        write_string(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_none(self) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), PayloadError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), PayloadError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), PayloadError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), PayloadError> {
        refused()
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Never, PayloadError> {
        refused()
    }

    fn serialize_tuple(self, _length: usize) -> Result<Never, PayloadError> {
        refused()
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Never, PayloadError> {
        refused()
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Never, PayloadError> {
        refused()
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Never, PayloadError> {
        refused()
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Never, PayloadError> {
        refused()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Never, PayloadError> {
        refused()
    }
}
