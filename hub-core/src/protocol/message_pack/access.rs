//! The parts of arrays, maps and enum variants, handed to serde's visitors.

use std::collections::HashSet;

use serde::de::{self, Deserialize as _, DeserializeSeed, Error as _, Visitor};

use super::deserialize::MessagePackDeserializer;
use super::reader::{Reader, Token};
use crate::protocol::error::PayloadError;

/// How many elements are believed to come before they have: an announcement is cheaper than memory.
const MAX_SIZE_HINT: usize = 16;

/// The elements of an array.
#[derive(Debug)]
pub(super) struct Elements<'d, 'de> {
    deserializer: &'d mut MessagePackDeserializer<'de>,
    remaining: usize,
}

impl<'d, 'de> Elements<'d, 'de> {
    pub(super) fn new(deserializer: &'d mut MessagePackDeserializer<'de>, count: usize) -> Self {
        Self { deserializer, remaining: count }
    }

    /// Nothing may be left that the type has no place for.
    pub(super) fn finish(self) -> Result<(), PayloadError> {
        if self.remaining > 0 { Err(PayloadError::custom("there are more elements than expected")) } else { Ok(()) }
    }
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = PayloadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, PayloadError> {
        let Some(remaining) = self.remaining.checked_sub(1) else { return Ok(None) };
        self.remaining = remaining;
        seed.deserialize(&mut *self.deserializer).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.remaining.min(MAX_SIZE_HINT))
    }
}

/// The entries of a map: all of them, each with another key (M-58).
#[derive(Debug)]
pub(super) struct Entries<'d, 'de> {
    deserializer: &'d mut MessagePackDeserializer<'de>,
    remaining: usize,
    keys: HashSet<Key<'de>>,
}

/// What makes two keys the same: a text may have several encodings.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key<'de> {
    Text(&'de [u8]),
    Other(&'de [u8]),
}

impl<'d, 'de> Entries<'d, 'de> {
    pub(super) fn new(deserializer: &'d mut MessagePackDeserializer<'de>, count: usize) -> Self {
        Self { deserializer, remaining: count, keys: HashSet::new() }
    }

    /// Nothing may be left that the type has no place for.
    pub(super) fn finish(self) -> Result<(), PayloadError> {
        if self.remaining > 0 { Err(PayloadError::custom("there are more entries than expected")) } else { Ok(()) }
    }
}

impl<'de> Key<'de> {
    fn of(encoded: &'de [u8]) -> Self {
        match Reader::new(encoded).token() {
            Ok(Token::Text(text)) => Self::Text(text),
            _ => Self::Other(encoded),
        }
    }
}

impl<'de> de::MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = PayloadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, PayloadError> {
        let Some(remaining) = self.remaining.checked_sub(1) else { return Ok(None) };
        self.remaining = remaining;
        let start = self.deserializer.reader.rest();
        let key = seed.deserialize(&mut *self.deserializer)?;
        if !self.keys.insert(Key::of(self.deserializer.reader.read_since(start))) {
            return Err(PayloadError::custom("a key is repeated"));
        }
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PayloadError> {
        seed.deserialize(&mut *self.deserializer)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.remaining.min(MAX_SIZE_HINT))
    }
}

/// The one entry of a map that is an enum's variant.
#[derive(Debug)]
pub(super) struct Variant<'d, 'de> {
    deserializer: &'d mut MessagePackDeserializer<'de>,
}

impl<'d, 'de> Variant<'d, 'de> {
    pub(super) fn new(deserializer: &'d mut MessagePackDeserializer<'de>) -> Self {
        Self { deserializer }
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = PayloadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), PayloadError> {
        let variant = seed.deserialize(&mut *self.deserializer)?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = PayloadError;

    fn unit_variant(self) -> Result<(), PayloadError> {
        <()>::deserialize(self.deserializer)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, PayloadError> {
        seed.deserialize(self.deserializer)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, PayloadError> {
        de::Deserializer::deserialize_tuple(self.deserializer, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        de::Deserializer::deserialize_struct(self.deserializer, "", fields, visitor)
    }
}
