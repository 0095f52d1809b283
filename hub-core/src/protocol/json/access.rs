//! The parts of arrays, maps and enum variants, handed to serde's visitors.

use serde::de::{self, Deserialize as _, DeserializeSeed, Error as _, Visitor};

use super::deserialize::JsonDeserializer;
use super::deserialize_key::KeyDeserializer;
use crate::protocol::error::PayloadError;

/// The elements of an array.
#[derive(Debug)]
pub(super) struct Elements<'d, 'de> {
    deserializer: &'d mut JsonDeserializer<'de>,
    more: bool,
    read: usize,
}

impl<'d, 'de> Elements<'d, 'de> {
    pub(super) fn open(deserializer: &'d mut JsonDeserializer<'de>) -> Self {
        let more = deserializer.scanner.open(b']');
        Self { deserializer, more, read: 0 }
    }

    /// Nothing may be left that the type has no place for.
    pub(super) fn finish(self) -> Result<(), PayloadError> {
        if self.more { Err(PayloadError::invalid_length(self.read + 1, &"fewer elements")) } else { Ok(()) }
    }
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = PayloadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, PayloadError> {
        if !self.more {
            return Ok(None);
        }
        let value = seed.deserialize(&mut *self.deserializer)?;
        self.more = self.deserializer.scanner.more(b']')?;
        self.read += 1;
        Ok(Some(value))
    }
}

/// The members of an object that is a map: all of them, under their own names.
#[derive(Debug)]
pub(super) struct Members<'d, 'de> {
    deserializer: &'d mut JsonDeserializer<'de>,
    more: bool,
}

impl<'d, 'de> Members<'d, 'de> {
    pub(super) fn open(deserializer: &'d mut JsonDeserializer<'de>) -> Self {
        let more = deserializer.scanner.open(b'}');
        Self { deserializer, more }
    }

    /// Nothing may be left that the type has no place for.
    pub(super) fn finish(self) -> Result<(), PayloadError> {
        if self.more { Err(PayloadError::custom("there are more members than expected")) } else { Ok(()) }
    }
}

impl<'de> de::MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = PayloadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, PayloadError> {
        if !self.more {
            return Ok(None);
        }
        let name = self.deserializer.scanner.name()?.text()?;
        seed.deserialize(KeyDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PayloadError> {
        let value = seed.deserialize(&mut *self.deserializer)?;
        self.more = self.deserializer.scanner.more(b'}')?;
        Ok(value)
    }
}

/// The one member of an object that is an enum's variant.
#[derive(Debug)]
pub(super) struct Variant<'d, 'de> {
    deserializer: &'d mut JsonDeserializer<'de>,
}

impl<'d, 'de> Variant<'d, 'de> {
    pub(super) fn new(deserializer: &'d mut JsonDeserializer<'de>) -> Self {
        Self { deserializer }
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = PayloadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), PayloadError> {
        let name = self.deserializer.scanner.name()?.text()?;
        let variant = seed.deserialize(KeyDeserializer::new(name))?;
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
