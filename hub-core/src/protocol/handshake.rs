//! The handshake that begins every connection: always JSON, whatever the hub protocol (section 3).

use super::TransferFormat;
use super::error::ProtocolError;
use super::json::{self, Kind, MAX_LEVELS, Malformed, RECORD_SEPARATOR, Scanner};

/// What the error response says when the request cannot be read (H-11); with detailed errors followed by a blank, the
/// kind of the [`ProtocolError`], a colon, a blank and its text.
pub const UNEXPECTED_ERROR: &str = "An unexpected error occurred during connection handshake.";

/// What the error response says when the request did not come in time, was too large, or was not waited for
/// (H-12…H-14).
pub const CANCELED: &str = "Handshake was canceled.";

/// What the error response says to a protocol that the hub does not have, `name` being as sent (H-9).
pub fn unsupported_protocol(name: &str) -> String {
    format!("The protocol '{name}' is not supported.")
}

/// What the error response says to a version that is too high, `name` being as sent (H-10).
pub fn unsupported_version(name: &str, version: i32) -> String {
    format!("The server does not support version {version} of the '{name}' protocol.")
}

/// What the error response says when the transport cannot carry the protocol, `name` being the protocol's own (H-17).
pub fn unsupported_transfer_format(name: &str, format: TransferFormat) -> String {
    format!(
        "Cannot use the '{name}' protocol on the current transport. \
         The transport does not support '{format}' transfer format."
    )
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeRequest {
    /// The protocol's name as sent; names are compared in any case (H-5).
    pub protocol: String,
    /// The protocol's version, which may be any integer (H-6).
    pub version: i32,
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HandshakeResponse {
    /// Why the server refuses. An empty text is a refusal too (H-26).
    pub error: Option<String>,
}

/// Reads a request: all that came before the first record separator.
///
/// What is behind its object is ignored (H-2). The error texts are those of H-15.
pub fn parse_request(request: &[u8]) -> Result<HandshakeRequest, ProtocolError> {
    let mut protocol = None;
    let mut version = None;
    read_members(request, |name, scanner| {
        match name {
            b"protocol" => protocol = Some(json::read_string(scanner, "protocol")?.text()?.into_owned()),
            b"version" => version = read_version(scanner)?,
            _ => drop(scanner.skip_value(MAX_LEVELS - 1).map_err(unreadable)?),
        }
        Ok(())
    })?;
    Ok(HandshakeRequest {
        protocol: protocol.ok_or_else(|| missing("protocol", request))?,
        version: version.ok_or_else(|| missing("version", request))?,
    })
}

/// Reads a response, without its record separator (H-25).
pub fn parse_response(response: &[u8]) -> Result<HandshakeResponse, ProtocolError> {
    let mut error = None;
    read_members(response, |name, scanner| {
        match name {
            b"type" => return Err(ProtocolError::invalid_data("Expected a handshake response from the server.")),
            b"error" => error = Some(json::read_string(scanner, "error")?.text()?.into_owned()),
            _ => drop(scanner.skip_value(MAX_LEVELS - 1).map_err(unreadable)?),
        }
        Ok(())
    })?;
    Ok(HandshakeResponse { error })
}

/// Appends a request, as a client sends it first.
pub fn write_request(out: &mut Vec<u8>, protocol: &str, version: i32) {
    out.extend_from_slice(br#"{"protocol":"#);
    json::write_string(out, protocol);
    out.extend_from_slice(format!(r#","version":{version}}}"#).as_bytes());
    out.push(RECORD_SEPARATOR);
}

/// Appends the response of success.
pub fn write_response(out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'{', b'}', RECORD_SEPARATOR]);
}

/// Appends the response of failure. Behind it the connection ends (H-19).
pub fn write_error_response(out: &mut Vec<u8>, error: &str) {
    out.extend_from_slice(br#"{"error":"#);
    json::write_string(out, error);
    out.extend_from_slice(&[b'}', RECORD_SEPARATOR]);
}

fn read_members<'a>(
    text: &'a [u8],
    mut read: impl FnMut(&[u8], &mut Scanner<'a>) -> Result<(), ProtocolError>,
) -> Result<(), ProtocolError> {
    let mut scanner = Scanner::new(text);
    json::expect_object(scanner.root().map_err(unreadable)?)?;
    let mut more = scanner.open(b'}').map_err(unreadable)?;
    while more {
        let name = scanner.name().map_err(unreadable)?;
        // Whether there is a value at all is this module's to say: the readers of messages have another text for it.
        scanner.kind().map_err(unreadable)?;
        read(&name.known_name(), &mut scanner)?;
        more = scanner.more(b'}').map_err(unreadable)?;
    }
    Ok(())
}

/// A null counts as no version at all (H-1).
fn read_version(scanner: &mut Scanner<'_>) -> Result<Option<i32>, ProtocolError> {
    match scanner.kind().map_err(unreadable)? {
        Kind::Null => scanner.word(b"null").map(|()| None).map_err(unreadable),
        Kind::Number => json::read_i32(scanner).map(Some),
        _ => Err(ProtocolError::wrong_type("version", "Number")),
    }
}

fn missing(property: &str, request: &[u8]) -> ProtocolError {
    let content = String::from_utf8_lossy(request);
    ProtocolError::invalid_data(format!("Missing required property '{property}'. Message content: {content}"))
}

/// Unlike in messages (J-32), the reader's own exception is the one that is told.
fn unreadable(malformed: Malformed) -> ProtocolError {
    ProtocolError::json_reader(format!("Malformed JSON at byte {}: {}.", malformed.at, malformed.reason))
}
