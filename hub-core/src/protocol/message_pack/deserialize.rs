//! Payloads from MessagePack, with the tolerance of .NET's serializer and hardly more (M-50…M-58).

use std::borrow::Cow;

use serde::de::value::SeqDeserializer;
use serde::de::{self, DeserializeOwned, Error as _, Expected, IntoDeserializer as _, Unexpected, Visitor};

use super::access::{Elements, Entries, Variant};
use super::fields::Fields;
use super::reader::{Reader, Token, Unreadable};
use super::{MessagePackOptions, extension, reader, timestamp};
use crate::protocol::alike::deserialize_alike;
use crate::protocol::date_time;
use crate::protocol::error::PayloadError;
use crate::protocol::extension::NEWTYPE as EXTENSION;
use crate::protocol::naming::PayloadNaming;

/// How deep what is read may be: as deep as in JSON. .NET's limit is 500 (M-56), but so many levels of a recursive struct
/// do not fit on the 2 MB that threads have for their stack. What is skipped may be of any depth.
const MAX_LEVELS: u32 = 64;

/// `str 8`, the one form of a text that is no `byte[]` (M-58).
const STR_8: u8 = 0xD9;

/// Reads the first value as a `T`.
pub(crate) fn deserialize<T: DeserializeOwned>(value: &[u8], options: MessagePackOptions) -> Result<T, PayloadError> {
    read(value, options).0
}

/// Reads the first of some values, and gives what is behind it: nothing, where that cannot be told.
pub(crate) fn deserialize_next<T: DeserializeOwned>(
    values: &[u8],
    options: MessagePackOptions,
) -> (Result<T, PayloadError>, &[u8]) {
    let (value, mut reader) = read(values, options);
    if value.is_err() || reader.rest().len() == values.len() {
        // A failure stopped anywhere, and some types read nothing at all.
        reader = Reader::new(values);
        if reader.skip_value().is_err() {
            return (value, &[]);
        }
    }
    (value, reader.rest())
}

/// Reads the first value of the input, and tells where that ended.
fn read<T: DeserializeOwned>(input: &[u8], options: MessagePackOptions) -> (Result<T, PayloadError>, Reader<'_>) {
    let mut deserializer = MessagePackDeserializer::new(input, options, Repeats::NoneYet);
    let mut value = T::deserialize(&mut deserializer);
    if deserializer.repeats == Repeats::Found {
        deserializer = MessagePackDeserializer::new(input, options, Repeats::LookAhead);
        value = T::deserialize(&mut deserializer);
    }
    (value.map_err(PayloadError::of_message_pack), deserializer.reader)
}

/// What is known of members that are repeated for one field of a struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    NoneYet,
    Found,
    LookAhead,
}

/// Reads values one after the other.
#[derive(Debug)]
pub(super) struct MessagePackDeserializer<'de> {
    pub(super) reader: Reader<'de>,
    pub(super) naming: PayloadNaming,
    pub(super) repeats: Repeats,
    /// How many more levels may be opened.
    levels: u32,
    /// Whether what is read is the inside of a [`DateTime`](crate::DateTime) (M-52).
    in_date_time: bool,
}

impl<'de> MessagePackDeserializer<'de> {
    fn new(input: &'de [u8], options: MessagePackOptions, repeats: Repeats) -> Self {
        let reader = Reader::new(input);
        Self { reader, naming: options.naming, repeats, levels: MAX_LEVELS, in_date_time: false }
    }

    /// Reads the parts of a container, one level deeper.
    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, PayloadError>) -> Result<T, PayloadError> {
        self.levels = self.levels.checked_sub(1).ok_or_else(|| {
            PayloadError::custom(format_args!(
                "The value is nested deeper than the {MAX_LEVELS} levels that are allowed."
            ))
        })?;
        let value = read(self)?;
        self.levels += 1;
        Ok(value)
    }

    fn integer<T: TryFrom<i128>>(&mut self, expected: &dyn Expected) -> Result<T, PayloadError> {
        match self.reader.token()? {
            Token::Integer(value) => T::try_from(value)
                .map_err(|_| PayloadError::invalid_value(Token::Integer(value).unexpected(), expected)),
            other => Err(mismatch(other, expected)),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "as in .NET, an integer becomes the nearest double (M-58)")]
    fn double(&mut self, expected: &dyn Expected) -> Result<f64, PayloadError> {
        match self.reader.token()? {
            Token::F64(value) => Ok(value),
            Token::F32(value) => Ok(value.into()),
            Token::Integer(value) => Ok(value as f64),
            other => Err(mismatch(other, expected)),
        }
    }

    fn text(&mut self, expected: &dyn Expected) -> Result<Cow<'de, str>, PayloadError> {
        match self.reader.token()? {
            Token::Text(bytes) => Ok(reader::text(bytes)),
            other => Err(mismatch(other, expected)),
        }
    }

    fn elements<V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value, PayloadError> {
        self.inside(|deserializer| {
            let mut elements = Elements::new(deserializer, count);
            let value = visitor.visit_seq(&mut elements)?;
            elements.finish()?;
            Ok(value)
        })
    }

    fn entries<V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value, PayloadError> {
        self.inside(|deserializer| {
            let mut entries = Entries::new(deserializer, count);
            let value = visitor.visit_map(&mut entries)?;
            entries.finish()?;
            Ok(value)
        })
    }

    /// An array, or bytes for a list of them.
    fn sequence<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Array(count) => self.elements(count, visitor),
            Token::Bytes(bytes) => {
                let mut elements = SeqDeserializer::<_, PayloadError>::new(bytes.iter().copied());
                let value = visitor.visit_seq(&mut elements)?;
                elements.end()?;
                Ok(value)
            }
            other => Err(mismatch(other, &visitor)),
        }
    }

    /// A value that says itself what it is. A timestamp is its text, so that it can become a
    /// [`DateTime`](crate::DateTime) after all.
    fn any<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Nil => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Integer(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => Err(mismatch(Token::Integer(value), &visitor)),
            },
            Token::F32(value) => visitor.visit_f32(value),
            Token::F64(value) => visitor.visit_f64(value),
            Token::Text(bytes) => visit_text(reader::text(bytes), visitor),
            Token::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Token::Array(count) => self.elements(count, visitor),
            Token::Map(count) => self.entries(count, visitor),
            Token::Extension(code, data) => match timestamp::read(code, data) {
                Some(time) => visitor.visit_string(time.to_string()),
                None => extension::visit(code, data, visitor),
            },
        }
    }

    fn extension<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Extension(code, data) => extension::visit(code, data, visitor),
            other => Err(mismatch(other, &visitor)),
        }
    }
}

#[cold]
fn mismatch(token: Token<'_>, expected: &dyn Expected) -> PayloadError {
    PayloadError::invalid_type(token.unexpected(), expected)
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, PayloadError> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

macro_rules! deserialize_integers {
    ($($deserialize:ident $visit:ident,)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
            let integer = self.integer(&visitor)?;
            visitor.$visit(integer)
        })*
    };
}

impl<'de> de::Deserializer<'de> for &mut MessagePackDeserializer<'de> {
    type Error = PayloadError;

    deserialize_alike! { 'de }

    deserialize_integers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        if !self.in_date_time {
            let integer = self.integer(&visitor)?;
            return visitor.visit_i64(integer);
        }
        match self.reader.token()? {
            Token::Extension(kind, data) => match timestamp::read(kind, data) {
                Some(time) => visitor.visit_i64(time.to_binary()),
                None => Err(PayloadError::invalid_value(Unexpected::Other("extension"), &visitor)),
            },
            other => Err(mismatch(other, &visitor)),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.any(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Bool(value) => visitor.visit_bool(value),
            other => Err(mismatch(other, &visitor)),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "as in .NET, a double becomes the nearest float")]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let value = self.double(&visitor)?;
        visitor.visit_f32(value as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let value = self.double(&visitor)?;
        visitor.visit_f64(value)
    }

    /// A character is its number (M-54).
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let number: u32 = self.integer(&visitor)?;
        let character = char::from_u32(number);
        visitor.visit_char(
            character
                .ok_or_else(|| PayloadError::invalid_value(Unexpected::Unsigned(number.into()), &"a character"))?,
        )
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let text = self.text(&visitor)?;
        visit_text(text, visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let code = self.reader.code();
        match self.reader.token()? {
            Token::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Token::Text(bytes) if code != Some(STR_8) => visitor.visit_borrowed_bytes(bytes),
            Token::Array(count) => self.elements(count, visitor),
            other => Err(mismatch(other, &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        if self.reader.is_nil() {
            self.reader.token()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Nil => visitor.visit_unit(),
            other => Err(mismatch(other, &visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        if name == EXTENSION {
            return self.extension(visitor);
        }
        self.in_date_time = name == date_time::NEWTYPE;
        let value = visitor.visit_newtype_struct(&mut *self);
        self.in_date_time = false;
        value
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.sequence(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Map(count) => self.entries(count, visitor),
            other => Err(mismatch(other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Map(count) => self.inside(|deserializer| {
                let mut members = Fields::new(deserializer, fields, count)?;
                let value = visitor.visit_map(&mut members)?;
                members.finish()?;
                Ok(value)
            }),
            other => Err(mismatch(other, &visitor)),
        }
    }

    /// A variant without data is its name (M-51); one with data is a map with the name as its only key.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        match self.reader.token()? {
            Token::Text(name) => visitor.visit_enum(reader::text(name).into_deserializer()),
            Token::Map(1) => self.inside(|deserializer| visitor.visit_enum(Variant::new(deserializer))),
            Token::Map(count) => Err(PayloadError::invalid_length(count, &"the name of one variant")),
            other => Err(mismatch(other, &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.reader.skip_value()?;
        visitor.visit_unit()
    }

    /// As for what is written: a `Guid` is a text (M-54).
    fn is_human_readable(&self) -> bool {
        !self.in_date_time
    }
}

impl From<Unreadable> for PayloadError {
    #[cold]
    fn from(unreadable: Unreadable) -> Self {
        Self::custom(unreadable)
    }
}
