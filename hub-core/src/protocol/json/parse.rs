//! Reads the envelope of a message: one pass, borrowing, in whatever order its members are (sections 4.2 and 4.3).

use std::borrow::Cow;

use super::JsonOptions;
use super::read::{ReadError, read_integer, read_object, read_string, refuse};
use super::scan::{Kind, MAX_LEVELS, Scanner};
use crate::protocol::error::ProtocolError;
use crate::protocol::message::{Invocation, Message, Outcome, RawArguments, RawValue};

/// Reads a message, without the separator that ends it.
pub(crate) fn parse(message: &[u8], options: JsonOptions) -> Result<Message<'_>, ProtocolError> {
    let mut members = Members::default();
    read_object(message, |scanner| members.read(scanner))
        .map_err(|error| error.or(|_| ProtocolError::invalid_data("Error reading JSON.")))?;
    members.take_message(options)
}

/// The members of a message as far as they have been read. Of repeated ones the last counts (J-23).
#[derive(Default)]
struct Members<'a> {
    message_type: Option<i32>,
    id: Option<Cow<'a, str>>,
    target: Option<Target<'a>>,
    arguments: Option<Elements<'a>>,
    stream_ids: Vec<Cow<'a, str>>,
    headers: Headers<'a>,
    item: Option<&'a [u8]>,
    result: Option<&'a [u8]>,
    error: Option<Cow<'a, str>>,
    allow_reconnect: bool,
    sequence_id: Option<i64>,
}

type Headers<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

struct Target<'a> {
    text: Cow<'a, str>,
    escaped: bool,
}

/// An array and how many elements it has.
struct Elements<'a> {
    array: &'a [u8],
    count: usize,
}

impl<'a> Members<'a> {
    /// Reads one member. Those that most messages have are found by one comparison each, unless they are written with
    /// blanks or escapes.
    #[inline]
    fn read(&mut self, scanner: &mut Scanner<'a>) -> Result<(), ReadError> {
        if scanner.literal(br#""type":"#) {
            self.message_type = Some(read_type(scanner)?);
        } else if scanner.literal(br#""invocationId":"#) {
            self.id = Some(read_text(scanner, "invocationId")?);
        } else if scanner.literal(br#""target":"#) {
            self.target = Some(read_target(scanner)?);
        } else if scanner.literal(br#""arguments":"#) {
            self.arguments = Some(read_arguments(scanner)?);
        } else if scanner.literal(br#""item":"#) {
            self.item = Some(scanner.skip_value(MAX_LEVELS - 1)?);
        } else {
            self.read_named(&scanner.name()?.known_name(), scanner)?;
        }
        Ok(())
    }

    /// Reads one member. Those that are known are checked whatever the message is (J-35); others are skipped (J-21).
    fn read_named(&mut self, name: &[u8], scanner: &mut Scanner<'a>) -> Result<(), ReadError> {
        match name {
            b"type" => self.message_type = Some(read_type(scanner)?),
            b"invocationId" => self.id = Some(read_text(scanner, "invocationId")?),
            b"target" => self.target = Some(read_target(scanner)?),
            b"arguments" => self.arguments = Some(read_arguments(scanner)?),
            b"streamIds" => self.stream_ids = read_stream_ids(scanner)?,
            b"headers" => self.headers = read_headers(scanner)?,
            b"item" => self.item = Some(scanner.skip_value(MAX_LEVELS - 1)?),
            b"result" => self.result = Some(scanner.skip_value(MAX_LEVELS - 1)?),
            b"error" => self.error = Some(read_text(scanner, "error")?),
            b"allowReconnect" => self.allow_reconnect = read_bool(scanner)?,
            b"sequenceId" => self.sequence_id = read_integer(scanner, "sequenceId", "Int64")?,
            _ => drop(scanner.skip_value(MAX_LEVELS - 1)?),
        }
        Ok(())
    }

    fn take_message(&mut self, options: JsonOptions) -> Result<Message<'a>, ProtocolError> {
        match self.message_type.ok_or_else(|| ProtocolError::missing_property("type"))? {
            1 => self.take_invocation(options).map(Message::Invocation),
            2 => self.take_stream_item(options),
            3 => self.take_completion(options),
            4 => self.take_stream_invocation(options).map(Message::StreamInvocation),
            5 => Ok(Message::CancelInvocation { id: required_id(self.id.take())? }),
            6 => Ok(Message::Ping),
            7 => Ok(Message::Close { error: self.error.take(), allow_reconnect: self.allow_reconnect }),
            8 => Ok(Message::Ack { sequence_id: required_sequence_id(self.sequence_id)? }),
            9 => Ok(Message::Sequence { sequence_id: required_sequence_id(self.sequence_id)? }),
            _ => Ok(Message::Unknown),
        }
    }

    fn take_invocation(&mut self, options: JsonOptions) -> Result<Invocation<'a>, ProtocolError> {
        let target = self.target.take().ok_or_else(|| ProtocolError::missing_property("target"))?;
        // Without arguments an empty target counts as none (J-58).
        let missing = if target.text.is_empty() { "target" } else { "arguments" };
        let arguments = self.arguments.take().ok_or_else(|| ProtocolError::missing_property(missing))?;
        Ok(Invocation {
            id: self.id.take().filter(|id| !id.is_empty()),
            target: target.text,
            target_was_escaped: target.escaped,
            arguments: RawArguments::json(arguments.array, arguments.count, options),
            stream_ids: std::mem::take(&mut self.stream_ids),
            headers: std::mem::take(&mut self.headers),
            flaw: None,
        })
    }

    /// As an invocation, but the id is missed before the arguments are (J-39), and what is missing when the target is
    /// empty is always the arguments (J-58).
    fn take_stream_invocation(&mut self, options: JsonOptions) -> Result<Invocation<'a>, ProtocolError> {
        if self.target.is_some() && self.arguments.is_none() {
            required_id(self.id.take())?;
            return Err(ProtocolError::missing_property("arguments"));
        }
        self.take_invocation(options)
    }

    /// An item with an empty id belongs to a stream that nobody knows, but is one (J-25, J-65).
    fn take_stream_item(&mut self, options: JsonOptions) -> Result<Message<'a>, ProtocolError> {
        match (self.id.take(), self.item) {
            (Some(id), Some(item)) => Ok(Message::StreamItem { id, item: RawValue::json(item, options) }),
            (id, _) => required_id(id).and(Err(ProtocolError::missing_property("item"))),
        }
    }

    fn take_completion(&mut self, options: JsonOptions) -> Result<Message<'a>, ProtocolError> {
        let id = required_id(self.id.take())?;
        let outcome = match (self.error.take(), self.result) {
            (None, None) => Outcome::Void,
            (None, Some(result)) => Outcome::Result(RawValue::json(result, options)),
            (Some(error), None) => Outcome::Error(error),
            (Some(_), Some(_)) => {
                return Err(ProtocolError::invalid_data("The 'error' and 'result' properties are mutually exclusive."));
            }
        };
        Ok(Message::Completion { id, outcome })
    }
}

fn required_id(id: Option<Cow<'_, str>>) -> Result<Cow<'_, str>, ProtocolError> {
    id.filter(|id| !id.is_empty()).ok_or_else(|| ProtocolError::missing_property("invocationId"))
}

fn required_sequence_id(sequence_id: Option<i64>) -> Result<i64, ProtocolError> {
    sequence_id.ok_or_else(|| ProtocolError::missing_property("sequenceId"))
}

fn read_type(scanner: &mut Scanner<'_>) -> Result<i32, ReadError> {
    if let Some(digit) = scanner.digit() {
        return Ok(digit.into());
    }
    let message_type = read_integer(scanner, "type", "Int32")?;
    message_type.ok_or_else(|| ProtocolError::wrong_type("type", "Number").into())
}

fn read_bool(scanner: &mut Scanner<'_>) -> Result<bool, ReadError> {
    match scanner.kind()? {
        Kind::True => Ok(scanner.word(b"true").map(|()| true)?),
        Kind::False => Ok(scanner.word(b"false").map(|()| false)?),
        _ => Err(refuse(scanner, ProtocolError::invalid_data("Expected 'allowReconnect' to be true or false."))),
    }
}

fn read_text<'a>(scanner: &mut Scanner<'a>, property: &str) -> Result<Cow<'a, str>, ReadError> {
    match scanner.plain_text() {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => Ok(read_string(scanner, property)?.text()?),
    }
}

fn read_target<'a>(scanner: &mut Scanner<'a>) -> Result<Target<'a>, ReadError> {
    if let Some(text) = scanner.plain_text() {
        return Ok(Target { text: Cow::Borrowed(text), escaped: false });
    }
    let target = read_string(scanner, "target")?;
    Ok(Target { text: target.text()?, escaped: target.is_escaped() })
}

fn read_arguments<'a>(scanner: &mut Scanner<'a>) -> Result<Elements<'a>, ReadError> {
    if scanner.kind()? != Kind::Array {
        return Err(refuse(scanner, ProtocolError::wrong_type("arguments", "Array")));
    }
    let array = scanner.rest();
    let start = scanner.position();
    let mut count = 0;
    let mut more = scanner.open(b']');
    while more {
        scanner.skip_value(MAX_LEVELS - 2)?;
        count += 1;
        more = scanner.more(b']')?;
    }
    let length = scanner.position() - start;
    Ok(Elements { array: array.get(..length).unwrap_or_default(), count })
}

fn read_stream_ids<'a>(scanner: &mut Scanner<'a>) -> Result<Vec<Cow<'a, str>>, ReadError> {
    if scanner.kind()? != Kind::Array {
        return Err(refuse(scanner, ProtocolError::wrong_type("streamIds", "Array")));
    }
    let mut ids = Vec::new();
    let mut more = scanner.open(b']');
    while more {
        ids.push(read_stream_id(scanner)?);
        more = scanner.more(b']')?;
    }
    Ok(ids)
}

fn read_stream_id<'a>(scanner: &mut Scanner<'a>) -> Result<Cow<'a, str>, ReadError> {
    let error = match scanner.kind()? {
        Kind::String => return Ok(scanner.string()?.text()?),
        Kind::Null => ProtocolError::invalid_data("Null value for 'streamIds' is not valid."),
        Kind::Object => not_a_string("StartObject"),
        Kind::Array => not_a_string("StartArray"),
        scalar => not_a_string(scalar.name()),
    };
    Err(refuse(scanner, error))
}

fn not_a_string(token: &str) -> ProtocolError {
    ProtocolError::invalid_operation(format!("Cannot get the value of a token type '{token}' as a string."))
}

fn read_headers<'a>(scanner: &mut Scanner<'a>) -> Result<Headers<'a>, ReadError> {
    if scanner.kind()? != Kind::Object {
        return Err(refuse(scanner, ProtocolError::wrong_type("headers", "StartObject")));
    }
    let mut headers = Vec::new();
    let mut more = scanner.open(b'}');
    while more {
        let name = scanner.name()?.text()?;
        let value = read_header(scanner, &name)?;
        headers.push((name, value));
        more = scanner.more(b'}')?;
    }
    Ok(headers)
}

fn read_header<'a>(scanner: &mut Scanner<'a>, name: &str) -> Result<Cow<'a, str>, ReadError> {
    if scanner.kind()? == Kind::String {
        return Ok(scanner.string()?.text()?);
    }
    let text = format!("Expected header '{name}' to be of type String.");
    Err(refuse(scanner, ProtocolError::invalid_data(text)))
}
