//! Reads MessagePack value by value, borrowing, and never further than the input goes.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use rmp::Marker;
use serde::de::Unexpected;

/// What a value is, or how a container begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    /// In whatever encoding.
    Integer(i128),
    F32(f32),
    F64(f64),
    /// Should be UTF-8.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// So many values follow.
    Array(usize),
    /// So many pairs of values follow.
    Map(usize),
    Extension(i8, &'a [u8]),
}

/// Why a value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is cut off, or announces more than follows (M-5).
    EndOfStream,
    /// It begins with a byte that is not allowed there.
    Code(u8),
}

/// The first bytes of what is short enough for its size to be in there.
const MAPS: RangeInclusive<u8> = 0x80..=0x8F;
const ARRAYS: RangeInclusive<u8> = 0x90..=0x9F;
const TEXTS: RangeInclusive<u8> = 0xA0..=0xBF;

/// What is left to read.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// The bytes of the first value; all of them if it is cut off.
pub(crate) fn first_value(input: &[u8]) -> &[u8] {
    let mut reader = Reader::new(input);
    match reader.skip_value() {
        Ok(()) => reader.read_since(input),
        Err(_) => input,
    }
}

/// A text, with U+FFFD for what is not UTF-8 in it (M-58).
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    // To check a text is quicker than to look for what to replace.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// What was read since `earlier` was left to read.
    pub(super) fn read_since(&self, earlier: &'a [u8]) -> &'a [u8] {
        earlier.get(..earlier.len() - self.rest.len()).unwrap_or_default()
    }

    /// The byte that the next value begins with.
    pub(super) fn code(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn is_nil(&self) -> bool {
        self.code() == Some(Marker::Null.to_u8())
    }

    /// Reads a value without parts, or the beginning of a container.
    pub(super) fn token(&mut self) -> Result<Token<'a>, Unreadable> {
        let [code] = self.fixed()?;
        Ok(match Marker::from_u8(code) {
            Marker::Null => Token::Nil,
            Marker::False => Token::Bool(false),
            Marker::True => Token::Bool(true),
            Marker::FixPos(value) => Token::Integer(value.into()),
            Marker::FixNeg(value) => Token::Integer(value.into()),
            Marker::U8 => Token::Integer(u8::from_be_bytes(self.fixed()?).into()),
            Marker::U16 => Token::Integer(u16::from_be_bytes(self.fixed()?).into()),
            Marker::U32 => Token::Integer(u32::from_be_bytes(self.fixed()?).into()),
            Marker::U64 => Token::Integer(u64::from_be_bytes(self.fixed()?).into()),
            Marker::I8 => Token::Integer(i8::from_be_bytes(self.fixed()?).into()),
            Marker::I16 => Token::Integer(i16::from_be_bytes(self.fixed()?).into()),
            Marker::I32 => Token::Integer(i32::from_be_bytes(self.fixed()?).into()),
            Marker::I64 => Token::Integer(i64::from_be_bytes(self.fixed()?).into()),
            Marker::F32 => Token::F32(f32::from_be_bytes(self.fixed()?)),
            Marker::F64 => Token::F64(f64::from_be_bytes(self.fixed()?)),
            Marker::FixStr(length) => Token::Text(self.take(length.into())?),
            Marker::Str8 => Token::Text(self.sized::<1>()?),
            Marker::Str16 => Token::Text(self.sized::<2>()?),
            Marker::Str32 => Token::Text(self.sized::<4>()?),
            Marker::Bin8 => Token::Bytes(self.sized::<1>()?),
            Marker::Bin16 => Token::Bytes(self.sized::<2>()?),
            Marker::Bin32 => Token::Bytes(self.sized::<4>()?),
            Marker::FixArray(count) => self.begin_array(count.into())?,
            Marker::Array16 => self.length::<2>().and_then(|count| self.begin_array(count))?,
            Marker::Array32 => self.length::<4>().and_then(|count| self.begin_array(count))?,
            Marker::FixMap(count) => self.begin_map(count.into())?,
            Marker::Map16 => self.length::<2>().and_then(|count| self.begin_map(count))?,
            Marker::Map32 => self.length::<4>().and_then(|count| self.begin_map(count))?,
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.length::<1>().and_then(|length| self.extension(length))?,
            Marker::Ext16 => self.length::<2>().and_then(|length| self.extension(length))?,
            Marker::Ext32 => self.length::<4>().and_then(|length| self.extension(length))?,
            Marker::Reserved => return Err(Unreadable::Code(code)),
        })
    }

    /// Reads an array's beginning: how many values it has.
    pub(super) fn array(&mut self) -> Result<usize, Unreadable> {
        if let Some(count) = self.short(ARRAYS) {
            return if count > self.rest.len() { Err(Unreadable::EndOfStream) } else { Ok(count) };
        }
        self.expect(|token| match token {
            Token::Array(count) => Some(count),
            _ => None,
        })
    }

    /// Reads a map's beginning: how many entries it has.
    pub(super) fn map(&mut self) -> Result<usize, Unreadable> {
        if let Some(count) = self.short(MAPS) {
            return if count > self.rest.len() / 2 { Err(Unreadable::EndOfStream) } else { Ok(count) };
        }
        self.expect(|token| match token {
            Token::Map(count) => Some(count),
            _ => None,
        })
    }

    pub(super) fn bool(&mut self) -> Result<bool, Unreadable> {
        self.expect(|token| match token {
            Token::Bool(value) => Some(value),
            _ => None,
        })
    }

    /// Reads an integer in whatever encoding, if it is in the range of `T`.
    pub(super) fn integer<T: TryFrom<i128>>(&mut self) -> Result<T, Unreadable> {
        if let Some((code @ 0..=0x7F, rest)) = self.rest.split_first()
            && let Ok(integer) = T::try_from(i128::from(*code))
        {
            self.rest = rest;
            return Ok(integer);
        }
        self.expect(|token| match token {
            Token::Integer(value) => T::try_from(value).ok(),
            _ => None,
        })
    }

    /// Reads a text or a nil.
    pub(super) fn text(&mut self) -> Result<Option<Cow<'a, str>>, Unreadable> {
        if let Some(length) = self.short(TEXTS) {
            return self.take(length).map(|bytes| Some(text(bytes)));
        }
        self.expect(|token| match token {
            Token::Text(bytes) => Some(Some(text(bytes))),
            Token::Nil => Some(None),
            _ => None,
        })
    }

    pub(super) fn skip_value(&mut self) -> Result<(), Unreadable> {
        self.skip_values(1)
    }

    /// Skips values with all their parts, however deep those are.
    pub(super) fn skip_values(&mut self, mut values: usize) -> Result<(), Unreadable> {
        while values > 0 {
            let parts = match self.token()? {
                Token::Array(count) => count,
                Token::Map(count) => count * 2,
                _ => 0,
            };
            values = (values - 1).saturating_add(parts);
            // Each takes at least one byte.
            if values > self.rest.len() {
                return Err(Unreadable::EndOfStream);
            }
        }
        Ok(())
    }

    /// Reads the first byte of a value if it is one of these: what most values of their kind begin with, seen at once.
    /// What else it says is a number.
    fn short(&mut self, codes: RangeInclusive<u8>) -> Option<usize> {
        let (code, rest) = self.rest.split_first()?;
        let number = code.checked_sub(*codes.start()).filter(|_| codes.contains(code))?;
        self.rest = rest;
        Some(number.into())
    }

    /// Reads a value that `wanted` accepts.
    fn expect<T>(&mut self, wanted: impl FnOnce(Token<'a>) -> Option<T>) -> Result<T, Unreadable> {
        let code = self.code().ok_or(Unreadable::EndOfStream)?;
        wanted(self.token()?).ok_or(Unreadable::Code(code))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Unreadable::EndOfStream)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Unreadable> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Unreadable::EndOfStream)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A length of `N` bytes.
    fn length<const N: usize>(&mut self) -> Result<usize, Unreadable> {
        let bytes: [u8; N] = self.fixed()?;
        Ok(bytes.into_iter().fold(0, |length, byte| length << 8 | usize::from(byte)))
    }

    /// Bytes behind a length of `N` bytes.
    fn sized<const N: usize>(&mut self) -> Result<&'a [u8], Unreadable> {
        let length = self.length::<N>()?;
        self.take(length)
    }

    fn extension(&mut self, length: usize) -> Result<Token<'a>, Unreadable> {
        let [kind] = self.fixed()?;
        Ok(Token::Extension(kind.cast_signed(), self.take(length)?))
    }

    /// An array takes at least one byte for each value (M-5).
    fn begin_array(&self, count: usize) -> Result<Token<'a>, Unreadable> {
        if count > self.rest.len() { Err(Unreadable::EndOfStream) } else { Ok(Token::Array(count)) }
    }

    /// A map takes at least two bytes for each entry (M-5).
    fn begin_map(&self, count: usize) -> Result<Token<'a>, Unreadable> {
        if count > self.rest.len() / 2 { Err(Unreadable::EndOfStream) } else { Ok(Token::Map(count)) }
    }
}

impl<'a> Token<'a> {
    /// The value in serde's words.
    pub(super) fn unexpected(self) -> Unexpected<'a> {
        match self {
            Self::Nil => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(value),
            Self::Integer(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => Unexpected::Unsigned(value),
                (_, Ok(value)) => Unexpected::Signed(value),
                _ => Unexpected::Other("integer"),
            },
            Self::F32(value) => Unexpected::Float(value.into()),
            Self::F64(value) => Unexpected::Float(value),
            Self::Text(_) => Unexpected::Other("string"),
            Self::Bytes(_) => Unexpected::Other("byte array"),
            Self::Array(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
            Self::Extension(..) => Unexpected::Other("extension"),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfStream => f.write_str("Attempted to read past the end of the stream."),
            Self::Code(code) => write!(f, "Unexpected msgpack code {code} ({}) encountered.", name(*code)),
        }
    }
}

/// What MessagePack-CSharp calls the values that begin with this byte.
fn name(code: u8) -> &'static str {
    match Marker::from_u8(code) {
        Marker::FixPos(_) => "positive fixint",
        Marker::FixNeg(_) => "negative fixint",
        Marker::FixMap(_) => "fixmap",
        Marker::FixArray(_) => "fixarray",
        Marker::FixStr(_) => "fixstr",
        Marker::Null => "nil",
        Marker::Reserved => "(never used)",
        Marker::False => "false",
        Marker::True => "true",
        Marker::Bin8 => "bin 8",
        Marker::Bin16 => "bin 16",
        Marker::Bin32 => "bin 32",
        Marker::Ext8 => "ext 8",
        Marker::Ext16 => "ext 16",
        Marker::Ext32 => "ext 32",
        Marker::F32 => "float 32",
        Marker::F64 => "float 64",
        Marker::U8 => "uint 8",
        Marker::U16 => "uint 16",
        Marker::U32 => "uint 32",
        Marker::U64 => "uint 64",
        Marker::I8 => "int 8",
        Marker::I16 => "int 16",
        Marker::I32 => "int 32",
        Marker::I64 => "int 64",
        Marker::FixExt1 => "fixext 1",
        Marker::FixExt2 => "fixext 2",
        Marker::FixExt4 => "fixext 4",
        Marker::FixExt8 => "fixext 8",
        Marker::FixExt16 => "fixext 16",
        Marker::Str8 => "str 8",
        Marker::Str16 => "str 16",
        Marker::Str32 => "str 32",
        Marker::Array16 => "array 16",
        Marker::Array32 => "array 32",
        Marker::Map16 => "map 16",
        Marker::Map32 => "map 32",
    }
}
