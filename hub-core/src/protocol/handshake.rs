//! The handshake that begins every connection: always JSON, whatever the hub protocol (section 3).

use super::TransferFormat;
use super::error::ProtocolError;
use super::json::{self, MAX_LEVELS, Malformed, RECORD_SEPARATOR, ReadError, Scanner};

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
            b"version" => version = json::read_integer(scanner, "version", "Int32")?,
            _ => drop(scanner.skip_value(MAX_LEVELS - 1)?),
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
            b"type" => {
                return Err(ProtocolError::invalid_data("Expected a handshake response from the server.").into());
            }
            b"error" => error = Some(json::read_string(scanner, "error")?.text()?.into_owned()),
            _ => drop(scanner.skip_value(MAX_LEVELS - 1)?),
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

/// Reads all members. Unlike in messages (J-32), the reader's own exception is the one that is told.
fn read_members<'a>(
    text: &'a [u8],
    mut read: impl FnMut(&[u8], &mut Scanner<'a>) -> Result<(), ReadError>,
) -> Result<(), ProtocolError> {
    let read = |scanner: &mut Scanner<'a>| read(&scanner.name()?.known_name(), scanner);
    json::read_object(text, read).map_err(|error| error.or(unreadable))
}

fn missing(property: &str, request: &[u8]) -> ProtocolError {
    let content = String::from_utf8_lossy(request);
    ProtocolError::invalid_data(format!("Missing required property '{property}'. Message content: {content}"))
}

fn unreadable(malformed: Malformed) -> ProtocolError {
    ProtocolError::json_reader(format!("Malformed JSON at byte {}: {}.", malformed.at, malformed.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> (String, i32) {
        let request = parse_request(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        (request.protocol, request.version)
    }

    fn error(text: impl AsRef<[u8]>) -> String {
        match parse_request(text.as_ref()) {
            Ok(request) => panic!("{}: {request:?}", text.as_ref().escape_ascii()),
            Err(error) => format!("{}: {}", error.kind(), error.text()),
        }
    }

    #[test]
    fn requests_are_read_with_tolerance() {
        let deep = format!(r#"{{"x":{}{},"protocol":"json","version":1}}"#, "[".repeat(63), "]".repeat(63));
        for text in [
            r#"{"protocol":"json","version":1}"#,
            r#"{"version":1,"protocol":"json"}"#,
            r#"{"a":null,"protocol":"json","b":[1,{"protocol":"x"}],"version":1,"e":"x","f":1.5,"g":true}"#,
            r#"{"protocol":"nope","version":99,"protocol":"json","version":1}"#,
            r#"{"version":null,"protocol":"json","version":1}"#,
            r#"{"\u0070rotocol":"js\u006fn","versi\u006fn":1}"#,
            " \t\r\n{ \"protocol\" : \"json\" ,\r\n \"version\" : 1 } \r\n",
            r#"{"protocol":"json","version":1}xyz"#,
            r#"{"protocol":"json","version":1}/* hi */"#,
            r#"{"\ud83d":"\udc00","x":1e999,"protocol":"json","version":1}"#,
            &deep,
        ] {
            assert_eq!(request(text), ("json".to_owned(), 1), "{text}");
        }
        assert_eq!(request(r#"{"protocol":"JSON ","version":-0}"#), ("JSON ".to_owned(), 0));
        assert_eq!(request(r#"{"protocol":"","version":-2147483648}"#), (String::new(), i32::MIN));
        assert!(parse_request(b"{\"x\":\"\xff\",\"protocol\":\"json\",\"version\":1}").is_ok());
    }

    #[test]
    fn what_is_missing_is_told_with_the_content() {
        for (text, property) in [
            ("{}", "protocol"),
            (r#"{"type":6}"#, "protocol"),
            (" \t{\"version\":1} xyz", "protocol"),
            (r#"{"Protocol":"json","version":1}"#, "protocol"),
            (r#"{"protocol":"json"}"#, "version"),
            (r#"{"version":1,"protocol":"json","version":null}"#, "version"),
            (r#"{"x":"\u2028é","protocol":"json"}"#, "version"),
        ] {
            let expected = format!("Missing required property '{property}'. Message content: {text}");
            assert_eq!(error(text), format!("InvalidDataException: {expected}"));
        }
        assert!(error(b"{\"x\":\"\xff\"}").ends_with("Message content: {\"x\":\"\u{fffd}\"}"));
    }

    #[test]
    fn members_of_the_wrong_type_are_told() {
        for (text, expected) in [
            (r#"{"protocol":null,"version":1}"#, "InvalidDataException: Expected 'protocol' to be of type String."),
            (r#"{"protocol":["json"]}"#, "InvalidDataException: Expected 'protocol' to be of type String."),
            (r#"{"protocol":"foo","version":"1"}"#, "InvalidDataException: Expected 'version' to be of type Number."),
            (r#"{"version":true}"#, "InvalidDataException: Expected 'version' to be of type Number."),
            ("[]", "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object."),
            ("\"json\"", "InvalidDataException: Unexpected JSON Token Type 'String'. Expected a JSON Object."),
            ("null", "InvalidDataException: Unexpected JSON Token Type 'Null'. Expected a JSON Object."),
        ] {
            assert_eq!(error(text), expected);
        }
        for version in ["1.5", "1.0", "1e0", "2147483648"] {
            assert!(error(format!(r#"{{"protocol":"json","version":{version}}}"#)).starts_with("FormatException: "));
        }
        for (bad, expected) in [
            (&br"\ud83d"[..], "Cannot read incomplete UTF-16 JSON text as string with missing low surrogate."),
            (b"\xff", "Cannot transcode invalid UTF-8 JSON text to UTF-16 string."),
        ] {
            let text = [b"{\"protocol\":\"js", bad, b"\",\"version\":1}"].concat();
            assert_eq!(error(text), format!("InvalidOperationException: {expected}"));
        }
    }

    #[test]
    fn malformed_requests_are_told_as_such() {
        let deep = format!(r#"{{"x":{}{},"protocol":"json","version":1}}"#, "[".repeat(64), "]".repeat(64));
        for text in [
            "",
            "  ",
            "{",
            "hello",
            "\u{feff}{}",
            "\0{}",
            r#"{"protocol":"json","version":1"#,
            r#"{"protocol":"json","version":1,}"#,
            r#"{"protocol":"json","version":01}"#,
            r#"{"protocol":}"#,
            r#"{"protocol":"js"#,
            r#"{"protocol":"\q"}"#,
            r#"{"version":1x}"#,
            r#"{"version":nul}"#,
            r#"{"x":"\q","protocol":"json","version":1}"#,
            "{\"x\":\"a\nb\"}",
            &deep,
        ] {
            assert!(error(text).starts_with("JsonReaderException: Malformed JSON at byte "), "{text}: {}", error(text));
        }
    }

    #[test]
    fn responses_are_read_by_clients() {
        let response = |text: &str| parse_response(text.as_bytes()).map(|response| response.error);
        assert_eq!(response("{}"), Ok(None));
        assert_eq!(response(r#"{"minorVersion":1}"#), Ok(None));
        assert_eq!(response(r#"{"error":""}"#), Ok(Some(String::new())));
        assert_eq!(response(r#"{"error":"no\u0021"}"#), Ok(Some("no!".into())));
        for (text, expected) in [
            (r#"{"error":null}"#, "Expected 'error' to be of type String."),
            (r#"{"type":6}"#, "Expected a handshake response from the server."),
            ("1", "Unexpected JSON Token Type 'Number'. Expected a JSON Object."),
        ] {
            assert_eq!(response(text).unwrap_err().text(), expected);
        }
        assert_eq!(response("{").unwrap_err().kind(), "JsonReaderException");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut out = Vec::new();
        write_request(&mut out, "json", 1);
        write_response(&mut out);
        write_error_response(&mut out, &unsupported_protocol("a\"b"));
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text.split('\u{1e}').collect::<Vec<_>>(),
            [r#"{"protocol":"json","version":1}"#, "{}", r#"{"error":"The protocol 'a\"b' is not supported."}"#, ""]
        );
    }

    #[test]
    fn texts_are_those_of_dotnet() {
        assert_eq!(
            unsupported_version("JSON", 9001),
            "The server does not support version 9001 of the 'JSON' protocol."
        );
        assert_eq!(
            unsupported_transfer_format("messagepack", TransferFormat::Binary),
            "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' \
             transfer format."
        );
    }
}
