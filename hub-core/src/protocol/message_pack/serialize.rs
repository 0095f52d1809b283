//! Payloads to MessagePack (section 5.4): structs as maps whose keys are named as [`PayloadNaming`] says, variants by
//! their names, every integer in its smallest encoding.

use std::io;

use rmp::Marker;
use rmp::encode::{self, ValueWriteError};
use serde::ser::{self, Error as _, Serialize};

use super::{MessagePackOptions, timestamp};
use crate::protocol::date_time::{self, DateTime};
use crate::protocol::error::PayloadError;
use crate::protocol::naming::PayloadNaming;

/// Appends values to a buffer.
#[derive(Debug)]
pub(crate) struct MessagePackSerializer<'o> {
    out: &'o mut Vec<u8>,
    naming: PayloadNaming,
    /// Whether the next integer is a [`DateTime`] (M-52).
    in_date_time: bool,
}

impl<'o> MessagePackSerializer<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, options: MessagePackOptions) -> Self {
        Self { out, naming: options.naming, in_date_time: false }
    }

    /// Begins an array of so many values, if that is known.
    pub(crate) fn array<'s>(&'s mut self, length: Option<usize>) -> Result<Container<'s, 'o>, PayloadError> {
        Container::open(self, Shape::Array, length)
    }

    /// Begins a map of so many entries, if that is known.
    fn map<'s>(&'s mut self, length: Option<usize>) -> Result<Container<'s, 'o>, PayloadError> {
        Container::open(self, Shape::Map, length)
    }

    /// Begins the value of an enum's variant: a map with the variant's name as its only key.
    fn variant(&mut self, variant: &str) -> Result<(), PayloadError> {
        encode::write_map_len(self.out, 1)?;
        Ok(encode::write_str(self.out, variant)?)
    }

    fn unsigned(&mut self, value: impl Into<u64>) -> Result<(), PayloadError> {
        encode::write_uint(self.out, value.into())?;
        Ok(())
    }

    fn signed(&mut self, value: impl Into<i64>) -> Result<(), PayloadError> {
        encode::write_sint(self.out, value.into())?;
        Ok(())
    }

    fn field_name(&mut self, declared: &str) -> Result<(), PayloadError> {
        let name = self.naming.wire_name(declared);
        match name.unchanged() {
            Some(unchanged) => Ok(encode::write_str(self.out, unchanged)?),
            None => Ok(encode::write_str(self.out, &name.collect::<String>())?),
        }
    }
}

macro_rules! serialize_integers {
    ($write:ident: $($method:ident $integer:ty,)*) => {
        $(fn $method(self, value: $integer) -> Result<(), PayloadError> {
            self.$write(value)
        })*
    };
}

impl<'s, 'o> ser::Serializer for &'s mut MessagePackSerializer<'o> {
    type Ok = ();
    type Error = PayloadError;
    type SerializeSeq = Container<'s, 'o>;
    type SerializeTuple = Container<'s, 'o>;
    type SerializeTupleStruct = Container<'s, 'o>;
    type SerializeTupleVariant = Container<'s, 'o>;
    type SerializeMap = Container<'s, 'o>;
    type SerializeStruct = Container<'s, 'o>;
    type SerializeStructVariant = Container<'s, 'o>;

    fn serialize_bool(self, value: bool) -> Result<(), PayloadError> {
        self.out.push(if value { Marker::True } else { Marker::False }.to_u8());
        Ok(())
    }

    serialize_integers! { unsigned:
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_char char,
    }

    serialize_integers! { signed:
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32,
    }

    fn serialize_i64(self, value: i64) -> Result<(), PayloadError> {
        if !self.in_date_time {
            return self.signed(value);
        }
        let time = DateTime::from_binary(value).ok_or_else(|| PayloadError::custom("The time is out of range."))?;
        timestamp::write(self.out, time)
    }

    fn serialize_f32(self, value: f32) -> Result<(), PayloadError> {
        Ok(encode::write_f32(self.out, value)?)
    }

    fn serialize_f64(self, value: f64) -> Result<(), PayloadError> {
        Ok(encode::write_f64(self.out, value)?)
    }

    fn serialize_str(self, value: &str) -> Result<(), PayloadError> {
        length(value.len())?;
        Ok(encode::write_str(self.out, value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), PayloadError> {
        length(value.len())?;
        Ok(encode::write_bin(self.out, value)?)
    }

    fn serialize_none(self) -> Result<(), PayloadError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), PayloadError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), PayloadError> {
        self.out.push(Marker::Null.to_u8());
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), PayloadError> {
        self.serialize_unit()
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
        name: &'static str,
        value: &T,
    ) -> Result<(), PayloadError> {
        self.in_date_time = name == date_time::NEWTYPE;
        let written = value.serialize(&mut *self);
        self.in_date_time = false;
        written
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), PayloadError> {
        self.variant(variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Container<'s, 'o>, PayloadError> {
        self.array(length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Container<'s, 'o>, PayloadError> {
        self.array(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Container<'s, 'o>, PayloadError> {
        self.array(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Container<'s, 'o>, PayloadError> {
        self.variant(variant)?;
        self.array(Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Container<'s, 'o>, PayloadError> {
        self.map(length)
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Container<'s, 'o>, PayloadError> {
        self.map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Container<'s, 'o>, PayloadError> {
        self.variant(variant)?;
        self.map(Some(length))
    }

    /// Types with a text for people are written as that: .NET writes a `Guid` as text, not as its bytes (M-54).
    fn is_human_readable(&self) -> bool {
        !self.in_date_time
    }
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Array,
    Map,
}

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
    fn open(
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

    fn field<T: Serialize + ?Sized>(&mut self, declared: &str, value: &T) -> Result<(), PayloadError> {
        self.serializer.field_name(declared)?;
        self.element(value)
    }

    /// Corrects what was announced, if that was not known or not true.
    pub(crate) fn finish(self) -> Result<(), PayloadError> {
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

/// MessagePack has 32 bits for lengths.
fn length(length: usize) -> Result<u32, PayloadError> {
    u32::try_from(length).map_err(|_| PayloadError::custom("The value is longer than MessagePack can say."))
}

macro_rules! serialize_elements {
    ($($kind:ident $method:ident,)*) => {
        $(impl ser::$kind for Container<'_, '_> {
            type Ok = ();
            type Error = PayloadError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
                self.element(value)
            }

            fn end(self) -> Result<(), PayloadError> {
                self.finish()
            }
        })*
    };
}

serialize_elements! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! serialize_fields {
    ($($kind:ident,)*) => {
        $(impl ser::$kind for Container<'_, '_> {
            type Ok = ();
            type Error = PayloadError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), PayloadError> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), PayloadError> {
                self.finish()
            }
        })*
    };
}

serialize_fields! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Container<'_, '_> {
    type Ok = ();
    type Error = PayloadError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), PayloadError> {
        key.serialize(&mut *self.serializer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        self.element(value)
    }

    fn end(self) -> Result<(), PayloadError> {
        self.finish()
    }
}

impl From<ValueWriteError<io::Error>> for PayloadError {
    #[cold]
    fn from(error: ValueWriteError<io::Error>) -> Self {
        Self::message_pack(error.to_string())
    }
}
