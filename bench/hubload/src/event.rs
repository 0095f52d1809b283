//! What a server's messages say, as far as the scenarios want to know.

use memchr::memchr;
use wire::json;
use wire::message_pack::Reader;

use crate::options::Protocol;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// A completion with its result: in JSON as it is, in MessagePack the bytes of a string or the value as it is.
    Done {
        id: &'a [u8],
        result: &'a [u8],
    },
    /// A completion that tells an error.
    Failed {
        id: &'a [u8],
        error: &'a [u8],
    },
    /// An item of a stream.
    Item {
        id: &'a [u8],
    },
    /// A call and its first argument, a string.
    Call {
        text: &'a [u8],
    },
    Ping,
    Close {
        error: &'a [u8],
    },
}

impl Protocol {
    /// Reads a record; `None` if it is not understood.
    #[inline]
    pub(crate) fn event(self, record: &[u8]) -> Option<Event<'_>> {
        match self {
            Self::Json => usual(record).or_else(|| from_json(record)),
            Self::Messagepack => from_message_pack(record),
        }
    }
}

/// The shapes that nearly all messages have; anything else is scanned.
#[inline]
fn usual(record: &[u8]) -> Option<Event<'_>> {
    if let Some(rest) = record.strip_prefix(br#"{"type":3,"invocationId":""#) {
        let (id, rest) = rest.split_at(memchr(b'"', rest)?);
        let result = rest.strip_prefix(br#"","result":"#)?.strip_suffix(b"}")?;
        return Some(Event::Done { id, result });
    }
    if let Some(rest) = record.strip_prefix(br#"{"type":2,"invocationId":""#) {
        return Some(Event::Item { id: &rest[..memchr(b'"', rest)?] });
    }
    let text = record.strip_prefix(br#"{"type":1,"target":"ReceiveMessage","arguments":[""#)?;
    Some(Event::Call { text: text.strip_suffix(b"\"]}")? })
}

fn from_json(record: &[u8]) -> Option<Event<'_>> {
    let record = json::record(record)?;
    let id = record.id.unwrap_or_default();
    let text = || record.arguments.and_then(|array| json::elements(array).next()).and_then(json::unquoted);
    Some(match (record.kind, record.error) {
        (1, _) => Event::Call { text: text().unwrap_or_default() },
        (2, _) => Event::Item { id },
        (3, Some(error)) => Event::Failed { id, error },
        (3, None) => Event::Done { id, result: record.result.unwrap_or_default() },
        (6, _) => Event::Ping,
        (7, error) => Event::Close { error: error.unwrap_or_default() },
        _ => return None,
    })
}

#[inline]
fn from_message_pack(record: &[u8]) -> Option<Event<'_>> {
    let mut reader = Reader::new(record);
    let length = reader.array()?;
    let kind = reader.number()?;
    if matches!(kind, 1..=3) {
        reader.skip()?;
    }
    Some(match kind {
        1 => {
            reader.skip()?;
            reader.skip()?;
            let count = reader.array()?;
            Event::Call { text: if count > 0 { reader.text().flatten().unwrap_or_default() } else { b"" } }
        }
        2 => Event::Item { id: reader.text()?? },
        3 => completion(reader)?,
        6 => Event::Ping,
        7 => Event::Close { error: if length > 1 { reader.text()?.unwrap_or_default() } else { b"" } },
        _ => return None,
    })
}

#[inline]
fn completion(mut reader: Reader<'_>) -> Option<Event<'_>> {
    let id = reader.text()??;
    Some(match reader.number()? {
        1 => Event::Failed { id, error: reader.text()?.unwrap_or_default() },
        2 => Event::Done { id, result: b"" },
        3 => {
            let value = reader.rest();
            Event::Done { id, result: reader.text().flatten().unwrap_or(value) }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Option<Event<'_>> {
        Protocol::Json.event(text.as_bytes())
    }

    #[test]
    fn a_completion_is_read_in_any_shape() {
        for text in
            [r#"{"type":3,"invocationId":"12","result":"abc"}"#, r#"{"result":"abc","invocationId":"12","type":3}"#]
        {
            assert_eq!(event(text), Some(Event::Done { id: b"12", result: br#""abc""# }));
        }
        let failed = Event::Failed { id: b"12", error: b"no" };
        assert_eq!(event(r#"{"type":3,"invocationId":"12","error":"no"}"#), Some(failed));
    }

    #[test]
    fn other_messages_are_read_and_unknown_ones_are_not() {
        assert_eq!(event(r#"{"type":6}"#), Some(Event::Ping));
        assert_eq!(event(r#"{"type":7,"error":"x","allowReconnect":true}"#), Some(Event::Close { error: b"x" }));
        assert_eq!(
            event(r#"{"type":1,"target":"ReceiveMessage","arguments":["a"]}"#),
            Some(Event::Call { text: b"a" })
        );
        assert_eq!(event(r#"{"type":9}"#), None);
    }
}
