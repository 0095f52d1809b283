//! Times from their texts.

use std::str::FromStr;

use super::calendar::{days_before_month, days_before_year, days_in_month};
use super::{DateTime, DateTimeError, DateTimeKind, SECONDS_PER_DAY, TICKS_PER_SECOND};

/// The forms of J-72.
impl FromStr for DateTime {
    type Err = DateTimeError;

    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        let mut text = Text(text.as_bytes());
        text.date_time().filter(|_| text.0.is_empty()).ok_or(DateTimeError(()))
    }
}

/// What is left to read of a text.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn date_time(&mut self) -> Option<DateTime> {
        let days = self.date()?;
        let mut ticks = days * SECONDS_PER_DAY * TICKS_PER_SECOND;
        if self.0.is_empty() {
            return DateTime::from_ticks(ticks, DateTimeKind::Unspecified);
        }
        self.take(b'T').then_some(())?;
        ticks += self.time()?;
        let (offset_minutes, kind) = self.zone()?;
        DateTime::from_ticks(ticks - offset_minutes * 60 * TICKS_PER_SECOND, kind)
    }

    /// The days since the beginning of the year 1.
    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4, 1..=9999)?;
        self.take(b'-').then_some(())?;
        let month = self.digits(2, 1..=12)?;
        self.take(b'-').then_some(())?;
        let day = self.digits(2, 1..=days_in_month(year, month))?;
        Some(days_before_year(year) + days_before_month(year, month) + day - 1)
    }

    /// The ticks since midnight.
    fn time(&mut self) -> Option<i64> {
        let hour = self.digits(2, 0..=23)?;
        self.take(b':').then_some(())?;
        let mut seconds = (hour * 60 + self.digits(2, 0..=59)?) * 60;
        if !self.take(b':') {
            return Some(seconds * TICKS_PER_SECOND);
        }
        seconds += self.digits(2, 0..=59)?;
        let fraction = if self.take(b'.') { self.fraction()? } else { 0 };
        Some(seconds * TICKS_PER_SECOND + fraction)
    }

    /// Up to 16 digits, of which 7 count; none when a zone follows.
    fn fraction(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let allowed = count <= 16 && (count > 0 || !rest.is_empty());
        let seven = digits.iter().chain([b'0'; 7].iter()).take(7);
        allowed.then(|| seven.fold(0, |ticks, digit| ticks * 10 + i64::from(digit - b'0')))
    }

    /// By how many minutes the time is ahead of UTC, and its kind.
    fn zone(&mut self) -> Option<(i64, DateTimeKind)> {
        if self.0.is_empty() {
            return Some((0, DateTimeKind::Unspecified));
        }
        if self.take(b'Z') {
            return Some((0, DateTimeKind::Utc));
        }
        let behind = self.take(b'-');
        if !behind && !self.take(b'+') {
            return None;
        }
        let hours = self.digits(2, 0..=14)?;
        let minutes = if self.take(b':') { self.digits(2, 0..=59)? } else { 0 };
        let offset = hours * 60 + minutes;
        (offset <= 14 * 60).then_some((if behind { -offset } else { offset }, DateTimeKind::Local))
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((&first, rest)) if first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn digits(&mut self, count: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let all = digits.iter().all(u8::is_ascii_digit);
        let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit & 15));
        (all && range.contains(&number)).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written_as_dotnet_does() {
        for (text, written) in [
            ("2017-04-11T00:00:00Z", "2017-04-11T00:00:00Z"),
            ("2017-04-11T01:02:03.1234567Z", "2017-04-11T01:02:03.1234567Z"),
            ("2017-04-11T01:02:03.5Z", "2017-04-11T01:02:03.5Z"),
            ("2017-04-11T01:02:03.120Z", "2017-04-11T01:02:03.12Z"),
            ("2017-04-11T01:02:03.12345678Z", "2017-04-11T01:02:03.1234567Z"),
            ("2017-04-11T01:02:03.9999999999999999Z", "2017-04-11T01:02:03.9999999Z"),
            ("2017-04-11T01:02:03.0000000Z", "2017-04-11T01:02:03Z"),
            ("2017-04-11T01:02:03.Z", "2017-04-11T01:02:03Z"),
            ("2017-04-11T01:02:03", "2017-04-11T01:02:03"),
            ("2017-04-11", "2017-04-11T00:00:00"),
            ("2017-04-11T01:02", "2017-04-11T01:02:00"),
            ("2017-04-11T01:02Z", "2017-04-11T01:02:00Z"),
            ("2017-04-11T01:02:03+00:00", "2017-04-11T01:02:03+00:00"),
            ("2017-04-11T01:02:03-00:00", "2017-04-11T01:02:03+00:00"),
            ("2017-04-11T01:02:03+02:00", "2017-04-10T23:02:03+00:00"),
            ("2017-04-11T01:02:03.5-05:30", "2017-04-11T06:32:03.5+00:00"),
            ("2017-04-11T01:02:03+02", "2017-04-10T23:02:03+00:00"),
            ("2017-04-11T01:02:03-14:00", "2017-04-11T15:02:03+00:00"),
            ("2016-02-29T00:00:00Z", "2016-02-29T00:00:00Z"),
            ("2000-12-31T23:59:59Z", "2000-12-31T23:59:59Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
        ] {
            assert_eq!(text.parse::<DateTime>().map(|time| time.to_string()).as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "today",
            "2017-04",
            "20170411",
            "2017-04-11Z",
            "2017-04-11T",
            "2017-04-11T01Z",
            "2017-04-11t01:02:03z",
            "2017-04-11 01:02:03",
            " 2017-04-11",
            "2017-04-11 ",
            "2017-04-11T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2017-02-29T00:00:00Z",
            "2016-02-30T00:00:00Z",
            "2017-13-01",
            "2017-00-01",
            "2017-01-00",
            "0000-01-01T00:00:00Z",
            "2017-04-11T01:02:03,5Z",
            "2017-04-11T01:02:03.",
            "2017-04-11T01:02:03.99999999999999999Z",
            "2017-04-11T01:02:03+0200",
            "2017-04-11T01:02:03+14:01",
            "2017-04-11T01:02:03+15",
            "2017-04-11T01:02:03ZZ",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2017-O4-11",
            "\u{ff12}017-04-11",
        ] {
            assert_eq!(text.parse::<DateTime>(), Err(DateTimeError(())), "{text}");
        }
    }
}
