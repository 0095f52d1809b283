//! The strings of JSON: escapes read and written (J-7, J-37).

use std::borrow::Cow;

/// A string as it stands in the text, without its quotes. Its escapes are known to be well-formed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonString<'a> {
    raw: &'a [u8],
    escaped: bool,
}

/// Why a string has no text, though JSON's grammar allows it (J-37).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextError {
    /// Bytes that are not UTF-8.
    Utf8,
    /// The first half of a surrogate pair without the second.
    MissingLowSurrogate,
    /// This where no half of a surrogate pair, or its second one, may be.
    InvalidSurrogate(u16),
}

impl TextError {
    /// What .NET says.
    pub(crate) fn text(self) -> Cow<'static, str> {
        match self {
            Self::Utf8 => "Cannot transcode invalid UTF-8 JSON text to UTF-16 string.".into(),
            Self::MissingLowSurrogate => {
                "Cannot read incomplete UTF-16 JSON text as string with missing low surrogate.".into()
            }
            Self::InvalidSurrogate(unit) => {
                format!("Cannot read invalid UTF-16 JSON text as string. Invalid surrogate value: '0x{unit:02X}'.")
                    .into()
            }
        }
    }
}

impl<'a> JsonString<'a> {
    pub(super) fn new(raw: &'a [u8], escaped: bool) -> Self {
        Self { raw, escaped }
    }

    pub(crate) fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The text; borrowed when there are no escapes in it.
    pub(crate) fn text(&self) -> Result<Cow<'a, str>, TextError> {
        if self.escaped {
            return unescape(self.raw).map(Cow::Owned);
        }
        std::str::from_utf8(self.raw).map(Cow::Borrowed).map_err(|_| TextError::Utf8)
    }

    /// The text's bytes to compare with a known name; what is no text equals none of them.
    pub(crate) fn known_name(&self) -> Cow<'a, [u8]> {
        if self.escaped {
            return Cow::Owned(unescape(self.raw).unwrap_or_default().into_bytes());
        }
        Cow::Borrowed(self.raw)
    }
}

#[cold]
fn unescape(mut raw: &[u8]) -> Result<String, TextError> {
    let mut bytes = Vec::with_capacity(raw.len());
    while let Some(at) = memchr::memchr(b'\\', raw) {
        let (plain, escape) = raw.split_at(at);
        bytes.extend_from_slice(plain);
        let (letter, length) = unescape_one(escape)?;
        bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        raw = escape.get(length..).unwrap_or_default();
    }
    bytes.extend_from_slice(raw);
    String::from_utf8(bytes).map_err(|_| TextError::Utf8)
}

/// The character that an escape at the start stands for, and how long the escape is.
fn unescape_one(escape: &[u8]) -> Result<(char, usize), TextError> {
    let letter = match escape.get(1) {
        Some(b'u') => return unescape_utf16(escape),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(&itself) => char::from(itself),
        None => return Err(TextError::Utf8),
    };
    Ok((letter, 2))
}

fn unescape_utf16(escape: &[u8]) -> Result<(char, usize), TextError> {
    let first = utf16_unit(escape).ok_or(TextError::Utf8)?;
    if !(0xD800..0xDC00).contains(&first) {
        let letter = char::from_u32(u32::from(first)).ok_or(TextError::InvalidSurrogate(first))?;
        return Ok((letter, 6));
    }
    let second = escape.get(6..).and_then(utf16_unit).ok_or(TextError::MissingLowSurrogate)?;
    match char::decode_utf16([first, second]).next() {
        Some(Ok(letter)) => Ok((letter, 12)),
        _ => Err(TextError::InvalidSurrogate(second)),
    }
}

/// The number of an escape `\uXXXX` at the start.
fn utf16_unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Appends a string with its quotes, escaping what JSON demands and, as .NET does, what is beyond U+FFFF (J-7).
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    write_escaped(out, text);
    out.push(b'"');
}

/// Appends a part of a string.
pub(crate) fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    loop {
        let Some((plain, special)) = rest.split_at_checked(writable_prefix(rest.as_bytes())) else { return };
        out.extend_from_slice(plain.as_bytes());
        let mut letters = special.chars();
        match letters.next() {
            None => return,
            Some(letter) => write_escape(out, letter),
        }
        rest = letters.as_str();
    }
}

#[cold]
fn write_escape(out: &mut Vec<u8>, letter: char) {
    let short = match letter {
        '"' | '\\' => letter,
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{c}' => 'f',
        '\r' => 'r',
        _ => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
            }
            return;
        }
    };
    out.push(b'\\');
    out.extend_from_slice(short.encode_utf8(&mut [0; 4]).as_bytes());
}

/// How many bytes at the start are no quote, no backslash and no control character.
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    prefix(bytes, special_bytes, is_special)
}

/// As [`plain_prefix`], and no part of a character beyond U+FFFF either, which is written as an escape.
fn writable_prefix(bytes: &[u8]) -> usize {
    let of_word = |word| special_bytes(word) | bytes_of_four(word);
    prefix(bytes, of_word, |byte| is_special(byte) | u8::from(byte >= FIRST_OF_FOUR))
}

/// The first byte of the characters that take four bytes, and two units of UTF-16, is at least this.
const FIRST_OF_FOUR: u8 = 0xF0;

/// How many bytes a long string is looked at together: the compiler makes vector instructions of it.
const BLOCK: usize = 16;

/// How many bytes come before the first special one: `of_word` marks those of a word as [`special_bytes`] does.
#[inline]
fn prefix(bytes: &[u8], of_word: impl Fn(u64) -> u64, is_special: impl Fn(u8) -> u8) -> usize {
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = of_word(u64::from_le_bytes(*word));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += word.len();
        if at == 2 * word.len() {
            // What does not end within two words is often long.
            at += clean_blocks(bytes.get(at..).unwrap_or_default(), &is_special);
        }
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_special(*byte) != 0).unwrap_or(rest.len())
}

/// Not 0 for a quote, a backslash or a control character: a number, so that the compiler makes no branches of it.
fn is_special(byte: u8) -> u8 {
    u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20)
}

/// How many bytes the blocks at the start have that hold no special one.
fn clean_blocks(bytes: &[u8], is_special: impl Fn(u8) -> u8) -> usize {
    let is_clean = |block: &&[u8; BLOCK]| block.iter().fold(0, |found, byte| found | is_special(*byte)) == 0;
    bytes.as_chunks().0.iter().take_while(is_clean).count() * BLOCK
}

/// The high bit of every byte.
const HIGH_BITS: u64 = u64::MAX / 255 * 0x80;

/// The high bit of the first special byte of a word, and perhaps some above it.
///
/// Subtracting from each byte sets the high bit of those that were too small; a borrow reaches only bytes above the
/// first such one, so the lowest bit is right.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & HIGH_BITS
}

/// The high bit of each byte whose four highest bits are set.
fn bytes_of_four(word: u64) -> u64 {
    word & word << 1 & word << 2 & word << 3 & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow_prefix(bytes: &[u8]) -> usize {
        bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).unwrap_or(bytes.len())
    }

    #[test]
    fn special_bytes_are_found_wherever_they_are() {
        for byte in 0..=255 {
            for at in 0..100 {
                let mut bytes = [b'a', 0xC3, 0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xFF].repeat(10);
                bytes[at] = byte;
                assert_eq!(plain_prefix(&bytes), slow_prefix(&bytes), "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn characters_of_four_bytes_are_found_wherever_they_are() {
        for at in 0..100 {
            for letter in ['a', 'é', '日', '😀', '\u{10000}', '\u{10FFFF}', '"', '\u{1f}'] {
                let text = format!("{}{letter}{}", "x".repeat(at), "é".repeat(9));
                let is_special = letter > '\u{FFFF}' || letter == '"' || letter < ' ';
                let expected = if is_special { at } else { text.len() };
                assert_eq!(writable_prefix(text.as_bytes()), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn writes_what_json_demands() {
        let mut out = Vec::new();
        write_string(&mut out, "a\"\\/\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{1e}é日😀z");
        assert_eq!(String::from_utf8(out).unwrap(), r#""a\"\\/\b\t\n\f\r\u0000\u001F\u001Eé日\uD83D\uDE00z""#);
    }

    #[test]
    fn escapes_are_read() {
        for (raw, expected) in [
            (r"", ""),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9\u65E5", "Aé日"),
            (r"a\ud83d\uDE00b", "a😀b"),
        ] {
            assert_eq!(JsonString::new(raw.as_bytes(), true).text().as_deref(), Ok(expected));
        }
    }

    #[test]
    fn halves_of_surrogate_pairs_and_bad_bytes_have_no_text() {
        for (raw, expected) in [
            (&br"\ud83d"[..], TextError::MissingLowSurrogate),
            (br"\ud83dx", TextError::MissingLowSurrogate),
            (br"\ud83d\n", TextError::MissingLowSurrogate),
            (br"\ude00", TextError::InvalidSurrogate(0xDE00)),
            (br"\ud83d\u0041", TextError::InvalidSurrogate(0x41)),
            (br"\ud83d\ud83d", TextError::InvalidSurrogate(0xD83D)),
            (b"\\n\xff", TextError::Utf8),
        ] {
            assert_eq!(JsonString::new(raw, true).text(), Err(expected), "{}", raw.escape_ascii());
        }
        assert_eq!(JsonString::new(b"\xc0\xaf", false).text(), Err(TextError::Utf8));
    }
}
