//! The members of an object that is a struct: names in any case, the last of repeated ones (J-73).

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer};
use serde::de::{self, DeserializeSeed};

use super::deserialize::JsonDeserializer;
use super::scan::{MAX_LEVELS, Scanner};
use super::strings::{JsonString, TextError};
use crate::protocol::error::PayloadError;
use crate::protocol::naming::PayloadNaming;

/// The members, under the names that the struct declares.
#[derive(Debug)]
pub(super) struct Fields<'d, 'de> {
    deserializer: &'d mut JsonDeserializer<'de>,
    declared: Declared,
    /// Where the last member of each field begins, when some field has several.
    last: Option<Vec<usize>>,
    more: bool,
}

impl<'d, 'de> Fields<'d, 'de> {
    pub(super) fn open(
        deserializer: &'d mut JsonDeserializer<'de>,
        fields: &'static [&'static str],
    ) -> Result<Self, PayloadError> {
        let declared = Declared { fields, naming: deserializer.naming };
        let more = deserializer.scanner.open(b'}');
        let last = if more { declared.last_members(&deserializer.scanner)? } else { None };
        Ok(Self { deserializer, declared, last, more })
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

    fn is_superseded(&self, field: usize, start: usize) -> bool {
        self.last.as_ref().is_some_and(|last| last.get(field) != Some(&start))
    }
}

impl<'de> de::MapAccess<'de> for &mut Fields<'_, 'de> {
    type Error = PayloadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, PayloadError> {
        while self.more {
            let start = self.deserializer.scanner.position();
            let name = self.deserializer.scanner.name()?;
            match self.declared.member(name)? {
                Member::Field(field, _) if self.is_superseded(field, start) => self.skip_value()?,
                Member::Field(_, name) => return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some),
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

    /// Where the last member of each field begins; `None` in the usual case that no field has two.
    ///
    /// `scanner` is at the first member.
    fn last_members(&self, scanner: &Scanner<'_>) -> Result<Option<Vec<usize>>, PayloadError> {
        if !self.may_repeat(scanner)? {
            return Ok(None);
        }
        let mut last = vec![0; self.fields.len()];
        self.each(scanner.clone(), |field, start| {
            if let Some(last) = last.get_mut(field) {
                *last = start;
            }
            true
        })?;
        Ok(Some(last))
    }

    /// Whether some field has two members, found without allocating; of a very large struct it is assumed.
    fn may_repeat(&self, scanner: &Scanner<'_>) -> Result<bool, PayloadError> {
        if self.fields.len() > 64 {
            return Ok(true);
        }
        let mut seen = 0_u64;
        let mut repeated = false;
        self.each(scanner.clone(), |field, _| {
            let field = 1_u64 << field;
            repeated = seen & field != 0;
            seen |= field;
            !repeated
        })?;
        Ok(repeated)
    }

    /// Tells which field each member is and where it begins, as long as `visit` wants more.
    fn each(&self, mut scanner: Scanner<'_>, mut visit: impl FnMut(usize, usize) -> bool) -> Result<(), PayloadError> {
        loop {
            let start = scanner.position();
            if let Member::Field(field, _) = self.member(scanner.name()?)?
                && !visit(field, start)
            {
                return Ok(());
            }
            scanner.skip_value(MAX_LEVELS)?;
            if !scanner.more(b'}')? {
                return Ok(());
            }
        }
    }
}
