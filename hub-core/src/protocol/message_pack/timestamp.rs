//! .NET's `DateTime` as the timestamp extension (M-52).

use rmp::encode::write_ext_meta;

use crate::protocol::date_time::DateTime;
use crate::protocol::error::PayloadError;

/// The type of the extension.
const TIMESTAMP: i8 = -1;

/// Writes a time in the shortest of the three forms, as if it were in UTC.
pub(super) fn write(out: &mut Vec<u8>, time: DateTime) -> Result<(), PayloadError> {
    let (seconds, nanoseconds) = time.to_unix();
    match (u32::try_from(seconds), u64::try_from(seconds)) {
        (Ok(seconds), _) if nanoseconds == 0 => write_extension(out, &seconds.to_be_bytes()),
        (_, Ok(seconds)) if seconds >> 34 == 0 => {
            write_extension(out, &(u64::from(nanoseconds) << 34 | seconds).to_be_bytes())
        }
        _ => {
            let [n0, n1, n2, n3] = nanoseconds.to_be_bytes();
            let [s0, s1, s2, s3, s4, s5, s6, s7] = seconds.to_be_bytes();
            write_extension(out, &[n0, n1, n2, n3, s0, s1, s2, s3, s4, s5, s6, s7])
        }
    }
}

fn write_extension(out: &mut Vec<u8>, data: &[u8]) -> Result<(), PayloadError> {
    write_ext_meta(out, u32::try_from(data.len()).unwrap_or(u32::MAX), TIMESTAMP)?;
    out.extend_from_slice(data);
    Ok(())
}

/// The time that an extension is, in UTC; `None` if it is another extension or beyond the years of .NET.
pub(super) fn read(kind: i8, data: &[u8]) -> Option<DateTime> {
    if kind != TIMESTAMP {
        return None;
    }
    let (seconds, nanoseconds) = match data.len() {
        4 => (u32::from_be_bytes(data.try_into().ok()?).into(), 0),
        8 => {
            let both = u64::from_be_bytes(data.try_into().ok()?);
            (i64::try_from(both & ((1 << 34) - 1)).ok()?, u32::try_from(both >> 34).ok()?)
        }
        12 => {
            let (nanoseconds, seconds) = data.split_first_chunk()?;
            (i64::from_be_bytes(seconds.try_into().ok()?), u32::from_be_bytes(*nanoseconds))
        }
        _ => return None,
    };
    DateTime::from_unix(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::DateTimeKind;

    fn written(time: DateTime) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, time).unwrap();
        out
    }

    #[test]
    fn the_shortest_form_is_written() {
        for (seconds, nanoseconds, expected) in [
            (0x58EC_1C80, 0, b"\xd6\xff\x58\xec\x1c\x80".as_slice()),
            (i64::from(u32::MAX), 0, b"\xd6\xff\xff\xff\xff\xff"),
            (0x58EC_1C80, 123_456_700, b"\xd7\xff\x1d\x6f\x32\xf0\x58\xec\x1c\x80"),
            (1 << 32, 0, b"\xd7\xff\x00\x00\x00\x01\x00\x00\x00\x00"),
            ((1 << 34) - 1, 999_999_900, b"\xd7\xff\xee\x6b\x26\x73\xff\xff\xff\xff"),
            (1 << 34, 0, b"\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00"),
            (-1, 500, b"\xc7\x0c\xff\x00\x00\x01\xf4\xff\xff\xff\xff\xff\xff\xff\xff"),
            (-62_135_596_800, 0, b"\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xf1\x88\x6e\x09\x00"),
            (253_402_300_799, 999_999_900, b"\xc7\x0c\xff\x3b\x9a\xc9\x9c\x00\x00\x00\x3a\xff\xf4\x41\x7f"),
        ] {
            let time = DateTime::from_unix(seconds, nanoseconds).unwrap();
            assert_eq!(written(time), expected, "{time}");
            assert_eq!(read(-1, expected.get(if expected.len() == 15 { 3.. } else { 2.. }).unwrap()), Some(time));
        }
    }

    #[test]
    fn a_time_of_another_kind_is_written_as_utc() {
        let time = DateTime::from_unix(0x58EC_1C80, 0).unwrap();
        for kind in [DateTimeKind::Unspecified, DateTimeKind::Utc, DateTimeKind::Local] {
            assert_eq!(written(time.with_kind(kind)), b"\xd6\xff\x58\xec\x1c\x80");
        }
    }

    #[test]
    fn longer_forms_than_needed_are_read() {
        let time = DateTime::from_unix(0x58EC_1C80, 0);
        assert_eq!(read(-1, b"\x00\x00\x00\x00\x58\xec\x1c\x80"), time);
        assert_eq!(read(-1, b"\x00\x00\x00\x00\x00\x00\x00\x00\x58\xec\x1c\x80"), time);
    }

    #[test]
    fn parts_of_100_nanoseconds_are_cut_off() {
        let time = read(-1, b"\x1d\x6f\x34\x54\x58\xec\x1c\x80");
        assert_eq!(time, DateTime::from_unix(0x58EC_1C80, 123_456_700));
    }

    #[test]
    fn what_is_no_time_of_dotnet_is_refused() {
        for (kind, data) in [
            (1, b"\x00\x00\x00\x00".as_slice()),
            (-1, b""),
            (-1, b"\x00\x00\x00"),
            (-1, b"\x00\x00\x00\x00\xff\xff\xff\xf1\x88\x6e\x08\xff"),
            (-1, b"\x00\x00\x00\x00\x00\x00\x00\x3a\xff\xf4\x41\x80"),
            (-1, b"\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"),
        ] {
            assert_eq!(read(kind, data), None, "{kind} {data:x?}");
        }
    }
}
