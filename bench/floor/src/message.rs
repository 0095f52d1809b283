//! What is sent, as whole frames.

use wire::{message_pack, websocket};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json,
    MessagePack,
}

pub(crate) fn put_handshake(protocol: Protocol, out: &mut Vec<u8>) {
    let opcode = match protocol {
        Protocol::Json => websocket::TEXT,
        Protocol::MessagePack => websocket::BINARY,
    };
    websocket::put_frame(out, opcode, b"{}\x1e", None);
}

pub(crate) fn put_ping(protocol: Protocol, out: &mut Vec<u8>) {
    match protocol {
        Protocol::Json => put_json(out, &[b"{\"type\":6}\x1e"]),
        Protocol::MessagePack => put_message_pack(out, &[0x91, 6]),
    }
}

/// A call of the client's `ReceiveMessage`.
pub(crate) fn put_call(protocol: Protocol, out: &mut Vec<u8>, text: &[u8]) {
    match protocol {
        Protocol::Json => {
            put_json(out, &[br#"{"type":1,"target":"ReceiveMessage","arguments":[""#, text, b"\"]}\x1e"]);
        }
        Protocol::MessagePack => {
            let mut message = Vec::with_capacity(text.len() + 32);
            message.extend_from_slice(&[0x96, 1, 0x80, 0xC0]);
            message_pack::put_text(&mut message, b"ReceiveMessage");
            message.push(0x91);
            message_pack::put_text(&mut message, text);
            message.push(0x90);
            put_message_pack(out, &message);
        }
    }
}

/// A completion with a result that is encoded already.
#[inline]
pub(crate) fn put_result(protocol: Protocol, out: &mut Vec<u8>, id: &[u8], result: &[u8]) {
    match protocol {
        Protocol::Json => {
            put_json(out, &[br#"{"type":3,"invocationId":""#, id, br#"","result":"#, result, b"}\x1e"]);
        }
        Protocol::MessagePack => {
            let mut message = Vec::with_capacity(16 + id.len() + result.len());
            message.extend_from_slice(&[0x95, 3, 0x80]);
            message_pack::put_text(&mut message, id);
            message.push(3);
            message.extend_from_slice(result);
            put_message_pack(out, &message);
        }
    }
}

/// A completion without a result.
pub(crate) fn put_done(protocol: Protocol, out: &mut Vec<u8>, id: &[u8]) {
    match protocol {
        Protocol::Json => put_json(out, &[br#"{"type":3,"invocationId":""#, id, b"\"}\x1e"]),
        Protocol::MessagePack => {
            let mut message = vec![0x94, 3, 0x80];
            message_pack::put_text(&mut message, id);
            message.push(2);
            put_message_pack(out, &message);
        }
    }
}

/// A completion that tells an error.
pub(crate) fn put_error(protocol: Protocol, out: &mut Vec<u8>, id: &[u8], error: &[u8]) {
    match protocol {
        Protocol::Json => {
            put_json(out, &[br#"{"type":3,"invocationId":""#, id, br#"","error":""#, error, b"\"}\x1e"]);
        }
        Protocol::MessagePack => {
            let mut message = vec![0x95, 3, 0x80];
            message_pack::put_text(&mut message, id);
            message.push(1);
            message_pack::put_text(&mut message, error);
            put_message_pack(out, &message);
        }
    }
}

/// An item of a stream. `scratch` saves an allocation for each.
#[inline]
pub(crate) fn put_item(protocol: Protocol, out: &mut Vec<u8>, id: &[u8], item: u64, scratch: &mut Vec<u8>) {
    match protocol {
        Protocol::Json => {
            let mut digits = [0; 20];
            let digits = decimal(item, &mut digits);
            put_json(out, &[br#"{"type":2,"invocationId":""#, id, br#"","item":"#, digits, b"}\x1e"]);
        }
        Protocol::MessagePack => {
            scratch.clear();
            scratch.extend_from_slice(&[0x94, 2, 0x80]);
            message_pack::put_text(scratch, id);
            message_pack::put_number(scratch, item);
            put_message_pack(out, scratch);
        }
    }
}

#[inline]
fn put_json(out: &mut Vec<u8>, parts: &[&[u8]]) {
    websocket::put_header(out, websocket::TEXT, parts.iter().map(|part| part.len()).sum(), None);
    for part in parts {
        out.extend_from_slice(part);
    }
}

#[inline]
fn put_message_pack(out: &mut Vec<u8>, message: &[u8]) {
    let length = message_pack::length_size(message.len()) + message.len();
    websocket::put_header(out, websocket::BINARY, length, None);
    message_pack::put_length(out, message.len());
    out.extend_from_slice(message);
}

/// A number as a result.
pub(crate) fn number(protocol: Protocol, number: u64) -> Vec<u8> {
    match protocol {
        Protocol::Json => decimal(number, &mut [0; 20]).to_vec(),
        Protocol::MessagePack => {
            let mut out = Vec::new();
            message_pack::put_number(&mut out, number);
            out
        }
    }
}

#[inline]
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[start..];
        }
    }
}
