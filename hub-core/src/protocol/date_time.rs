//! .NET's `DateTime` on the wire (J-10, J-15, J-72).

mod calendar;
mod parse;

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use self::calendar::{DAYS, date_of};

const TICKS_PER_SECOND: i64 = 10_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// From the first day of the year 1 to 1970.
const UNIX_EPOCH_DAYS: i64 = 719_162;
const UNIX_EPOCH_TICKS: i64 = UNIX_EPOCH_DAYS * SECONDS_PER_DAY * TICKS_PER_SECOND;
const MAX_TICKS: i64 = DAYS * SECONDS_PER_DAY * TICKS_PER_SECOND - 1;
/// How many bits the ticks take; above them stands the kind, where both are one number.
const TICKS_BITS: u32 = 62;

/// The name by which serializers can tell a [`DateTime`] from its text.
pub(super) const NEWTYPE: &str = "hub_core::DateTime";

/// A date and a time of day as .NET's `DateTime` has them: to 100 nanoseconds, in the years 1 to 9999.
///
/// In JSON it is a text such as `2017-04-11T01:02:03.12Z`. The kind says what stands behind the time and comes back
/// as it was sent: `Z` for UTC, nothing when it is not specified (J-10). A time with an offset is converted to the
/// local time of the server, which is UTC here, and is written with the offset `+00:00`.
///
/// In MessagePack it is a timestamp, and UTC when it is read (M-52). With any other serializer of serde's it is that
/// text if the format is for people, else the number that .NET's `ToBinary` makes of it.
///
/// The default is .NET's, the beginning of the year 1, unspecified: what a member is that was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DateTime {
    /// In units of 100 nanoseconds since the beginning of the year 1.
    ticks: i64,
    kind: DateTimeKind,
}

/// What the time of a [`DateTime`] refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DateTimeKind {
    /// Nothing is said: written without a zone.
    #[default]
    Unspecified,
    /// Written with a `Z`.
    Utc,
    /// The server's local time, which is UTC: written with the offset `+00:00`.
    Local,
}

/// The text or the time is none that a [`DateTime`] can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTimeError(());

impl fmt::Display for DateTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date and time of the years 1 to 9999")
    }
}

impl std::error::Error for DateTimeError {}

impl DateTime {
    /// The time in UTC that is so many seconds after the beginning of 1970, and so many nanoseconds more.
    ///
    /// Parts of 100 nanoseconds are dropped. `None` if that is before the year 1 or after the year 9999.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Option<Self> {
        let ticks = seconds.checked_mul(TICKS_PER_SECOND)?.checked_add(i64::from(nanoseconds / 100))?;
        Self::from_ticks(ticks.checked_add(UNIX_EPOCH_TICKS)?, DateTimeKind::Utc)
    }

    /// The seconds since the beginning of 1970, and the nanoseconds beyond them, as if the time were in UTC.
    pub fn to_unix(self) -> (i64, u32) {
        let ticks = self.ticks - UNIX_EPOCH_TICKS;
        let nanoseconds = ticks.rem_euclid(TICKS_PER_SECOND) * 100;
        (ticks.div_euclid(TICKS_PER_SECOND), u32::try_from(nanoseconds).unwrap_or_default())
    }

    /// The time in UTC. `None` if it is before the year 1 or after the year 9999.
    pub fn from_system_time(time: SystemTime) -> Option<Self> {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::from_unix(i64::try_from(after.as_secs()).ok()?, after.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                let ticks = i64::try_from(before.as_nanos().div_ceil(100)).ok()?;
                Self::from_ticks(UNIX_EPOCH_TICKS.checked_sub(ticks)?, DateTimeKind::Utc)
            }
        }
    }

    /// The time as the system has it, as if it were in UTC. `None` if the system cannot represent it.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.to_unix();
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let time = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        time?.checked_add(Duration::from_nanos(nanoseconds.into()))
    }

    /// What the time refers to.
    pub fn kind(self) -> DateTimeKind {
        self.kind
    }

    /// The same date and time of day, referring to something else.
    #[must_use]
    pub fn with_kind(self, kind: DateTimeKind) -> Self {
        Self { kind, ..self }
    }

    /// The ticks, and above them the kind, in one number: .NET's `ToBinary`.
    pub(super) fn to_binary(self) -> i64 {
        let kind: u64 = match self.kind {
            DateTimeKind::Unspecified => 0,
            DateTimeKind::Utc => 1,
            DateTimeKind::Local => 2,
        };
        self.ticks | (kind << TICKS_BITS).cast_signed()
    }

    /// What [`to_binary`](Self::to_binary) made.
    pub(super) fn from_binary(binary: i64) -> Option<Self> {
        let kind = match binary.cast_unsigned() >> TICKS_BITS {
            0 => DateTimeKind::Unspecified,
            1 => DateTimeKind::Utc,
            2 => DateTimeKind::Local,
            _ => return None,
        };
        Self::from_ticks(binary & ((1 << TICKS_BITS) - 1), kind)
    }

    fn from_ticks(ticks: i64, kind: DateTimeKind) -> Option<Self> {
        (0..=MAX_TICKS).contains(&ticks).then_some(Self { ticks, kind })
    }
}

/// The form of J-15: seconds always, the fraction only as far as it is not zero.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.ticks / TICKS_PER_SECOND;
        let (year, month, day) = date_of(seconds / SECONDS_PER_DAY);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let fraction = self.ticks % TICKS_PER_SECOND;
        if fraction != 0 {
            write!(f, ".{}", format!("{fraction:07}").trim_end_matches('0'))?;
        }
        f.write_str(match self.kind {
            DateTimeKind::Unspecified => "",
            DateTimeKind::Utc => "Z",
            DateTimeKind::Local => "+00:00",
        })
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NEWTYPE, &Inside(*self))
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NEWTYPE, DateTimeVisitor)
    }
}

/// What is in the newtype: a text for people, a number for others.
struct Inside(DateTime);

impl Serialize for Inside {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_i64(self.0.to_binary())
        }
    }
}

struct DateTimeVisitor;

impl<'de> de::Visitor<'de> for DateTimeVisitor {
    type Value = DateTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and time such as 2017-04-11T01:02:03Z")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inside: D) -> Result<DateTime, D::Error> {
        if inside.is_human_readable() { inside.deserialize_str(self) } else { inside.deserialize_i64(self) }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DateTime, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: de::Error>(self, binary: i64) -> Result<DateTime, E> {
        DateTime::from_binary(binary).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(binary), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_time_is_converted() {
        for (seconds, nanoseconds, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_491_868_800, 123_456_789, "2017-04-11T00:00:00.1234567Z"),
            (-1, 999_999_900, "1969-12-31T23:59:59.9999999Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
        ] {
            let time = DateTime::from_unix(seconds, nanoseconds).unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(time.to_unix(), (seconds, nanoseconds / 100 * 100));
            assert_eq!(time.kind(), DateTimeKind::Utc);
            assert_eq!(DateTime::from_system_time(time.to_system_time().unwrap()), Some(time));
        }
        for seconds in [-62_135_596_801, 253_402_300_800, i64::MIN, i64::MAX] {
            assert_eq!(DateTime::from_unix(seconds, 0), None);
        }
    }

    #[test]
    fn parts_of_a_tick_are_dropped_downwards() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(DateTime::from_system_time(before).unwrap().to_string(), "1969-12-31T23:59:59.9999999Z");
        let after = SystemTime::UNIX_EPOCH + Duration::from_nanos(199);
        assert_eq!(DateTime::from_system_time(after).unwrap().to_string(), "1970-01-01T00:00:00.0000001Z");
    }

    #[test]
    fn the_kind_can_be_chosen() {
        let time = DateTime::from_unix(0, 0).unwrap().with_kind(DateTimeKind::Unspecified);
        assert_eq!((time.kind(), time.to_string().as_str()), (DateTimeKind::Unspecified, "1970-01-01T00:00:00"));
    }

    #[test]
    fn it_is_a_text_in_payloads() {
        let text = "\"2017-04-11T01:02:03.5+00:00\"";
        let time: DateTime = serde_json::from_str(text).unwrap();
        assert_eq!(time.kind(), DateTimeKind::Local);
        assert_eq!(serde_json::to_string(&time).unwrap(), text);
        assert!(serde_json::from_str::<DateTime>("1491868800").is_err());
        assert!(serde_json::from_str::<DateTime>("\"today\"").is_err());
    }
}
