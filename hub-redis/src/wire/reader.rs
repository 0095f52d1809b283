//! Reads MessagePack value by value, sharing the payload, and never further than it goes.

use std::fmt;

use bytes::Bytes;
use rmp::Marker;
use rmp::decode;

/// Why a payload cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What is left of a payload.
pub(crate) struct Reader<'a> {
    payload: &'a Bytes,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(payload: &'a Bytes) -> Self {
        Self { payload, rest: payload }
    }

    /// Reads the beginning of an array of at least so many values; how many it has.
    pub(crate) fn array(&mut self, least: u32, otherwise: &'static str) -> Result<u32, Unreadable> {
        let count = decode::read_array_len(&mut self.rest).map_err(|_| Unreadable("There is no array."))?;
        if count < least { Err(Unreadable(otherwise)) } else { Ok(count) }
    }

    /// Reads the beginning of a map: how many entries it has.
    pub(crate) fn map(&mut self) -> Result<u32, Unreadable> {
        decode::read_map_len(&mut self.rest).map_err(|_| Unreadable("There is no map."))
    }

    pub(crate) fn integer<T: TryFrom<i64>>(&mut self) -> Result<T, Unreadable> {
        let integer: Result<i64, _> = decode::read_int(&mut self.rest);
        integer.ok().and_then(|value| T::try_from(value).ok()).ok_or(Unreadable("There is no integer of that range."))
    }

    /// Reads a text that must be there.
    pub(crate) fn text(&mut self) -> Result<&'a str, Unreadable> {
        let length = decode::read_str_len(&mut self.rest).map_err(|_| Unreadable("There is no text."))?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Unreadable("A text is not UTF-8."))
    }

    /// Reads a text, or a nil.
    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, Unreadable> {
        if self.rest.first() == Some(&Marker::Null.to_u8()) {
            self.take(1)?;
            return Ok(None);
        }
        self.text().map(Some)
    }

    /// Reads bytes, which go on sharing the payload.
    pub(crate) fn bytes(&mut self) -> Result<Bytes, Unreadable> {
        let length = decode::read_bin_len(&mut self.rest).map_err(|_| Unreadable("There are no bytes."))?;
        let bytes = self.take(length)?;
        Ok(self.payload.slice_ref(bytes))
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], Unreadable> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Unreadable("The payload is cut off."))?;
        self.rest = rest;
        Ok(taken)
    }
}
