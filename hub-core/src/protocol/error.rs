//! What can be wrong with a message, and with a value in it.

use std::borrow::Cow;
use std::fmt;

/// A message that is not one: the connection it came from ends (J-34).
///
/// The kind is the name of the exception which ASP.NET Core throws for it, because peers see that name when detailed
/// errors are on; the text is ASP.NET Core's too, but for those of its serializers (V-46).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolError {
    kind: &'static str,
    text: Cow<'static, str>,
}

impl ProtocolError {
    /// The name of the exception type: `InvalidDataException`, `FormatException`, `InvalidOperationException`,
    /// `JsonReaderException`, and in MessagePack `EndOfStreamException`, `MessagePackSerializationException` or
    /// `ArgumentException`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What is wrong, without the kind.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The message lacks a member that its type needs.
    ///
    /// Public for the one case that the parser cannot decide alone: a stream invocation without id is an error only
    /// when its target is known and its arguments bind (J-42).
    pub fn missing_property(name: &str) -> Self {
        Self::invalid_data(format!("Missing required property '{name}'."))
    }

    pub(crate) fn invalid_data(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "InvalidDataException", text: text.into() }
    }

    pub(super) fn invalid_operation(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "InvalidOperationException", text: text.into() }
    }

    pub(super) fn json_reader(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "JsonReaderException", text: text.into() }
    }

    /// A number that is no integer of that many bits.
    pub(super) fn no_integer(type_name: &str) -> Self {
        let text =
            format!("Either the JSON value is not in a supported format, or is out of bounds for an {type_name}.");
        Self { kind: "FormatException", text: text.into() }
    }

    /// A length of more than 31 bits (M-2).
    pub(super) fn too_long() -> Self {
        Self { kind: "FormatException", text: "Messages over 2GB in size are not supported.".into() }
    }

    /// A message that ends too early (M-5).
    pub(super) fn end_of_stream(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "EndOfStreamException", text: text.into() }
    }

    pub(super) fn message_pack(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "MessagePackSerializationException", text: text.into() }
    }

    /// A header of which there is one already (M-25).
    pub(super) fn repeated_header(name: &str) -> Self {
        let text = format!("An item with the same key has already been added. Key: {name}");
        Self { kind: "ArgumentException", text: text.into() }
    }

    pub(super) fn wrong_type(property: &str, expected: &str) -> Self {
        Self::invalid_data(format!("Expected '{property}' to be of type {expected}."))
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ProtocolError {}

/// A value that could not be read as the type it should have, or could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadError {
    kind: &'static str,
    text: Cow<'static, str>,
    cause: Option<Cow<'static, str>>,
}

impl PayloadError {
    /// The name of the exception type that ASP.NET Core would throw: `JsonException` for what does not convert or is
    /// nested too deeply (J-18), `ArgumentException` for a number that JSON cannot write (D-42),
    /// and in MessagePack `MessagePackSerializationException`, or `InvalidDataException` around it (M-45).
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What is wrong, without the kind.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What exactly is wrong, where the text does not say it because ASP.NET Core's does not.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    fn new(kind: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, text: text.into(), cause: None }
    }

    pub(super) fn json(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new("JsonException", text)
    }

    pub(super) fn message_pack(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new("MessagePackSerializationException", text)
    }

    /// Arguments that are no array (M-40).
    pub(super) fn no_arguments() -> Self {
        Self::new("InvalidDataException", "Reading array length for 'arguments' failed.")
    }

    /// Another number of arguments than there should be (J-61).
    pub(crate) fn wrong_count(sent: usize, expected: usize) -> Self {
        Self::new(
            "InvalidDataException",
            format!("Invocation provides {sent} argument(s) but target expects {expected}."),
        )
    }

    /// A value in MessagePack that is not of the type it should have (M-42, M-45).
    pub(super) fn not_deserialized(type_name: &str, field: &str, cause: Self) -> Self {
        let text = format!("Deserializing object of the `{type_name}` type for '{field}' failed.");
        Self { cause: Some(cause.text), ..Self::new("InvalidDataException", text) }
    }

    /// The same error, of a value in MessagePack: serde's own errors do not know the format.
    pub(super) fn of_message_pack(self) -> Self {
        Self::message_pack(self.text)
    }

    pub(super) fn argument(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new("ArgumentException", text)
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.cause.as_ref().map_or(Ok(()), |cause| write!(f, " {cause}"))
    }
}

impl std::error::Error for PayloadError {}

impl serde::de::Error for PayloadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::json(message.to_string())
    }
}

impl serde::ser::Error for PayloadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::json(message.to_string())
    }
}
