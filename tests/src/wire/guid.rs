//! .NET's `Guid` on the wire.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Sixteen bytes, written as `00010203-0405-0607-0809-0a0b0c0d0e0f`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guid([u8; 16]);

/// The text is not a [`Guid`] as .NET writes it.
#[derive(Debug)]
pub struct GuidError;

/// Before which bytes there is a hyphen.
const GROUPS: [usize; 4] = [4, 6, 8, 10];

impl Guid {
    /// A value with these bytes, in the order in which they are written.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Guid {
    type Err = GuidError;

    fn from_str(text: &str) -> Result<Self, GuidError> {
        let mut digits = text.chars();
        let mut guid = Self::default();
        for (index, byte) in guid.0.iter_mut().enumerate() {
            if GROUPS.contains(&index) && digits.next() != Some('-') {
                return Err(GuidError);
            }
            let mut digit =
                || digits.next().and_then(|digit| digit.to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit().zip(digit()).map(|(high, low)| high << 4 | low).ok_or(GuidError)?;
        }
        if digits.next().is_none() { Ok(guid) } else { Err(GuidError) }
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if GROUPS.contains(&index) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Display for GuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a Guid of 32 digits and four hyphens")
    }
}

impl std::error::Error for GuidError {}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_read_and_small_letters_written() {
        let guid: Guid = "0001020A-0405-0607-0706-05040302010F".parse().expect("a Guid");
        assert_eq!(guid.to_string(), "0001020a-0405-0607-0706-05040302010f");
    }

    #[test]
    fn only_the_form_with_hyphens_is_read() {
        let wrong = [
            "",
            "00010203040506070706050403020100",
            "{00010203-0405-0607-0706-050403020100}",
            "00010203-0405-0607-0706-0504030201000",
        ];
        for text in wrong {
            assert!(text.parse::<Guid>().is_err(), "{text}");
        }
    }
}
