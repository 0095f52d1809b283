//! Writes messages, each with the separator that ends it (section 4.1).

use serde::Serialize;

use super::frame::RECORD_SEPARATOR;
use super::serialize::JsonSerializer;
use super::strings::write_string;
use super::{JsonOptions, MAX_LEVELS};
use crate::protocol::arguments::{ArgumentWriter, Arguments};
use crate::protocol::error::PayloadError;

/// A message being written: what was appended is taken back unless it is finished.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    options: JsonOptions,
}

impl<'o> Writer<'o> {
    fn new(out: &'o mut Vec<u8>, options: JsonOptions, head: &str) -> Self {
        let start = out.len();
        out.extend_from_slice(head.as_bytes());
        Self { out, start, options }
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// The id, unless it is empty.
    fn id(&mut self, id: &str) {
        if !id.is_empty() {
            self.string(r#","invocationId":"#, id);
        }
    }

    fn string(&mut self, name: &str, text: &str) {
        self.raw(name);
        write_string(self.out, text);
    }

    fn arguments<A: Arguments + ?Sized>(&mut self, arguments: &A) -> Result<(), PayloadError> {
        self.raw(r#","arguments":["#);
        let mut serializer = JsonSerializer::new(self.out, self.options, MAX_LEVELS - 2);
        let written = arguments.write(&mut ArgumentWriter::json(&mut serializer));
        self.or_take_back(written)?;
        self.raw("]");
        Ok(())
    }

    /// The streams that are uploaded, unless there are none.
    fn stream_ids(&mut self, ids: &[&str]) {
        for (index, id) in ids.iter().enumerate() {
            self.string(if index == 0 { r#","streamIds":["# } else { "," }, id);
        }
        if !ids.is_empty() {
            self.raw("]");
        }
    }

    fn value<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), PayloadError> {
        self.raw(name);
        let written = value.serialize(&mut JsonSerializer::new(self.out, self.options, MAX_LEVELS - 1));
        self.or_take_back(written)
    }

    fn or_take_back(&mut self, written: Result<(), PayloadError>) -> Result<(), PayloadError> {
        if written.is_err() {
            self.out.truncate(self.start);
        }
        written
    }

    fn finish(self) {
        self.out.extend_from_slice(&[b'}', RECORD_SEPARATOR]);
    }
}

/// The arguments as they stand between the brackets of a message.
pub(crate) fn arguments<A: Arguments + ?Sized>(options: JsonOptions, arguments: &A) -> Result<Vec<u8>, PayloadError> {
    let mut out = Vec::new();
    let mut serializer = JsonSerializer::new(&mut out, options, MAX_LEVELS - 2);
    arguments.write(&mut ArgumentWriter::json(&mut serializer))?;
    Ok(out)
}

pub(crate) fn invocation<A: Arguments + ?Sized>(
    out: &mut Vec<u8>,
    options: JsonOptions,
    id: Option<&str>,
    target: &str,
    arguments: &A,
    stream_ids: &[&str],
) -> Result<(), PayloadError> {
    let mut writer = Writer::new(out, options, r#"{"type":1"#);
    writer.id(id.unwrap_or_default());
    writer.string(r#","target":"#, target);
    writer.arguments(arguments)?;
    writer.stream_ids(stream_ids);
    writer.finish();
    Ok(())
}

pub(crate) fn stream_invocation<A: Arguments + ?Sized>(
    out: &mut Vec<u8>,
    options: JsonOptions,
    id: &str,
    target: &str,
    arguments: &A,
    stream_ids: &[&str],
) -> Result<(), PayloadError> {
    let mut writer = Writer::new(out, options, r#"{"type":4"#);
    writer.id(id);
    writer.string(r#","target":"#, target);
    writer.arguments(arguments)?;
    writer.stream_ids(stream_ids);
    writer.finish();
    Ok(())
}

pub(crate) fn stream_item<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    options: JsonOptions,
    id: &str,
    item: &T,
) -> Result<(), PayloadError> {
    let mut writer = Writer::new(out, options, r#"{"type":2"#);
    writer.id(id);
    writer.value(r#","item":"#, item)?;
    writer.finish();
    Ok(())
}

pub(crate) fn result<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    options: JsonOptions,
    id: &str,
    result: &T,
) -> Result<(), PayloadError> {
    let mut writer = Writer::new(out, options, r#"{"type":3"#);
    writer.id(id);
    writer.value(r#","result":"#, result)?;
    writer.finish();
    Ok(())
}

/// A result that is JSON already.
pub(crate) fn raw_result(out: &mut Vec<u8>, options: JsonOptions, id: &str, result: &[u8]) {
    let mut writer = Writer::new(out, options, r#"{"type":3"#);
    writer.id(id);
    writer.raw(r#","result":"#);
    writer.out.extend_from_slice(result);
    writer.finish();
}

pub(crate) fn void(out: &mut Vec<u8>, options: JsonOptions, id: &str) {
    let mut writer = Writer::new(out, options, r#"{"type":3"#);
    writer.id(id);
    writer.finish();
}

pub(crate) fn error(out: &mut Vec<u8>, options: JsonOptions, id: &str, text: &str) {
    let mut writer = Writer::new(out, options, r#"{"type":3"#);
    writer.id(id);
    writer.string(r#","error":"#, text);
    writer.finish();
}

pub(crate) fn cancel(out: &mut Vec<u8>, options: JsonOptions, id: &str) {
    let mut writer = Writer::new(out, options, r#"{"type":5"#);
    writer.id(id);
    writer.finish();
}

pub(crate) fn ping(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"type\":6}\x1e");
}

pub(crate) fn close(out: &mut Vec<u8>, options: JsonOptions, error: Option<&str>, allow_reconnect: bool) {
    let mut writer = Writer::new(out, options, r#"{"type":7"#);
    if let Some(error) = error {
        writer.string(r#","error":"#, error);
    }
    if allow_reconnect {
        writer.raw(r#","allowReconnect":true"#);
    }
    writer.finish();
}

pub(crate) fn ack(out: &mut Vec<u8>, options: JsonOptions, sequence_id: u64) {
    numbered(out, options, r#"{"type":8,"sequenceId":"#, sequence_id);
}

pub(crate) fn sequence(out: &mut Vec<u8>, options: JsonOptions, sequence_id: u64) {
    numbered(out, options, r#"{"type":9,"sequenceId":"#, sequence_id);
}

fn numbered(out: &mut Vec<u8>, options: JsonOptions, head: &str, sequence_id: u64) {
    let mut writer = Writer::new(out, options, head);
    writer.raw(itoa::Buffer::new().format(sequence_id));
    writer.finish();
}
