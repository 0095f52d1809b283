//! The keys of maps: strings in JSON, whatever they are in Rust.

use std::borrow::Cow;

use serde::de::{self, Error as _, IntoDeserializer as _, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::protocol::error::PayloadError;

/// Reads one key.
#[derive(Debug)]
pub(super) struct KeyDeserializer<'de> {
    text: Cow<'de, str>,
}

impl<'de> KeyDeserializer<'de> {
    pub(super) fn new(text: Cow<'de, str>) -> Self {
        Self { text }
    }
}

macro_rules! deserialize_parsed {
    ($($deserialize:ident $visit:ident,)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
            match self.text.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(PayloadError::invalid_value(Unexpected::Str(&self.text), &visitor)),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for KeyDeserializer<'de> {
    type Error = PayloadError;

    deserialize_parsed! {
        deserialize_bool visit_bool,
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_i128 visit_i128, deserialize_u128 visit_u128,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.text {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        visitor.visit_enum(self.text.into_deserializer())
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
