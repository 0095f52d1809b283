//! Heads and bodies of HTTP/1.1 messages.

use std::borrow::Cow;

use memchr::memmem;

/// How many bytes a head has, its blank line included; `None` if it is incomplete.
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    memmem::find(bytes, b"\r\n\r\n").map(|index| index + 4)
}

/// The value of a header.
pub fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a [u8]> {
    head.split(|&byte| byte == b'\n').skip(1).find_map(|line| {
        let (own, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":")?;
        own.eq_ignore_ascii_case(name.as_bytes()).then(|| value.trim_ascii())
    })
}

/// The status of an answer; 0 if there is none.
pub fn status(head: &[u8]) -> u16 {
    let word = head.split(|&byte| byte == b' ').nth(1);
    word.and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// The body behind a head, and how many bytes it took on the wire; `None` if it is incomplete.
pub fn body<'a>(head: &[u8], rest: &'a [u8]) -> Option<(Cow<'a, [u8]>, usize)> {
    if header(head, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
        return chunks(rest).map(|(body, taken)| (Cow::Owned(body), taken));
    }
    let length = header(head, "content-length").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    let length = length.unwrap_or(0);
    rest.get(..length).map(|body| (Cow::Borrowed(body), length))
}

fn chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut body = Vec::new();
    let mut taken = 0;
    loop {
        let (chunk, length) = chunk(&bytes[taken..])?;
        taken += length;
        if chunk.is_empty() {
            return Some((body, taken));
        }
        body.extend_from_slice(chunk);
    }
}

/// The first chunk, and how many bytes it took; the last one of a body is empty. `None` if it is incomplete.
pub fn chunk(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let line = memmem::find(bytes, b"\r\n")?;
    let length = std::str::from_utf8(&bytes[..line]).ok()?.split(';').next()?;
    let length = usize::from_str_radix(length.trim(), 16).ok()?;
    let start = line + 2;
    let end = start.checked_add(length)?;
    let chunk = bytes.get(start..end)?;
    (bytes.len() >= end + 2).then_some((chunk, end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(message: &[u8]) -> (&[u8], &[u8]) {
        message.split_at(head_length(message).unwrap())
    }

    #[test]
    fn a_body_in_chunks_is_put_together() {
        let message = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        let (head, rest) = split(message);
        assert_eq!(status(head), 200);
        assert_eq!(body(head, rest), Some((b"hello".to_vec().into(), rest.len())));
        assert_eq!(body(head, &rest[..rest.len() - 1]), None);
    }

    #[test]
    fn a_body_of_a_known_length_ends_there() {
        let (head, rest) = split(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}xx");
        assert_eq!(body(head, rest), Some((b"{}"[..].into(), 2)));
        assert_eq!(header(head, "Content-Length"), Some(&b"2"[..]));
        assert_eq!(header(head, "content"), None);
    }
}
