//! A message to connections, once for each protocol.

use bytes::Bytes;
use hub_core::{ConnectionId, OutgoingMessage};
use rmp::encode;

use super::{Reader, Unreadable};

/// What came over the channel of all, of a group, of a user or of a connection.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) excluded: Vec<ConnectionId>,
    pub(crate) message: OutgoingMessage,
    /// The third item, which counts on the channels of connections, and as a mark on the others.
    pub(crate) third: Option<String>,
    /// The fourth item: where the answer goes.
    pub(crate) return_channel: Option<String>,
}

/// What makes an invocation a question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) id: &'a str,
    pub(crate) return_channel: &'a str,
}

impl Invocation {
    /// Reads an invocation. Further items, further protocols and their order do not matter.
    pub(crate) fn read(payload: &Bytes) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(payload);
        let items = reader.array(2, "Insufficient items in Invocation array.")?;
        let mut excluded = Vec::new();
        for _ in 0..reader.array(0, "")? {
            excluded.extend(reader.optional_text()?.map(ConnectionId::from));
        }
        let mut encodings = Vec::new();
        for _ in 0..reader.map()? {
            let protocol = reader.text()?.to_owned();
            encodings.push((protocol, reader.bytes()?));
        }
        let mut behind = |item| if items >= item { reader.optional_text() } else { Ok(None) };
        // What stands there in messages of another version may be of any kind.
        let third = behind(3).unwrap_or_default().map(str::to_owned);
        let return_channel = behind(4).unwrap_or_default().map(str::to_owned);
        Ok(Self { excluded, message: OutgoingMessage::from_encodings(encodings), third, return_channel })
    }
}

/// Writes an invocation; as a question, or with the mark of its sender, or neither.
pub(crate) fn write_invocation(
    excluded: &[ConnectionId],
    message: &OutgoingMessage,
    asked: Option<Asked<'_>>,
    mark: Option<&str>,
) -> Vec<u8> {
    let mut out =
        Vec::with_capacity(64 + message.encodings().map(|(name, bytes)| name.len() + bytes.len() + 8).sum::<usize>());
    let items = match (asked, mark) {
        (Some(_), _) => 4,
        (None, Some(_)) => 3,
        (None, None) => 2,
    };
    array(&mut out, items);
    array(&mut out, excluded.len());
    for id in excluded {
        text(&mut out, id.as_str());
    }
    infallible(encode::write_map_len(&mut out, size(message.encodings().count())));
    for (protocol, bytes) in message.encodings() {
        text(&mut out, protocol);
        infallible(encode::write_bin(&mut out, bytes));
    }
    if let Some(Asked { id, return_channel }) = asked {
        text(&mut out, id);
        text(&mut out, return_channel);
    } else if let Some(mark) = mark {
        text(&mut out, mark);
    }
    out
}

pub(super) fn array(out: &mut Vec<u8>, items: usize) {
    infallible(encode::write_array_len(out, size(items)));
}

pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    infallible(encode::write_str(out, text));
}

pub(super) fn integer(out: &mut Vec<u8>, value: i32) {
    infallible(encode::write_sint(out, value.into()));
}

pub(super) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    infallible(encode::write_bin(out, bytes));
}

fn size(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

/// A vector takes whatever is written.
fn infallible<T, E: std::fmt::Debug>(written: Result<T, E>) {
    debug_assert!(written.is_ok(), "{:?}", written.err());
}
