//! Payloads to MessagePack (section 5.4): structs as maps whose keys are named as [`PayloadNaming`] says, variants by
//! their names, every integer in its smallest encoding.

use std::io;

use rmp::Marker;
use rmp::encode::{self, ValueWriteError};
use serde::ser::{self, Error as _, Serialize};

use super::container::{Container, Shape};
use super::{MessagePackOptions, extension, timestamp};
use crate::protocol::alike::serialize_alike;
use crate::protocol::date_time::{self, DateTime};
use crate::protocol::error::PayloadError;
use crate::protocol::extension::NEWTYPE as EXTENSION;
use crate::protocol::naming::{PayloadNaming, Piece};

/// Appends values to a buffer.
#[derive(Debug)]
pub(crate) struct MessagePackSerializer<'o> {
    pub(super) out: &'o mut Vec<u8>,
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

    pub(super) fn field_name(&mut self, declared: &str) -> Result<(), PayloadError> {
        let name = self.naming.wire_name(declared);
        if let Some(unchanged) = name.unchanged() {
            return Ok(encode::write_str(self.out, unchanged)?);
        }
        let start = self.out.len();
        // Most names are so short that their length takes one byte.
        self.out.push(0);
        for Piece { letter, text } in name {
            if let Some(letter) = letter {
                self.out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            self.out.extend_from_slice(text.as_bytes());
        }
        let size = self.out.len() - start - 1;
        if let (Some(kept), Ok(short @ ..32)) = (self.out.get_mut(start), u8::try_from(size)) {
            *kept = Marker::FixStr(short).to_u8();
            return Ok(());
        }
        let mut head = Vec::new();
        encode::write_str_len(&mut head, length(size)?)?;
        self.out.splice(start..=start, head);
        Ok(())
    }
}

/// MessagePack has 32 bits for lengths.
pub(super) fn length(length: usize) -> Result<u32, PayloadError> {
    u32::try_from(length).map_err(|_| PayloadError::custom("The value is longer than MessagePack can say."))
}

macro_rules! serialize_integers {
    ($write:ident: $($method:ident $integer:ty,)*) => {
        $(fn $method(self, value: $integer) -> Result<(), PayloadError> {
            self.$write(value)
        })*
    };
}

impl<'s, 'o> ser::Serializer for &'s mut MessagePackSerializer<'o> {
    serialize_alike! { Container<'s, 'o> }

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

    fn serialize_unit(self) -> Result<(), PayloadError> {
        self.out.push(Marker::Null.to_u8());
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), PayloadError> {
        let start = self.out.len();
        self.in_date_time = name == date_time::NEWTYPE;
        let written = value.serialize(&mut *self);
        self.in_date_time = false;
        match written {
            Ok(()) if name == EXTENSION => extension::write_in_place(self.out, start),
            written => written,
        }
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

impl From<ValueWriteError<io::Error>> for PayloadError {
    #[cold]
    fn from(error: ValueWriteError<io::Error>) -> Self {
        Self::message_pack(error.to_string())
    }
}
