//! The negotiate version a client asks for (N-7 to N-13).

/// The highest version there is.
const MAXIMUM: i32 = 1;

/// The version to answer with, or the text that refuses the one asked for.
pub(super) fn agree(asked: Option<&str>, minimum: i32) -> Result<i32, String> {
    let asked = match asked {
        None => 0,
        Some(text) => parse(text).ok_or("The client requested a non-integer protocol version.")?,
    };
    if asked < minimum {
        return Err(format!("The client requested version '{asked}', but the server does not support this version."));
    }
    Ok(asked.min(MAXIMUM))
}

/// A 32-bit integer as .NET reads one: a sign, ASCII white space around it, and NULs at the very end are allowed (N-9).
fn parse(text: &str) -> Option<i32> {
    let is_space = |c: char| matches!(c, '\t'..='\r' | ' ');
    text.trim_end_matches('\0').trim_matches(is_space).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_as_dotnet_reads_them() {
        let cases = [
            ("0", 0),
            ("1", 1),
            ("0001", 1),
            ("-0", 0),
            ("+1", 1),
            (" 1 ", 1),
            ("1\t", 1),
            ("\r\n1\x0b\x0c", 1),
            ("1\0", 1),
            ("1 \0\0", 1),
            ("-1", -1),
            ("2147483647", i32::MAX),
            ("-2147483648", i32::MIN),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_integer() {
        let cases = [
            "",
            " ",
            "-",
            "+",
            "+-1",
            "- 1",
            "1.0",
            "1e0",
            "abc",
            "0x1",
            "1,000",
            "1,1",
            "2147483648",
            "-2147483649",
            "\u{a0}1",
            "\u{661}",
            "1\0 ",
            "\x001",
            "1 2",
        ];
        for text in cases {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn versions_are_agreed_upon() {
        let unsupported = |asked: &str| {
            Err(format!("The client requested version '{asked}', but the server does not support this version."))
        };
        assert_eq!(agree(None, 0), Ok(0));
        assert_eq!(agree(Some("1"), 0), Ok(1));
        assert_eq!(agree(Some("99"), 0), Ok(1));
        assert_eq!(agree(Some("-1"), 0), unsupported("-1"));
        assert_eq!(agree(None, 1), unsupported("0"));
        assert_eq!(agree(Some("1"), 2), unsupported("1"));
        assert_eq!(agree(Some("2"), 2), Ok(1), "a minimum above what there is (N-13)");
        assert_eq!(agree(Some("x"), 1), Err("The client requested a non-integer protocol version.".to_owned()));
    }
}
