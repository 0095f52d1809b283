//! Extensions between the wire and serde, where each is a pair of its code and its data.

use rmp::encode::write_ext_meta;
use serde::de::value::SeqDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::reader::{Reader, Token};
use super::serialize::length;
use crate::protocol::error::PayloadError;

/// Makes an extension of the pair that begins at `start`.
pub(super) fn write_in_place(out: &mut Vec<u8>, start: usize) -> Result<(), PayloadError> {
    let (code, size) = pair(out.get(start..).unwrap_or_default())
        .ok_or_else(|| PayloadError::message_pack("An extension is a pair of its code, an i8, and its data, bytes."))?;
    let mut header = Vec::with_capacity(6);
    write_ext_meta(&mut header, length(size)?, code)?;
    out.splice(start..out.len() - size, header);
    Ok(())
}

/// The code, and how many bytes the data has that is behind it.
fn pair(written: &[u8]) -> Option<(i8, usize)> {
    let mut reader = Reader::new(written);
    let is_pair = reader.array().ok()? == 2;
    let code = reader.integer().ok()?;
    match reader.token() {
        Ok(Token::Bytes(data)) if is_pair && reader.rest().is_empty() => Some((code, data.len())),
        _ => None,
    }
}

/// Gives an extension to a visitor that knows what it is.
pub(super) fn visit<'de, V: Visitor<'de>>(code: i8, data: &'de [u8], visitor: V) -> Result<V::Value, PayloadError> {
    visitor.visit_newtype_struct(SeqDeserializer::new([Part::Code(code), Part::Data(data)].into_iter()))
}

enum Part<'de> {
    Code(i8),
    Data(&'de [u8]),
}

impl<'de> IntoDeserializer<'de, PayloadError> for Part<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = PayloadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self {
            Self::Code(code) => visitor.visit_i8(code),
            Self::Data(data) => visitor.visit_borrowed_bytes(data),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
