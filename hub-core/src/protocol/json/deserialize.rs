//! Payloads from JSON, with the tolerance of .NET's serializer and no more (J-70…J-73).

use std::borrow::Cow;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::{self, DeserializeOwned, Error as _, Expected, IntoDeserializer as _, Unexpected, Visitor};

use super::JsonOptions;
use super::access::{Elements, Members, Variant};
use super::fields::Fields;
use super::scan::{Kind, MAX_LEVELS, Malformed, Scanner};
use super::strings::TextError;
use crate::protocol::alike::deserialize_alike;
use crate::protocol::error::PayloadError;
use crate::protocol::naming::PayloadNaming;

/// Reads a well-formed value as a `T`.
pub(crate) fn deserialize<T: DeserializeOwned>(value: &[u8], options: JsonOptions) -> Result<T, PayloadError> {
    read(value, options).0
}

/// Reads the first of some well-formed array elements, and gives the text behind it and its comma.
pub(crate) fn deserialize_next<T: DeserializeOwned>(
    elements: &[u8],
    options: JsonOptions,
) -> (Result<T, PayloadError>, &[u8]) {
    let (value, mut scanner) = read(elements, options);
    if value.is_err() || scanner.position() == 0 {
        // A failure stopped anywhere, and some types read nothing at all.
        scanner = Scanner::new(elements);
        let _ = scanner.skip_value(MAX_LEVELS);
    }
    let _ = scanner.more(b']');
    (value, scanner.rest())
}

/// Reads the first value of the input, and tells where that ended.
fn read<T: DeserializeOwned>(input: &[u8], options: JsonOptions) -> (Result<T, PayloadError>, Scanner<'_>) {
    let mut deserializer = JsonDeserializer::new(input, options, Repeats::NoneYet);
    let mut value = T::deserialize(&mut deserializer);
    if deserializer.repeats == Repeats::Found {
        deserializer = JsonDeserializer::new(input, options, Repeats::LookAhead);
        value = T::deserialize(&mut deserializer);
    }
    (value, deserializer.scanner)
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
pub(super) struct JsonDeserializer<'de> {
    pub(super) scanner: Scanner<'de>,
    pub(super) naming: PayloadNaming,
    pub(super) repeats: Repeats,
}

impl<'de> JsonDeserializer<'de> {
    fn new(input: &'de [u8], options: JsonOptions, repeats: Repeats) -> Self {
        Self { scanner: Scanner::new(input), naming: options.naming, repeats }
    }

    /// Goes on only if the next value is of that kind.
    fn expect(&mut self, kind: Kind, expected: &dyn Expected) -> Result<(), PayloadError> {
        if self.scanner.kind()? == kind { Ok(()) } else { Err(self.mismatch(expected)) }
    }

    #[cold]
    fn mismatch(&mut self, expected: &dyn Expected) -> PayloadError {
        match self.scanner.kind() {
            Ok(kind) => PayloadError::invalid_type(Unexpected::Other(kind.name()), expected),
            Err(malformed) => malformed.into(),
        }
    }

    fn text(&mut self, expected: &dyn Expected) -> Result<Cow<'de, str>, PayloadError> {
        if let Some(text) = self.scanner.plain_text() {
            return Ok(Cow::Borrowed(text));
        }
        self.expect(Kind::String, expected)?;
        Ok(self.scanner.string()?.text()?)
    }

    fn number(&mut self, expected: &dyn Expected) -> Result<&'de str, PayloadError> {
        self.expect(Kind::Number, expected)?;
        Ok(number_text(self.scanner.number()?))
    }

    /// Integers are read from integer notation only, `-0` as 0 (J-70).
    fn integer<T: FromStr>(&mut self, expected: &dyn Expected) -> Result<T, PayloadError> {
        let number = self.number(expected)?;
        let digits = if number == "-0" { "0" } else { number };
        digits.parse().map_err(|_| PayloadError::invalid_value(Unexpected::Other(number), expected))
    }

    fn bool(&mut self, expected: &dyn Expected) -> Result<bool, PayloadError> {
        match self.scanner.kind()? {
            Kind::True => Ok(self.scanner.word(b"true").map(|()| true)?),
            Kind::False => Ok(self.scanner.word(b"false").map(|()| false)?),
            _ => Err(self.mismatch(expected)),
        }
    }

    fn null(&mut self, expected: &dyn Expected) -> Result<(), PayloadError> {
        self.expect(Kind::Null, expected)?;
        Ok(self.scanner.word(b"null")?)
    }

    fn any_number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, PayloadError> {
        let number = self.number(&visitor)?;
        if let Ok(integer) = number.parse::<u64>() {
            visitor.visit_u64(integer)
        } else if let Ok(integer) = number.parse::<i64>() {
            visitor.visit_i64(integer)
        } else {
            visitor.visit_f64(finite(number, f64::is_finite)?)
        }
    }

    fn sequence<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, PayloadError> {
        self.expect(Kind::Array, &visitor)?;
        let mut elements = Elements::open(self);
        let value = visitor.visit_seq(&mut elements)?;
        elements.finish()?;
        Ok(value)
    }

    fn map<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, PayloadError> {
        self.expect(Kind::Object, &visitor)?;
        let mut members = Members::open(self);
        let value = visitor.visit_map(&mut members)?;
        members.finish()?;
        Ok(value)
    }
}

/// JSON's grammar lets only ASCII be a number.
fn number_text(number: &[u8]) -> &str {
    std::str::from_utf8(number).unwrap_or_default()
}

/// What is too large for the type is refused, since it could not be written back (J-70).
fn finite<T: FromStr + Copy>(number: &str, is_finite: fn(T) -> bool) -> Result<T, PayloadError> {
    let value = number.parse().ok().filter(|value| is_finite(*value));
    value.ok_or_else(|| PayloadError::json(format!("The number {number} is out of range.")))
}

/// Standard alphabet, padding required; blanks are skipped wherever they are (J-71).
fn decode_base64(text: &str) -> Result<Vec<u8>, PayloadError> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let decoded = if text.as_bytes().iter().any(is_blank) {
        let digits: Vec<u8> = text.bytes().filter(|byte| !is_blank(byte)).collect();
        BASE64_STANDARD.decode(digits)
    } else {
        BASE64_STANDARD.decode(text)
    };
    decoded.map_err(|error| PayloadError::json(format!("The text is not base64: {error}.")))
}

macro_rules! deserialize_integers {
    ($($deserialize:ident $visit:ident,)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
            let integer = self.integer(&visitor)?;
            visitor.$visit(integer)
        })*
    };
}

impl<'de> de::Deserializer<'de> for &mut JsonDeserializer<'de> {
    type Error = PayloadError;

    deserialize_alike! { 'de }

    deserialize_integers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_i128 visit_i128, deserialize_u128 visit_u128,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.scanner.kind()? {
            Kind::String => self.deserialize_str(visitor),
            Kind::Number => self.any_number(visitor),
            Kind::True | Kind::False => self.deserialize_bool(visitor),
            Kind::Null => self.deserialize_unit(visitor),
            Kind::Array => self.sequence(visitor),
            Kind::Object => self.map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let value = self.bool(&visitor)?;
        visitor.visit_bool(value)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let number = self.number(&visitor)?;
        visitor.visit_f32(finite(number, f32::is_finite)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let number = self.number(&visitor)?;
        visitor.visit_f64(finite(number, f64::is_finite)?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        match self.text(&visitor)? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        let text = self.text(&visitor)?;
        visitor.visit_byte_buf(decode_base64(&text)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        if self.scanner.kind()? == Kind::Null {
            self.scanner.word(b"null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.null(&visitor)?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.sequence(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        self.expect(Kind::Object, &visitor)?;
        let mut members = Fields::open(self, fields)?;
        let value = visitor.visit_map(&mut members)?;
        members.finish()?;
        Ok(value)
    }

    /// A variant without data is its name; one with data is an object with the name as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PayloadError> {
        if self.scanner.kind()? != Kind::Object {
            let text = self.text(&visitor)?;
            return visitor.visit_enum(text.into_deserializer());
        }
        if !self.scanner.open(b'}') {
            return Err(PayloadError::invalid_length(0, &"the name of a variant"));
        }
        let value = visitor.visit_enum(Variant::new(self))?;
        if self.scanner.more(b'}')? {
            return Err(PayloadError::invalid_length(2, &"the name of one variant"));
        }
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
        self.scanner.skip_value(MAX_LEVELS)?;
        visitor.visit_unit()
    }
}

impl From<Malformed> for PayloadError {
    #[cold]
    fn from(malformed: Malformed) -> Self {
        Self::json(format!("The JSON is malformed at byte {}: {}.", malformed.at, malformed.reason))
    }
}

impl From<TextError> for PayloadError {
    #[cold]
    fn from(error: TextError) -> Self {
        Self::json(error.text())
    }
}
