//! Floating-point numbers as .NET writes them (J-14).

use std::io::Write as _;

use crate::protocol::error::PayloadError;

pub(super) fn write_f64(out: &mut Vec<u8>, value: f64) -> Result<(), PayloadError> {
    expect_finite(value.is_finite())?;
    write_shortest(out, format_args!("{value:e}"), 17);
    Ok(())
}

pub(super) fn write_f32(out: &mut Vec<u8>, value: f32) -> Result<(), PayloadError> {
    expect_finite(value.is_finite())?;
    write_shortest(out, format_args!("{value:e}"), 9);
    Ok(())
}

fn expect_finite(finite: bool) -> Result<(), PayloadError> {
    if finite { Ok(()) } else { Err(PayloadError::argument("NaN and infinities cannot be written as JSON.")) }
}

/// Writes a number of the form `1.25e17`, plainly if its exponent is below `limit` and not too negative.
fn write_shortest(out: &mut Vec<u8>, number: std::fmt::Arguments<'_>, limit: usize) {
    let mut buffer = [0; 32];
    let mut rest = &mut buffer[..];
    // The longest is `-2.2250738585072014e-308`.
    let fits = rest.write_fmt(number).is_ok();
    debug_assert!(fits, "a number of more than 32 digits");
    let unused = rest.len();
    let (used, _) = buffer.split_at(buffer.len() - unused);
    let text = std::str::from_utf8(used).unwrap_or_default();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    match (exponent.parse::<usize>(), exponent) {
        (Ok(exponent), _) if exponent < limit => write_large(out, whole, fraction, exponent),
        (Err(_), "-1") => write_small(out, whole, fraction, "0."),
        (Err(_), "-2") => write_small(out, whole, fraction, "0.0"),
        (Err(_), "-3") => write_small(out, whole, fraction, "0.00"),
        (Err(_), "-4") => write_small(out, whole, fraction, "0.000"),
        _ => write_with_exponent(out, mantissa, exponent),
    }
}

/// `1`, `25` and 3 are `1250`; `1`, `2345` and 2 are `123.45`.
fn write_large(out: &mut Vec<u8>, whole: &str, fraction: &str, exponent: usize) {
    out.extend_from_slice(whole.as_bytes());
    match fraction.split_at_checked(exponent) {
        Some((whole, "")) => out.extend_from_slice(whole.as_bytes()),
        Some((whole, fraction)) => {
            out.extend_from_slice(whole.as_bytes());
            out.push(b'.');
            out.extend_from_slice(fraction.as_bytes());
        }
        None => {
            out.extend_from_slice(fraction.as_bytes());
            out.resize(out.len() + exponent - fraction.len(), b'0');
        }
    }
}

fn write_small(out: &mut Vec<u8>, whole: &str, fraction: &str, zeros: &str) {
    let digit = whole.strip_prefix('-');
    if digit.is_some() {
        out.push(b'-');
    }
    for part in [zeros, digit.unwrap_or(whole), fraction] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// A capital E, a sign and at least two digits.
fn write_with_exponent(out: &mut Vec<u8>, mantissa: &str, exponent: &str) {
    let (sign, digits) = exponent.strip_prefix('-').map_or(("E+", exponent), |digits| ("E-", digits));
    let zero = if digits.len() < 2 { "0" } else { "" };
    for part in [mantissa, sign, zero, digits] {
        out.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f64_text(value: f64) -> String {
        let mut out = Vec::new();
        write_f64(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn doubles_have_the_form_of_dotnet() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (2.0, "2"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (-0.25, "-0.25"),
            (0.0001, "0.0001"),
            (-0.012, "-0.012"),
            (0.00125, "0.00125"),
            (0.00001, "1E-05"),
            (-1e-5, "-1E-05"),
            (0.000_099_99, "9.999E-05"),
            (9.869_604_401_1, "9.8696044011"),
            (0.300_000_000_000_000_04, "0.30000000000000004"),
            (123.45, "123.45"),
            (1e16, "10000000000000000"),
            (72_057_594_037_927_936.0, "72057594037927940"),
            (1e17, "1E+17"),
            (-1e17, "-1E+17"),
            (1.25e17, "1.25E+17"),
            (1e300, "1E+300"),
            (f64::MAX, "1.7976931348623157E+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (-f64::MIN_POSITIVE, "-2.2250738585072014E-308"),
            (5e-324, "5E-324"),
        ] {
            assert_eq!(f64_text(value), expected);
            assert_eq!(serde_json::from_str::<f64>(expected).unwrap().to_bits(), value.to_bits(), "{expected}");
        }
    }

    #[test]
    fn floats_turn_to_exponents_earlier() {
        for (value, expected) in
            [(123_456_790.0, "123456790"), (1e9, "1E+09"), (0.1, "0.1"), (f32::MAX, "3.4028235E+38")]
        {
            let mut out = Vec::new();
            write_f32(&mut out, value).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut out = Vec::new();
            assert_eq!(write_f64(&mut out, value).unwrap_err().kind(), "ArgumentException");
            assert!(out.is_empty());
        }
    }
}
