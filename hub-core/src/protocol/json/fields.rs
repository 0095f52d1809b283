//! The members of an object that is a struct: names in any case, the last of repeated ones (J-73).
//!
//! serde's visitors want each field once, and only the end of the object shows which of repeated members counts. So
//! the first attempt assumes that none is repeated, and gives up when one is; then the whole value is read again with
//! a look ahead over every object.

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer};
use serde::de::{self, DeserializeSeed};

use super::deserialize::{JsonDeserializer, Repeats};
use super::scan::{MAX_LEVELS, Scanner};
use super::strings::{JsonString, TextError};
use crate::protocol::error::PayloadError;
use crate::protocol::naming::PayloadNaming;

/// The members, under the names that the struct declares.
#[derive(Debug)]
pub(super) struct Fields<'d, 'de> {
    deserializer: &'d mut JsonDeserializer<'de>,
    declared: Declared,
    delivered: Delivered,
    more: bool,
}

/// What keeps a field from being delivered twice.
#[derive(Debug)]
enum Delivered {
    /// One bit for each field that has been.
    Once(u64),
    /// Where the one member of each field begins that is to be.
    Last(Vec<usize>),
}

impl<'d, 'de> Fields<'d, 'de> {
    pub(super) fn open(
        deserializer: &'d mut JsonDeserializer<'de>,
        fields: &'static [&'static str],
    ) -> Result<Self, PayloadError> {
        let declared = Declared { fields, naming: deserializer.naming };
        let more = deserializer.scanner.open(b'}');
        let look_ahead = more && (deserializer.repeats == Repeats::LookAhead || fields.len() > 64);
        let delivered = if look_ahead {
            Delivered::Last(declared.last_members(deserializer.scanner.clone())?)
        } else {
            Delivered::Once(0)
        };
        Ok(Self { deserializer, declared, delivered, more })
    }

    /// Nothing may be left that the type has no place for.
    pub(super) fn finish(self) -> Result<(), PayloadError> {
        if self.more { Err(de::Error::custom("there are more members than expected")) } else { Ok(()) }
    }

    fn skip_value(&mut self) -> Result<(), PayloadError> {
        self.deserializer.scanner.skip_value(MAX_LEVELS)?;
        self.more = self.deserializer.scanner.more(b'}')?;
        Ok(())
    }

    /// Whether the member that begins at `start` is the one to be delivered for its field.
    fn counts(&mut self, field: usize, start: usize) -> Result<bool, PayloadError> {
        match &mut self.delivered {
            Delivered::Last(last) => Ok(last.get(field) == Some(&start)),
            Delivered::Once(delivered) => {
                let bit = 1 << field;
                if *delivered & bit != 0 {
                    self.deserializer.repeats = Repeats::Found;
                    return Err(PayloadError::json("A member is repeated."));
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
        while self.more {
            let start = self.deserializer.scanner.position();
            let name = self.deserializer.scanner.name()?;
            match self.declared.member(name)? {
                Member::Field(field, name) => {
                    if self.counts(field, start)? {
                        return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
                    }
                    self.skip_value()?;
                }
                Member::Unknown(name) => return seed.deserialize(CowStrDeserializer::new(name)).map(Some),
                Member::Nameless => self.skip_value()?,
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PayloadError> {
        let value = seed.deserialize(&mut *self.deserializer)?;
        self.more = self.deserializer.scanner.more(b'}')?;
        Ok(value)
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
    /// Its name is not UTF-8, so it is unknown to everybody (J-37).
    Nameless,
}

impl Declared {
    fn member<'de>(&self, name: JsonString<'de>) -> Result<Member<'de>, TextError> {
        let name = match name.text() {
            Ok(name) => name,
            Err(TextError::Utf8) => return Ok(Member::Nameless),
            Err(half_a_surrogate_pair) => return Err(half_a_surrogate_pair),
        };
        let field = self.naming.field(self.fields, &name);
        let declared = field.and_then(|field| Some((field, *self.fields.get(field)?)));
        Ok(declared.map_or(Member::Unknown(name), |(field, name)| Member::Field(field, name)))
    }

    /// Where the last member of each field begins. The scanner is at the first member of the object.
    fn last_members(&self, mut scanner: Scanner<'_>) -> Result<Vec<usize>, PayloadError> {
        let mut last = vec![0; self.fields.len()];
        loop {
            let start = scanner.position();
            if let Member::Field(field, _) = self.member(scanner.name()?)?
                && let Some(last) = last.get_mut(field)
            {
                *last = start;
            }
            scanner.skip_value(MAX_LEVELS)?;
            if !scanner.more(b'}')? {
                return Ok(last);
            }
        }
    }
}
