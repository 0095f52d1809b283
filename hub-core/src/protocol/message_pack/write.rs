//! Writes messages, each behind its length (section 5.2).

use rmp::{Marker, encode};
use serde::Serialize;

use super::MessagePackOptions;
use super::frame::write_length;
use super::serialize::MessagePackSerializer;
use crate::protocol::arguments::{ArgumentWriter, Arguments};
use crate::protocol::error::PayloadError;

type Written = Result<(), PayloadError>;

/// Appends a message of so many items, the first being its type; or nothing, if one of the others cannot be written.
fn message(out: &mut Vec<u8>, items: u8, message_type: u8, write: impl FnOnce(&mut Vec<u8>) -> Written) -> Written {
    let start = out.len();
    // Most lengths take one byte.
    out.extend_from_slice(&[0, Marker::FixArray(items).to_u8(), message_type]);
    let written = write(out);
    match &written {
        Ok(()) => write_length(out, start),
        Err(_) => out.truncate(start),
    }
    written
}

/// A message whose items can always be written.
fn plain_message(out: &mut Vec<u8>, items: u8, message_type: u8, write: impl FnOnce(&mut Vec<u8>) -> Written) {
    let written = message(out, items, message_type, write);
    debug_assert!(written.is_ok(), "a text of more than 4 GB");
}

/// No headers, and an id, which is nil when it is empty.
fn head(out: &mut Vec<u8>, id: &str) -> Written {
    encode::write_map_len(out, 0)?;
    optional_text(out, id)
}

fn optional_text(out: &mut Vec<u8>, text: &str) -> Written {
    if text.is_empty() {
        out.push(Marker::Null.to_u8());
        return Ok(());
    }
    Ok(encode::write_str(out, text)?)
}

fn call<A: Arguments + ?Sized>(
    out: &mut Vec<u8>,
    options: MessagePackOptions,
    id: &str,
    target: &str,
    arguments: &A,
) -> Written {
    head(out, id)?;
    encode::write_str(out, target)?;
    let mut serializer = MessagePackSerializer::new(out, options);
    let array = serializer.array(Some(arguments.count()))?;
    arguments.write(&mut ArgumentWriter::message_pack(array))
}

/// The arguments as they stand in the array of a message.
pub(crate) fn arguments<A: Arguments + ?Sized>(
    options: MessagePackOptions,
    arguments: &A,
) -> Result<Vec<u8>, PayloadError> {
    let mut out = Vec::new();
    let mut serializer = MessagePackSerializer::new(&mut out, options);
    let array = serializer.array(Some(arguments.count()))?;
    arguments.write(&mut ArgumentWriter::message_pack(array)).map_err(PayloadError::of_message_pack)?;
    let mut head = Vec::new();
    MessagePackSerializer::new(&mut head, options).array(Some(arguments.count()))?;
    out.drain(..head.len());
    Ok(out)
}

fn value<T: Serialize + ?Sized>(out: &mut Vec<u8>, options: MessagePackOptions, value: &T) -> Written {
    value.serialize(&mut MessagePackSerializer::new(out, options))
}

pub(crate) fn invocation<A: Arguments + ?Sized>(
    out: &mut Vec<u8>,
    options: MessagePackOptions,
    id: Option<&str>,
    target: &str,
    arguments: &A,
    stream_ids: &[&str],
) -> Written {
    let written = message(out, 6, 1, |out| {
        call(out, options, id.unwrap_or_default(), target, arguments)?;
        value(out, options, stream_ids)
    });
    written.map_err(PayloadError::of_message_pack)
}

pub(crate) fn stream_invocation<A: Arguments + ?Sized>(
    out: &mut Vec<u8>,
    options: MessagePackOptions,
    id: &str,
    target: &str,
    arguments: &A,
    stream_ids: &[&str],
) -> Written {
    let written = message(out, 6, 4, |out| {
        call(out, options, id, target, arguments)?;
        value(out, options, stream_ids)
    });
    written.map_err(PayloadError::of_message_pack)
}

pub(crate) fn stream_item<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    options: MessagePackOptions,
    id: &str,
    item: &T,
) -> Written {
    let written = message(out, 4, 2, |out| {
        head(out, id)?;
        value(out, options, item)
    });
    written.map_err(PayloadError::of_message_pack)
}

/// How a completion ends (section 5.2).
const ERROR: u8 = 1;
const VOID: u8 = 2;
const RESULT: u8 = 3;

pub(crate) fn result<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    options: MessagePackOptions,
    id: &str,
    result: &T,
) -> Written {
    let written = message(out, 5, 3, |out| {
        head(out, id)?;
        out.push(RESULT);
        value(out, options, result)
    });
    written.map_err(PayloadError::of_message_pack)
}

/// A result that is MessagePack already.
pub(crate) fn raw_result(out: &mut Vec<u8>, id: &str, result: &[u8]) {
    plain_message(out, 5, 3, |out| {
        head(out, id)?;
        out.push(RESULT);
        out.extend_from_slice(result);
        Ok(())
    });
}

pub(crate) fn void(out: &mut Vec<u8>, id: &str) {
    plain_message(out, 4, 3, |out| {
        head(out, id)?;
        out.push(VOID);
        Ok(())
    });
}

pub(crate) fn error(out: &mut Vec<u8>, id: &str, text: &str) {
    plain_message(out, 5, 3, |out| {
        head(out, id)?;
        out.push(ERROR);
        Ok(encode::write_str(out, text)?)
    });
}

pub(crate) fn cancel(out: &mut Vec<u8>, id: &str) {
    plain_message(out, 3, 5, |out| head(out, id));
}

pub(crate) fn ping(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x02\x91\x06");
}

/// An empty error is written as none (M-10).
pub(crate) fn close(out: &mut Vec<u8>, error: Option<&str>, allow_reconnect: bool) {
    plain_message(out, 3, 7, |out| {
        optional_text(out, error.unwrap_or_default())?;
        out.push(if allow_reconnect { Marker::True } else { Marker::False }.to_u8());
        Ok(())
    });
}

pub(crate) fn ack(out: &mut Vec<u8>, sequence_id: u64) {
    plain_message(out, 2, 8, |out| Ok(encode::write_uint(out, sequence_id).map(drop)?));
}

pub(crate) fn sequence(out: &mut Vec<u8>, sequence_id: u64) {
    plain_message(out, 2, 9, |out| Ok(encode::write_uint(out, sequence_id).map(drop)?));
}
