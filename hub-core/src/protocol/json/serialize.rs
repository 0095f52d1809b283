//! Payloads to JSON (section 4.1): names as [`PayloadNaming`] says, bytes as base64, numbers as .NET writes them.

use std::fmt::{self, Display};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::ser::{self, Serialize};

use super::JsonOptions;
use super::container::Container;
use super::numbers::{write_f32, write_f64};
use super::strings::{write_escaped, write_string};
use crate::protocol::alike::serialize_alike;
use crate::protocol::error::PayloadError;
use crate::protocol::naming::{PayloadNaming, Piece};

/// Appends values to a buffer.
#[derive(Debug)]
pub(crate) struct JsonSerializer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    naming: PayloadNaming,
    /// How many more levels may be opened (J-18).
    pub(super) levels: u32,
}

impl<'o> JsonSerializer<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, options: JsonOptions, levels: u32) -> Self {
        Self { out, naming: options.naming, levels }
    }

    /// Writes a comma, except before the first element.
    pub(crate) fn separate(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
    }

    /// Writes what is JSON already.
    pub(crate) fn encoded(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    pub(super) fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn integer(&mut self, value: impl itoa::Integer) {
        self.raw(itoa::Buffer::new().format(value));
    }

    /// Begins a container. `close` is what ends it, one byte a level.
    fn open<'s>(&'s mut self, open: u8, close: &'static str) -> Result<Container<'s, 'o>, PayloadError> {
        self.enter()?;
        self.out.push(open);
        Ok(Container::new(self, close))
    }

    /// Begins a container that is the value of an enum's variant: `{"Variant":…}`.
    fn open_variant<'s>(
        &'s mut self,
        variant: &str,
        open: u8,
        close: &'static str,
    ) -> Result<Container<'s, 'o>, PayloadError> {
        self.variant(variant)?;
        self.open(open, close)
    }

    fn variant(&mut self, variant: &str) -> Result<(), PayloadError> {
        self.enter()?;
        self.out.push(b'{');
        write_string(self.out, variant);
        self.out.push(b':');
        Ok(())
    }

    fn enter(&mut self) -> Result<(), PayloadError> {
        self.levels = self.levels.checked_sub(1).ok_or_else(|| {
            PayloadError::json("The message would be nested deeper than the 64 levels that are allowed.")
        })?;
        Ok(())
    }

    pub(super) fn field_name(&mut self, declared: &str) {
        let name = self.naming.wire_name(declared);
        if let Some(unchanged) = name.unchanged() {
            return write_string(self.out, unchanged);
        }
        self.out.push(b'"');
        for Piece { letter, text } in name {
            if let Some(letter) = letter {
                self.name_part(letter.encode_utf8(&mut [0; 4]));
            }
            self.name_part(text);
        }
        self.out.push(b'"');
    }

    /// Most names have nothing to escape, which is quick to see.
    fn name_part(&mut self, text: &str) {
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.raw(text);
        } else {
            write_escaped(self.out, text);
        }
    }
}

macro_rules! serialize_integers {
    ($($method:ident $integer:ty,)*) => {
        $(fn $method(self, value: $integer) -> Result<(), PayloadError> {
            self.integer(value);
            Ok(())
        })*
    };
}

impl<'s, 'o> ser::Serializer for &'s mut JsonSerializer<'o> {
    serialize_alike! { Container<'s, 'o> }

    fn serialize_bool(self, value: bool) -> Result<(), PayloadError> {
        self.raw(if value { "true" } else { "false" });
        Ok(())
    }

    serialize_integers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
    }

    fn serialize_f32(self, value: f32) -> Result<(), PayloadError> {
        write_f32(self.out, value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), PayloadError> {
        write_f64(self.out, value)
    }

    fn serialize_char(self, value: char) -> Result<(), PayloadError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), PayloadError> {
        write_string(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), PayloadError> {
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start + value.len().div_ceil(3) * 4, b'=');
        let room = self.out.get_mut(start..).unwrap_or_default();
        BASE64_STANDARD.encode_slice(value, room).map_err(<PayloadError as ser::Error>::custom)?;
        self.out.push(b'"');
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), PayloadError> {
        self.raw("null");
        Ok(())
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
        variant: &'static str,
        value: &T,
    ) -> Result<(), PayloadError> {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.raw("}");
        self.levels += 1;
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Container<'s, 'o>, PayloadError> {
        self.open(b'[', "]")
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Container<'s, 'o>, PayloadError> {
        self.open_variant(variant, b'[', "]}")
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Container<'s, 'o>, PayloadError> {
        self.open(b'{', "}")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Container<'s, 'o>, PayloadError> {
        self.open_variant(variant, b'{', "}}")
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), PayloadError> {
        self.out.push(b'"');
        fmt::write(&mut Escaping(self.out), format_args!("{value}")).map_err(<PayloadError as ser::Error>::custom)?;
        self.out.push(b'"');
        Ok(())
    }
}

/// Escapes what is formatted into it.
struct Escaping<'o>(&'o mut Vec<u8>);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_escaped(self.0, text);
        Ok(())
    }
}
