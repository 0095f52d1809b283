//! The members of a map that is a struct (M-50, M-58).
//!
//! serde's structs refuse a field that comes twice, while here the last of repeated members counts. As in JSON, the
//! first attempt assumes that none is repeated, and gives up when one is; then the whole value is read again with a
//! look ahead over every map.

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer};
use serde::de::{self, DeserializeSeed, Error as _};

use super::deserialize::{MessagePackDeserializer, Repeats};
use super::reader::{self, Reader, Token};
use crate::protocol::error::PayloadError;
use crate::protocol::naming::PayloadNaming;

/// The members, under the names that the struct declares.
#[derive(Debug)]
pub(super) struct Fields<'d, 'de> {
    deserializer: &'d mut MessagePackDeserializer<'de>,
    declared: Declared,
    delivered: Delivered,
    remaining: usize,
    /// The field behind the one that came last: members mostly come in the order of the fields.
    expected: usize,
}

/// What keeps a field from being delivered twice.
#[derive(Debug)]
enum Delivered {
    /// One bit for each field that has been.
    Once(u64),
    /// How many members are left behind the one of each field that is to be.
    Last(Vec<usize>),
}

impl<'d, 'de> Fields<'d, 'de> {
    pub(super) fn new(
        deserializer: &'d mut MessagePackDeserializer<'de>,
        fields: &'static [&'static str],
        count: usize,
    ) -> Result<Self, PayloadError> {
        let declared = Declared { fields, naming: deserializer.naming };
        let delivered = if deserializer.repeats == Repeats::LookAhead || fields.len() > 64 {
            Delivered::Last(declared.last_members(deserializer.reader.clone(), count)?)
        } else {
            Delivered::Once(0)
        };
        Ok(Self { deserializer, declared, delivered, remaining: count, expected: 0 })
    }

    /// Nothing may be left that the type has no place for.
    pub(super) fn finish(self) -> Result<(), PayloadError> {
        if self.remaining > 0 { Err(PayloadError::custom("there are more members than expected")) } else { Ok(()) }
    }

    /// Whether the member that so many follow is the one to be delivered for its field.
    fn counts(&mut self, field: usize) -> Result<bool, PayloadError> {
        match &mut self.delivered {
            Delivered::Last(last) => Ok(last.get(field) == Some(&self.remaining)),
            Delivered::Once(delivered) => {
                let bit = 1 << field;
                if *delivered & bit != 0 {
                    self.deserializer.repeats = Repeats::Found;
                    return Err(PayloadError::custom("a member is repeated"));
                }
                *delivered |= bit;
                Ok(true)
            }
        }
    }
}

impl<'de> de::MapAccess<'de> for &mut Fields<'_, 'de> {
    type Error = PayloadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, PayloadError> {
        while let Some(remaining) = self.remaining.checked_sub(1) {
            self.remaining = remaining;
            match self.declared.member(&mut self.deserializer.reader, self.expected)? {
                Member::Field(field, name) if self.counts(field)? => {
                    self.expected = field + 1;
                    return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
                }
                Member::Unknown(name) => return seed.deserialize(CowStrDeserializer::new(name)).map(Some),
                Member::Field(..) | Member::Misspelled => self.deserializer.reader.skip_value()?,
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PayloadError> {
        seed.deserialize(&mut *self.deserializer)
    }
}

/// The fields of a struct.
#[derive(Debug, Clone, Copy)]
struct Declared {
    fields: &'static [&'static str],
    naming: PayloadNaming,
}

/// Which field a member is.
enum Member<'de> {
    Field(usize, &'static str),
    Unknown(Cow<'de, str>),
    /// It has a name that is declared but not sent so: unknown, though serde would not know.
    Misspelled,
}

impl Declared {
    /// Reads a member's name, which must be a text (M-58). It is quickly found if it is the expected field's.
    fn member<'de>(&self, reader: &mut Reader<'de>, expected: usize) -> Result<Member<'de>, PayloadError> {
        let name = match reader.token()? {
            Token::Text(name) => reader::text(name),
            other => return Err(PayloadError::invalid_type(other.unexpected(), &"the name of a member")),
        };
        let is_sent = |field: &&str| self.naming.wire_name(field).is(&name);
        let is_expected = self.fields.get(expected).is_some_and(is_sent);
        match is_expected.then_some(expected).or_else(|| self.fields.iter().position(is_sent)) {
            Some(field) => Ok(Member::Field(field, self.fields.get(field).copied().unwrap_or_default())),
            None if self.fields.contains(&&*name) => Ok(Member::Misspelled),
            None => Ok(Member::Unknown(name)),
        }
    }

    /// How many members are left behind the last one of each field. The reader is at the first of `count` members.
    fn last_members(&self, mut reader: Reader<'_>, count: usize) -> Result<Vec<usize>, PayloadError> {
        let mut last = vec![usize::MAX; self.fields.len()];
        let mut expected = 0;
        for remaining in (0..count).rev() {
            if let Member::Field(field, _) = self.member(&mut reader, expected)?
                && let Some(last) = last.get_mut(field)
            {
                *last = remaining;
                expected = field + 1;
            }
            reader.skip_value()?;
        }
        Ok(last)
    }
}
