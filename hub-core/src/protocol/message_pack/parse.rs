//! Reads the envelope of a message: an array, item by item (sections 5.2 and 5.3).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Display;

use super::MessagePackOptions;
use super::reader::{Reader, Unreadable};
use crate::protocol::error::ProtocolError;
use crate::protocol::message::{Invocation, Message, Outcome, RawArguments, RawValue};

/// Reads a message, without the length before it. What is behind it is ignored (M-6), as are more items than a
/// message has (M-22).
pub(crate) fn parse(message: &[u8], options: MessagePackOptions) -> Result<Message<'_>, ProtocolError> {
    if let Some(item) = plain_item(message, options) {
        return Ok(item);
    }
    let mut reader = Reader::new(message);
    let items = reader.array()?;
    let mut envelope = Envelope { reader, items, options };
    match envelope.integer("messageType", "Int32")? {
        1 => envelope.invocation().map(Message::Invocation),
        2 => envelope.stream_item(),
        3 => envelope.completion(),
        4 => envelope.stream_invocation().map(Message::StreamInvocation),
        5 => envelope.required_id("CancelInvocation").map(|id| Message::CancelInvocation { id }),
        6 => Ok(Message::Ping),
        7 => envelope.close(),
        8 => Ok(Message::Ack { sequence_id: envelope.integer("sequenceId", "Int64")? }),
        9 => Ok(Message::Sequence { sequence_id: envelope.integer("sequenceId", "Int64")? }),
        _ => Ok(Message::Unknown),
    }
}

/// An item of a stream in the form that most have, seen at once: without headers, and with a short id.
fn plain_item(message: &[u8], options: MessagePackOptions) -> Option<Message<'_>> {
    let [0x94, 2, 0x80, code @ 0xA1..=0xBF, rest @ ..] = message else { return None };
    let (id, item) = rest.split_at_checked(usize::from(code & 0x1F))?;
    let id = Cow::Borrowed(str::from_utf8(id).ok()?);
    Some(Message::StreamItem { id, item: RawValue::message_pack(item, "item", options) })
}

/// A message whose items are read one after the other.
struct Envelope<'a> {
    reader: Reader<'a>,
    /// How many there are.
    items: usize,
    options: MessagePackOptions,
}

type Headers<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl<'a> Envelope<'a> {
    fn invocation(&mut self) -> Result<Invocation<'a>, ProtocolError> {
        let headers = self.headers()?;
        let id = self.string("invocationId")?.filter(|id| !id.is_empty());
        let target = required(self.string("target")?, "target for Invocation message")?;
        Ok(self.call(headers, id, target))
    }

    /// As an invocation, but with an id, and with the target spelled as sent in error texts (D-6).
    fn stream_invocation(&mut self) -> Result<Invocation<'a>, ProtocolError> {
        let headers = self.headers()?;
        let id = required(self.string("invocationId")?, "invocation ID for StreamInvocation message")?;
        let target = required(self.string("target")?, "target for StreamInvocation message")?;
        Ok(Invocation { target_was_escaped: true, ..self.call(headers, Some(id), target) })
    }

    fn call(&mut self, headers: Headers<'a>, id: Option<Cow<'a, str>>, target: Cow<'a, str>) -> Invocation<'a> {
        let array = self.reader.rest();
        let (arguments, stream_ids) = match self.reader.array() {
            Ok(count) => {
                let arguments = RawArguments::message_pack(array, self.reader.rest(), count, self.options);
                (arguments, self.stream_ids_behind(count))
            }
            Err(_) => (RawArguments::unreadable(array, self.options), Ok(Vec::new())),
        };
        let (stream_ids, flaw) = match stream_ids {
            Ok(stream_ids) => (stream_ids, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Invocation { id, target, target_was_escaped: false, arguments, stream_ids, headers, flaw }
    }

    fn stream_item(&mut self) -> Result<Message<'a>, ProtocolError> {
        let id = self.required_id("StreamItem")?;
        Ok(Message::StreamItem { id, item: self.value("item") })
    }

    fn completion(&mut self) -> Result<Message<'a>, ProtocolError> {
        let id = self.required_id("Completion")?;
        let outcome = match self.integer("resultKind", "Int32")? {
            1 => self.string("error")?.map_or(Outcome::Void, Outcome::Error),
            2 => Outcome::Void,
            3 => Outcome::Result(self.value("argument")),
            _ => return Err(ProtocolError::invalid_data("Invalid invocation result kind.")),
        };
        Ok(Message::Completion { id, outcome })
    }

    fn close(&mut self) -> Result<Message<'a>, ProtocolError> {
        let error = self.string("error")?;
        let allow_reconnect =
            self.items > 2 && self.reader.bool().map_err(|_| failed("'allowReconnect' as Boolean"))?;
        Ok(Message::Close { error, allow_reconnect })
    }

    /// The headers, which mean nothing here (M-27), and the id behind them.
    fn required_id(&mut self, message_type: &str) -> Result<Cow<'a, str>, ProtocolError> {
        self.headers()?;
        required(self.string("invocationId")?, format_args!("invocation ID for {message_type} message"))
    }

    fn headers(&mut self) -> Result<Headers<'a>, ProtocolError> {
        let count = self.reader.map().map_err(|_| failed("map length for 'headers'"))?;
        if count == 0 { Ok(Vec::new()) } else { self.some_headers(count) }
    }

    fn some_headers(&mut self, count: usize) -> Result<Headers<'a>, ProtocolError> {
        let (mut headers, mut names) = (Vec::new(), HashSet::new());
        for index in 0..count {
            let name = self.string(format_args!("headers[{index}].Key"))?;
            let name = required(name, "key in header")?;
            let value = self.string(format_args!("headers[{index}].Value"))?;
            let value = required(value, "value in header")?;
            if !names.insert(name.clone()) {
                return Err(ProtocolError::repeated_header(&name));
            }
            headers.push((name, value));
        }
        Ok(headers)
    }

    /// The stream ids behind so many arguments. Clients may leave them out when there are none (M-20).
    fn stream_ids_behind(&mut self, arguments: usize) -> Result<Vec<Cow<'a, str>>, ProtocolError> {
        if self.items <= 5 {
            return Ok(Vec::new());
        }
        let count = self.reader.skip_values(arguments).and_then(|()| self.reader.array());
        let count = count.map_err(|_| failed("array length for 'streamIds'"))?;
        let mut stream_ids = Vec::new();
        for _ in 0..count {
            stream_ids.push(required(self.reader.text()?, "value in streamIds received")?);
        }
        Ok(stream_ids)
    }

    /// The value that is the rest of the message, or that should be there (M-44, M-45).
    fn value(&self, field: &'static str) -> RawValue<'a> {
        RawValue::message_pack(self.reader.rest(), field, self.options)
    }

    fn string(&mut self, field: impl Display) -> Result<Option<Cow<'a, str>>, ProtocolError> {
        self.reader.text().map_err(|_| failed(format_args!("'{field}' as String")))
    }

    fn integer<T: TryFrom<i128>>(&mut self, field: &str, type_name: &str) -> Result<T, ProtocolError> {
        self.reader.integer().map_err(|_| failed(format_args!("'{field}' as {type_name}")))
    }
}

/// Skips a value that nobody waits for.
pub(crate) fn skip(value: &[u8]) -> Result<(), ProtocolError> {
    Ok(Reader::new(value).skip_value()?)
}

fn required(text: Option<Cow<'_, str>>, what: impl Display) -> Result<Cow<'_, str>, ProtocolError> {
    let text = text.filter(|text| !text.is_empty());
    text.ok_or_else(|| ProtocolError::invalid_data(format!("Null or empty {what}.")))
}

fn failed(what: impl Display) -> ProtocolError {
    ProtocolError::invalid_data(format!("Reading {what} failed."))
}

impl From<Unreadable> for ProtocolError {
    fn from(unreadable: Unreadable) -> Self {
        let text = unreadable.to_string();
        match unreadable {
            Unreadable::EndOfStream => Self::end_of_stream(text),
            Unreadable::Code(_) => Self::message_pack(text),
        }
    }
}
