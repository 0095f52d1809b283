//! What clients send, from either protocol.

use wire::{json, message_pack};

use crate::message::Protocol;

#[derive(Debug)]
pub(crate) enum Request<'a> {
    /// A call or the beginning of a stream.
    Call(Call<'a>),
    /// An item of an upload.
    Item {
        stream: &'a [u8],
        value: u64,
    },
    /// The end of an upload.
    End {
        stream: &'a [u8],
    },
    /// A stream is no longer wanted.
    Cancel {
        id: &'a [u8],
    },
    Close,
    /// What needs no answer, such as a ping.
    Other,
}

#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) target: &'a [u8],
    pub(crate) arguments: Arguments<'a>,
    /// The id of the first stream that the client sends along.
    pub(crate) stream: Option<&'a [u8]>,
}

/// Arguments one after the other.
#[derive(Debug)]
pub(crate) enum Arguments<'a> {
    Json(json::Elements<'a>),
    MessagePack(message_pack::Reader<'a>),
}

impl<'a> Arguments<'a> {
    /// The next one, as it is.
    #[inline]
    pub(crate) fn raw(&mut self) -> Option<&'a [u8]> {
        match self {
            Self::Json(elements) => elements.next(),
            Self::MessagePack(reader) => reader.raw(),
        }
    }

    /// The next one, a string.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        match self {
            Self::Json(elements) => elements.next().and_then(json::unquoted),
            Self::MessagePack(reader) => reader.text().flatten(),
        }
    }

    /// The next one, a number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        match self {
            Self::Json(elements) => elements.next().and_then(json::number),
            Self::MessagePack(reader) => reader.number(),
        }
    }
}

impl Protocol {
    /// Splits off a record: how many bytes it took, and the record. `None` if it is incomplete.
    #[inline]
    pub(crate) fn split(self, bytes: &[u8]) -> Option<(usize, &[u8])> {
        match self {
            Self::Json => {
                let end = bytes.iter().position(|&byte| byte == json::SEPARATOR)?;
                Some((end + 1, &bytes[..end]))
            }
            Self::MessagePack => message_pack::split(bytes).map(|(start, record)| (start + record.len(), record)),
        }
    }

    #[inline]
    pub(crate) fn request(self, record: &[u8]) -> Option<Request<'_>> {
        match self {
            Self::Json => usual_call(record).or_else(|| from_json(record)),
            Self::MessagePack => from_message_pack(record),
        }
    }
}

/// A call in the shape that the load generator sends; anything else is scanned.
#[inline]
fn usual_call(record: &[u8]) -> Option<Request<'_>> {
    let rest = record.strip_prefix(br#"{"type":1,"invocationId":""#)?.strip_suffix(b"]}")?;
    let (id, rest) = rest.split_at(rest.iter().position(|&byte| byte == b'"')?);
    let rest = rest.strip_prefix(br#"","target":""#)?;
    let (target, rest) = rest.split_at(rest.iter().position(|&byte| byte == b'"')?);
    rest.strip_prefix(br#"","arguments":["#).filter(|_| target != b"UploadSum")?;
    let arguments = &record[record.len() - 2 - rest.len() + br#"","arguments":"#.len()..record.len() - 1];
    Some(Request::Call(Call {
        id: Some(id),
        target,
        arguments: Arguments::Json(json::elements(arguments)),
        stream: None,
    }))
}

fn from_json(record: &[u8]) -> Option<Request<'_>> {
    let record = json::record(record)?;
    Some(match record.kind {
        1 | 4 => Request::Call(Call {
            id: record.id,
            target: record.target?,
            arguments: Arguments::Json(json::elements(record.arguments.unwrap_or(b"[]"))),
            stream: record.stream_ids.and_then(|ids| json::elements(ids).next()).and_then(json::unquoted),
        }),
        2 => Request::Item { stream: record.id?, value: json::number(record.item?)? },
        3 => Request::End { stream: record.id? },
        5 => Request::Cancel { id: record.id? },
        7 => Request::Close,
        _ => Request::Other,
    })
}

fn from_message_pack(record: &[u8]) -> Option<Request<'_>> {
    let mut reader = message_pack::Reader::new(record);
    reader.array()?;
    let kind = reader.number()?;
    if matches!(kind, 1..=5) {
        reader.skip()?;
    }
    Some(match kind {
        1 | 4 => Request::Call(message_pack_call(reader)?),
        2 => Request::Item { stream: reader.text()??, value: reader.number()? },
        3 => Request::End { stream: reader.text()?? },
        5 => Request::Cancel { id: reader.text()?? },
        7 => Request::Close,
        _ => Request::Other,
    })
}

fn message_pack_call(mut reader: message_pack::Reader<'_>) -> Option<Call<'_>> {
    let (id, target) = (reader.text()?, reader.text()??);
    let count = reader.array()?;
    let arguments = Arguments::MessagePack(reader.clone());
    (0..count).try_for_each(|_| reader.skip())?;
    let stream = if reader.array()? > 0 { reader.text()? } else { None };
    Some(Call { id, target, arguments, stream })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(record: &[u8]) -> Call<'_> {
        match Protocol::Json.request(record) {
            Some(Request::Call(call)) => call,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_call_is_read_in_the_usual_shape_and_in_any_other() {
        for record in [
            &br#"{"type":1,"invocationId":"7","target":"SendToGroup","arguments":["a","b"]}"#[..],
            br#"{"arguments":["a", "b"],"target":"SendToGroup","type":1,"invocationId":"7"}"#,
        ] {
            let mut call = call(record);
            assert_eq!((call.id, call.target), (Some(&b"7"[..]), &b"SendToGroup"[..]));
            assert_eq!(call.arguments.text(), Some(&b"a"[..]));
            assert_eq!(call.arguments.raw(), Some(&br#""b""#[..]));
            assert_eq!(call.arguments.raw(), None);
        }
    }

    #[test]
    fn an_upload_names_its_stream() {
        let record = br#"{"type":1,"invocationId":"7","target":"UploadSum","arguments":[],"streamIds":["s"]}"#;
        assert_eq!(call(record).stream, Some(&b"s"[..]));
    }
}
