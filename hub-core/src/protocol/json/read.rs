//! What the envelope of a message and the handshake have in common: known members, each of a known type.

use std::str::FromStr;

use super::scan::{Kind, Malformed, Scanner};
use super::strings::{JsonString, TextError};
use crate::protocol::error::ProtocolError;

/// Why a message cannot be read. What is said of malformed JSON depends on the place (J-32, H-15).
#[derive(Debug)]
pub(crate) enum ReadError {
    Malformed(Malformed),
    Refused(ProtocolError),
}

impl ReadError {
    /// The error, with these words for malformed JSON.
    pub(crate) fn or(self, malformed: impl FnOnce(Malformed) -> ProtocolError) -> ProtocolError {
        match self {
            Self::Malformed(at) => malformed(at),
            Self::Refused(error) => error,
        }
    }
}

impl From<Malformed> for ReadError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<TextError> for ReadError {
    fn from(error: TextError) -> Self {
        Self::Refused(ProtocolError::invalid_operation(error.text()))
    }
}

impl From<ProtocolError> for ReadError {
    fn from(error: ProtocolError) -> Self {
        Self::Refused(error)
    }
}

/// Steps through the members of the root; `read` must read the name and the value of each.
pub(crate) fn read_object<'a>(
    text: &'a [u8],
    mut read: impl FnMut(&mut Scanner<'a>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut scanner = Scanner::new(text);
    expect_object(scanner.token()?)?;
    let mut more = scanner.open(b'}');
    while more {
        read(&mut scanner)?;
        more = scanner.more(b'}')?;
    }
    Ok(())
}

/// Refuses a root that is no object (J-33).
fn expect_object(root: Kind) -> Result<(), ProtocolError> {
    if root == Kind::Object {
        return Ok(());
    }
    let text = format!("Unexpected JSON Token Type '{}'. Expected a JSON Object.", root.name());
    Err(ProtocolError::invalid_data(text))
}

/// Refuses the next value with `error`, unless it is no value at all.
pub(crate) fn refuse(scanner: &mut Scanner<'_>, error: ProtocolError) -> ReadError {
    match scanner.token() {
        Ok(_) => error.into(),
        Err(malformed) => malformed.into(),
    }
}

/// Reads a string where nothing else may be.
pub(crate) fn read_string<'a>(scanner: &mut Scanner<'a>, property: &str) -> Result<JsonString<'a>, ReadError> {
    match scanner.kind()? {
        Kind::String => Ok(scanner.string()?),
        _ => Err(refuse(scanner, ProtocolError::wrong_type(property, "String"))),
    }
}

/// Reads an integer of the .NET type `type_name` where no other number may be. A null is `None`.
pub(crate) fn read_integer<T: FromStr>(
    scanner: &mut Scanner<'_>,
    property: &str,
    type_name: &str,
) -> Result<Option<T>, ReadError> {
    match scanner.kind()? {
        Kind::Null => Ok(scanner.word(b"null").map(|()| None)?),
        Kind::Number => {
            let integer = integer(scanner.number()?);
            integer.map(Some).ok_or_else(|| ProtocolError::no_integer(type_name).into())
        }
        _ => Err(refuse(scanner, ProtocolError::wrong_type(property, "Number"))),
    }
}

fn integer<T: FromStr>(number: &[u8]) -> Option<T> {
    std::str::from_utf8(number).ok()?.parse().ok()
}
