//! What is sent.

use memchr::memmem;
use wire::{message_pack, websocket};

use crate::options::{Protocol, Target, Transport};

/// The key of all frames: fixed, so that frames can be made once, and not zero, so that servers have to unmask.
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Stands for the invocation id in a template.
pub(crate) const ID: &str = "00000000";
/// Stands for a number in a template.
pub(crate) const NUMBER: &str = "<number>";
/// Stands for a sequence number and a time in a template.
const STAMP: &str = "<sequence and its time.>";

pub(crate) enum Argument<'a> {
    Text(&'a str),
    Number(u64),
}

/// A call (kind 1) or the request for a stream (kind 4); without an id nothing is answered.
pub(crate) fn call(
    protocol: Protocol,
    kind: u8,
    id: Option<&str>,
    target: &str,
    arguments: &[Argument<'_>],
    stream: Option<&str>,
) -> Vec<u8> {
    match protocol {
        Protocol::Json => json_call(kind, id, target, arguments, stream).into_bytes(),
        Protocol::Messagepack => message_pack_call(kind, id, target, arguments, stream),
    }
}

fn json_call(kind: u8, id: Option<&str>, target: &str, arguments: &[Argument<'_>], stream: Option<&str>) -> String {
    let id = id.map_or_else(String::new, |id| format!(r#""invocationId":"{id}","#));
    let arguments: Vec<_> = arguments
        .iter()
        .map(|argument| match argument {
            Argument::Text(text) => format!("\"{text}\""),
            Argument::Number(number) => number.to_string(),
        })
        .collect();
    let stream = stream.map_or_else(String::new, |stream| format!(r#","streamIds":["{stream}"]"#));
    let arguments = arguments.join(",");
    format!("{{\"type\":{kind},{id}\"target\":\"{target}\",\"arguments\":[{arguments}]{stream}}}\x1e")
}

fn message_pack_call(
    kind: u8,
    id: Option<&str>,
    target: &str,
    arguments: &[Argument<'_>],
    stream: Option<&str>,
) -> Vec<u8> {
    let mut out = vec![0x96, kind, 0x80];
    match id {
        Some(id) => message_pack::put_text(&mut out, id.as_bytes()),
        None => out.push(0xC0),
    }
    message_pack::put_text(&mut out, target.as_bytes());
    message_pack::put_array(&mut out, arguments.len());
    for argument in arguments {
        match argument {
            Argument::Text(text) => message_pack::put_text(&mut out, text.as_bytes()),
            Argument::Number(number) => message_pack::put_number(&mut out, *number),
        }
    }
    message_pack::put_array(&mut out, stream.iter().len());
    if let Some(stream) = stream {
        message_pack::put_text(&mut out, stream.as_bytes());
    }
    message_pack::framed(&out)
}

pub(crate) fn handshake(protocol: Protocol) -> Vec<u8> {
    let name = match protocol {
        Protocol::Json => "json",
        Protocol::Messagepack => "messagepack",
    };
    format!("{{\"protocol\":\"{name}\",\"version\":1}}\x1e").into_bytes()
}

pub(crate) fn ping(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Json => b"{\"type\":6}\x1e".to_vec(),
        Protocol::Messagepack => vec![2, 0x91, 6],
    }
}

/// An item of an upload.
pub(crate) fn item(protocol: Protocol, stream: &str, item: u64) -> Vec<u8> {
    match protocol {
        Protocol::Json => format!("{{\"type\":2,\"invocationId\":\"{stream}\",\"item\":{item}}}\x1e").into_bytes(),
        Protocol::Messagepack => {
            let mut out = vec![0x94, 2, 0x80];
            message_pack::put_text(&mut out, stream.as_bytes());
            message_pack::put_number(&mut out, item);
            message_pack::framed(&out)
        }
    }
}

/// The end of an upload.
pub(crate) fn end(protocol: Protocol, stream: &str) -> Vec<u8> {
    match protocol {
        Protocol::Json => format!("{{\"type\":3,\"invocationId\":\"{stream}\"}}\x1e").into_bytes(),
        Protocol::Messagepack => {
            let mut out = vec![0x94, 3, 0x80];
            message_pack::put_text(&mut out, stream.as_bytes());
            out.push(2);
            message_pack::framed(&out)
        }
    }
}

/// A record as the transport carries it: a masked frame, or as it is.
pub(crate) fn wrapped(target: &Target, record: &[u8]) -> Vec<u8> {
    let opcode = match target.protocol {
        Protocol::Json => websocket::TEXT,
        Protocol::Messagepack => websocket::BINARY,
    };
    match target.transport {
        Transport::Ws => frame(opcode, record),
        Transport::Sse | Transport::Lp => record.to_vec(),
    }
}

pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 14);
    websocket::put_frame(&mut out, opcode, payload, Some(KEY));
    out
}

/// A text of this length.
pub(crate) fn text(length: usize) -> String {
    (b'A'..=b'Z').chain(b'a'..=b'z').cycle().take(length).map(char::from).collect()
}

/// A text with room for a stamp.
pub(crate) fn stamped_text(length: usize) -> String {
    format!("{STAMP}{}", text(length.saturating_sub(STAMP.len())))
}

/// The sequence number and the time of a stamp.
#[inline]
pub(crate) fn stamp(text: &[u8]) -> Option<(u64, u64)> {
    let (sequence, rest) = text.split_first_chunk::<8>()?;
    let (time, _) = rest.split_first_chunk::<16>()?;
    Some((wire::json::number(sequence)?, wire::json::number(time)?))
}

/// A message made once, of which digits change each time it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    /// Where the payload begins.
    base: usize,
    is_masked: bool,
    id: Option<usize>,
    numbers: Vec<usize>,
    stamp: Option<usize>,
}

impl Template {
    pub(crate) fn new(target: &Target, record: &[u8]) -> Self {
        let bytes = wrapped(target, record);
        Self {
            base: bytes.len() - record.len(),
            is_masked: target.transport == Transport::Ws,
            id: memmem::find(record, ID.as_bytes()),
            numbers: memmem::find_iter(record, NUMBER).collect(),
            stamp: memmem::find(record, STAMP.as_bytes()),
            bytes,
        }
    }

    /// Appends more records behind the first one, as they are.
    pub(crate) fn push(&mut self, target: &Target, record: &[u8]) {
        self.bytes.extend_from_slice(&wrapped(target, record));
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    pub(crate) fn with_id(&mut self, id: u32) -> &[u8] {
        if let Some(at) = self.id {
            self.put(at, ID.len(), u64::from(id));
        }
        &self.bytes
    }

    pub(crate) fn with_number(&mut self, number: u64) -> &mut Self {
        for index in 0..self.numbers.len() {
            self.put(self.numbers[index], NUMBER.len(), number);
        }
        self
    }

    #[inline]
    pub(crate) fn with_stamp(&mut self, sequence: u64, nanoseconds: u64) -> &[u8] {
        if let Some(at) = self.stamp {
            self.put(at, 8, sequence);
            self.put(at + 8, 16, nanoseconds);
        }
        &self.bytes
    }

    #[inline]
    fn put(&mut self, at: usize, digits: usize, mut number: u64) {
        for index in (at..at + digits).rev() {
            let key = if self.is_masked { KEY[index % 4] } else { 0 };
            self.bytes[self.base + index] = (b'0' + (number % 10) as u8) ^ key;
            number /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn a_stamp_is_read_back_in_both_protocols() {
        for protocol in [Protocol::Json, Protocol::Messagepack] {
            let text = stamped_text(64).replace(STAMP, &"7".repeat(STAMP.len()));
            let record = call(protocol, 1, None, "ReceiveMessage", &[Argument::Text(&text)], None);
            let record = match protocol {
                Protocol::Json => &record[..record.len() - 1],
                Protocol::Messagepack => message_pack::split(&record).unwrap().1,
            };
            let Some(Event::Call { text }) = protocol.event(record) else { panic!("{protocol:?}") };
            assert_eq!(stamp(text), Some((77_777_777, 7_777_777_777_777_777)));
        }
    }
}
