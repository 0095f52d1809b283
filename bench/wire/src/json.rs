//! One pass over the top level of a record in JSON. Values stay slices of the record.

use memchr::memchr2;

/// Ends a record.
pub const SEPARATOR: u8 = 0x1E;

/// The members of a record that matter here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    /// The message type.
    pub kind: u64,
    /// The invocation id, without quotes; escapes are left as they are.
    pub id: Option<&'a [u8]>,
    /// The target, without quotes.
    pub target: Option<&'a [u8]>,
    /// The array of arguments.
    pub arguments: Option<&'a [u8]>,
    /// The item of a stream.
    pub item: Option<&'a [u8]>,
    /// The result of a completion.
    pub result: Option<&'a [u8]>,
    /// The error, without quotes.
    pub error: Option<&'a [u8]>,
    /// The array of stream ids.
    pub stream_ids: Option<&'a [u8]>,
}

/// Reads a record without its separator; its members may come in any order.
#[inline]
pub fn record(bytes: &[u8]) -> Option<Record<'_>> {
    let mut record = Record::default();
    let mut at = expect(bytes, space(bytes, 0), b'{')?;
    if bytes.get(at) == Some(&b'}') {
        return Some(record);
    }
    loop {
        let key_end = (*bytes.get(at)? == b'"').then(|| string_end(bytes, at)).flatten()?;
        let start = expect(bytes, space(bytes, key_end), b':')?;
        let end = value_end(bytes, start)?;
        record.set(&bytes[at + 1..key_end - 1], &bytes[start..end])?;
        at = space(bytes, end);
        match bytes.get(at)? {
            b',' => at = space(bytes, at + 1),
            b'}' => return Some(record),
            _ => return None,
        }
    }
}

impl<'a> Record<'a> {
    #[inline]
    fn set(&mut self, key: &[u8], value: &'a [u8]) -> Option<()> {
        match key {
            b"type" => self.kind = number(value)?,
            b"invocationId" => self.id = unquoted(value),
            b"target" => self.target = unquoted(value),
            b"arguments" => self.arguments = Some(value),
            b"item" => self.item = Some(value),
            b"result" => self.result = Some(value),
            b"error" => self.error = unquoted(value).or(Some(value)),
            b"streamIds" => self.stream_ids = Some(value),
            _ => {}
        }
        Some(())
    }
}

/// The text of a string, its escapes left as they are.
#[inline]
pub fn unquoted(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// The number that begins with these digits.
#[inline]
pub fn number(value: &[u8]) -> Option<u64> {
    value.first().filter(|first| first.is_ascii_digit())?;
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number: u64, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'))))
}

/// The elements of an array.
pub fn elements(array: &[u8]) -> Elements<'_> {
    Elements { array, at: space(array, 1) }
}

/// An iterator over the elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    array: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if matches!(self.array.get(self.at)?, b']') {
            return None;
        }
        let end = value_end(self.array, self.at)?;
        let element = &self.array[self.at..end];
        let after = space(self.array, end);
        self.at = if self.array.get(after) == Some(&b',') { space(self.array, after + 1) } else { after };
        Some(element)
    }
}

/// The index behind white space.
#[inline]
fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

#[inline]
fn expect(bytes: &[u8], at: usize, sign: u8) -> Option<usize> {
    (*bytes.get(at)? == sign).then(|| space(bytes, at + 1))
}

/// The index behind the string that begins at `at`.
#[inline]
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

#[inline]
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at),
        b'{' | b'[' => container_end(bytes, at),
        _ => {
            let rest = bytes.get(at..)?;
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
            Some(at + rest.iter().position(ends).unwrap_or(rest.len()))
        }
    }
}

fn container_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0;
    loop {
        match bytes.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => depth -= 1,
            b'"' => at = string_end(bytes, at)? - 1,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_may_come_in_any_order_and_with_any_space() {
        for text in [
            r#"{"type":1,"invocationId":"7","target":"Echo","arguments":["a\"b",{"x":[1,"]"]},3]}"#,
            r#"{ "arguments" : [ "a\"b",{"x":[1,"]"]} , 3] , "target":"Echo","invocationId":"7", "type": 1 }"#,
        ] {
            let record = record(text.as_bytes()).unwrap();
            assert_eq!((record.kind, record.id, record.target), (1, Some(&b"7"[..]), Some(&b"Echo"[..])));
            let arguments: Vec<_> = elements(record.arguments.unwrap()).collect();
            assert_eq!(arguments, [&br#""a\"b""#[..], br#"{"x":[1,"]"]}"#, b"3"]);
        }
    }

    #[test]
    fn an_error_is_read_and_an_empty_array_has_no_elements() {
        assert_eq!(record(b"{}").unwrap().kind, 0);
        assert_eq!(elements(b"[]").count(), 0);
        assert_eq!(record(br#"{"type":3,"error":"no"}"#).unwrap().error, Some(&b"no"[..]));
    }

    #[test]
    fn a_record_that_is_cut_is_none() {
        let text = br#"{"type":1,"target":"x","arguments":["]"]}"#;
        for cut in 0..text.len() {
            assert!(record(&text[..cut]).is_none(), "{cut}");
        }
    }
}
