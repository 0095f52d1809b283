//! The format of a stream of events (T-32, T-33).

use hub_core::transport::Framing;

/// The first bytes of a stream, a comment: the client learns that it is open (T-31).
pub(super) const GREETING: &[u8] = b":\r\n";

const FIELD: &[u8] = b"data: ";
const END: &[u8] = b"\r\n";

/// One event for each hub message.
pub(super) static EVENT: Framing = Framing::new("event", write_event);

/// Each line becomes a field of its own. A CR before the LF belongs to the line end, unless it is all there is.
fn write_event(message: &[u8], out: &mut Vec<u8>) {
    out.reserve(message.len() + 10);
    let mut rest = message;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, behind) = rest.split_at(end);
        write_field(without_cr(line), out);
        rest = behind.get(1..).unwrap_or_default();
    }
    write_field(rest, out);
    out.extend_from_slice(END);
}

fn write_field(line: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(FIELD);
    out.extend_from_slice(line);
    out.extend_from_slice(END);
}

fn without_cr(line: &[u8]) -> &[u8] {
    match line {
        [line @ .., b'\r'] if !line.is_empty() => line,
        line => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_fields() {
        let cases = [
            ("hello", "data: hello\r\n\r\n"),
            ("{}\u{1e}", "data: {}\u{1e}\r\n\r\n"),
            ("a\nb", "data: a\r\ndata: b\r\n\r\n"),
            ("a\r\nb", "data: a\r\ndata: b\r\n\r\n"),
            ("a\rb", "data: a\rb\r\n\r\n"),
            ("a\n", "data: a\r\ndata: \r\n\r\n"),
            ("\n", "data: \r\ndata: \r\n\r\n"),
            ("\r\n", "data: \r\r\ndata: \r\n\r\n"),
            ("\n\n", "data: \r\ndata: \r\ndata: \r\n\r\n"),
            ("a\n\r\nb", "data: a\r\ndata: \r\r\ndata: b\r\n\r\n"),
            ("a\r", "data: a\r\r\n\r\n"),
        ];
        for (message, expected) in cases {
            let mut out = Vec::new();
            EVENT.wrap(message.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{message:?}");
        }
    }
}
