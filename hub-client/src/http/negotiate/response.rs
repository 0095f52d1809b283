//! What a server answers to negotiation (N-30).

use serde_json::{Map, Value};

use super::{failure, invalid};
use crate::transport::{ConnectError, TransportError};

/// What an answer says.
#[derive(Debug)]
pub(in crate::http) enum Answer {
    /// Go on here.
    Negotiated(Negotiated),
    /// Ask there (N-25).
    Redirect {
        /// The URL of a hub.
        url: String,
        /// The token to show from now on.
        access_token: Option<String>,
    },
}

/// A connection that may be started.
#[derive(Debug)]
pub(in crate::http) struct Negotiated {
    /// What others know the connection by.
    pub(in crate::http) id: String,
    /// What the client gives as the `id` of its requests; a secret.
    pub(in crate::http) token: String,
    /// In the order in which they are to be tried.
    pub(in crate::http) offers: Vec<Offer>,
    /// Whether the connection may be resumed.
    pub(in crate::http) stateful_reconnect: bool,
}

/// A transport of the server's.
#[derive(Debug)]
pub(in crate::http) struct Offer {
    /// Its name, which need not be known.
    pub(in crate::http) transport: String,
    /// What it can carry.
    pub(in crate::http) transfer_formats: Vec<String>,
}

/// Why there is nothing to go on with.
#[derive(Debug, PartialEq)]
pub(super) enum AnswerError {
    /// The server says that it does not want to.
    Refused(String),
    /// It is an answer of something else.
    Other(&'static str),
    /// It is JSON, but not what it should be.
    Invalid(String),
    /// It is no JSON.
    NotJson,
}

type Members = Map<String, Value>;

impl AnswerError {
    pub(super) fn into_connect_error(self, content_type: &str, body: &[u8]) -> ConnectError {
        match self {
            Self::Refused(text) => ConnectError::Refused(text),
            Self::Other(text) => ConnectError::InvalidResponse(TransportError::new(text)),
            Self::Invalid(text) => invalid(text),
            Self::NotJson if body.is_empty() => invalid("It is empty."),
            Self::NotJson => {
                let content_type = if content_type.is_empty() { "without a content type" } else { content_type };
                invalid(format!("It is no JSON ({content_type}): {}", failure::excerpt(body)))
            }
        }
    }
}

/// Reads an answer.
pub(super) fn parse(body: &[u8]) -> Result<Answer, AnswerError> {
    let value: Value = serde_json::from_slice(body).map_err(|_| AnswerError::NotJson)?;
    let members = object(&value)?;
    if let Some(text) = string(members, "error")?.filter(|text| !text.is_empty()) {
        return Err(AnswerError::Refused(text));
    }
    if members.contains_key("ProtocolVersion") {
        return Err(AnswerError::Other(OLD_SIGNALR));
    }
    match string(members, "url")?.filter(|url| !url.is_empty()) {
        Some(url) => Ok(Answer::Redirect { url, access_token: string(members, "accessToken")? }),
        None => negotiated(members).map(Answer::Negotiated),
    }
}

/// N-31.
const OLD_SIGNALR: &str = "Detected a connection attempt to an ASP.NET SignalR Server. \
    This client only supports connecting to an ASP.NET Core SignalR Server. \
    See https://aka.ms/signalr-core-differences for details.";

fn negotiated(members: &Members) -> Result<Negotiated, AnswerError> {
    let version = version(members)?;
    let id = required(members, "connectionId")?;
    let token = if version > 0 { required(members, "connectionToken")? } else { id.clone() };
    if token.is_empty() {
        return Err(AnswerError::Other("Invalid connection id."));
    }
    let offers = members.get("availableTransports").ok_or_else(|| missing("availableTransports"))?;
    let offers = array(offers)?.iter().map(offer).collect::<Result<_, _>>()?;
    Ok(Negotiated { id, token, offers, stateful_reconnect: boolean(members, "useStatefulReconnect")? })
}

fn offer(value: &Value) -> Result<Offer, AnswerError> {
    let members = object(value)?;
    let formats = members.get("transferFormats").ok_or_else(|| missing("transferFormats"))?;
    let transfer_formats = array(formats)?.iter().filter_map(|format| format.as_str().map(str::to_owned)).collect();
    Ok(Offer { transport: required(members, "transport")?, transfer_formats })
}

fn version(members: &Members) -> Result<i64, AnswerError> {
    match members.get("negotiateVersion") {
        None => Ok(0),
        Some(version) => version.as_i64().ok_or_else(|| expected("negotiateVersion", "Int32")),
    }
}

fn boolean(members: &Members, name: &str) -> Result<bool, AnswerError> {
    members.get(name).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| expected(name, "Boolean")))
}

fn required(members: &Members, name: &str) -> Result<String, AnswerError> {
    string(members, name)?.ok_or_else(|| missing(name))
}

/// A member that may be missing or null.
fn string(members: &Members, name: &str) -> Result<Option<String>, AnswerError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(expected(name, "String")),
    }
}

fn object(value: &Value) -> Result<&Members, AnswerError> {
    value.as_object().ok_or_else(|| unexpected(value, "Object"))
}

fn array(value: &Value) -> Result<&Vec<Value>, AnswerError> {
    value.as_array().ok_or_else(|| unexpected(value, "Array"))
}

fn missing(name: &str) -> AnswerError {
    AnswerError::Invalid(format!("Missing required property '{name}'."))
}

fn expected(name: &str, kind: &str) -> AnswerError {
    AnswerError::Invalid(format!("Expected '{name}' to be of type {kind}."))
}

fn unexpected(value: &Value, expected: &str) -> AnswerError {
    let kind = match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(_) => "Number",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    };
    AnswerError::Invalid(format!("Unexpected JSON Token Type '{kind}'. Expected a JSON {expected}."))
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Random;
    use super::*;

    fn error(body: &str) -> String {
        parse(body.as_bytes()).unwrap_err().into_connect_error("application/json", body.as_bytes()).to_string()
    }

    fn accepted(body: &str) -> Negotiated {
        match parse(body.as_bytes()).unwrap() {
            Answer::Negotiated(negotiated) => negotiated,
            Answer::Redirect { url, .. } => panic!("redirected to {url}"),
        }
    }

    #[test]
    fn version_1_has_a_token_beside_the_id() {
        let answer = accepted(
            r#"{"other":[1],"negotiateVersion":1,"connectionId":"a","connectionToken":"b","useStatefulReconnect":true,
            "availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary",7]}]}"#,
        );
        assert_eq!((answer.id.as_str(), answer.token.as_str(), answer.stateful_reconnect), ("a", "b", true));
        assert_eq!(answer.offers[0].transport, "WebSockets");
        assert_eq!(answer.offers[0].transfer_formats, ["Text", "Binary"]);
    }

    #[test]
    fn in_version_0_the_id_is_the_token() {
        let answer = accepted(r#"{"connectionToken":"b","connectionId":"a","availableTransports":[]}"#);
        assert_eq!((answer.id.as_str(), answer.token.as_str()), ("a", "a"));
        assert!(answer.offers.is_empty() && !answer.stateful_reconnect);
    }

    #[test]
    fn a_redirect_needs_nothing_but_its_url() {
        let answer = parse(br#"{"url":"http://b/hub","accessToken":"t"}"#).unwrap();
        assert!(matches!(answer, Answer::Redirect { url, access_token }
            if url == "http://b/hub" && access_token.as_deref() == Some("t")));
    }

    #[test]
    fn the_servers_error_is_told_as_it_is() {
        assert_eq!(error(r#"{"error":"Not today."}"#), "Not today.");
    }

    #[test]
    fn an_old_signalr_is_known() {
        assert!(error(r#"{"Url":"/signalr","ProtocolVersion":"1.5"}"#).starts_with("Detected a connection attempt to"));
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_told() {
        let cases = [
            ("[]", "Unexpected JSON Token Type 'Array'. Expected a JSON Object."),
            ("{}", "Missing required property 'connectionId'."),
            (r#"{"connectionId":7}"#, "Expected 'connectionId' to be of type String."),
            (r#"{"negotiateVersion":"1"}"#, "Expected 'negotiateVersion' to be of type Int32."),
            (r#"{"negotiateVersion":1,"connectionId":"a"}"#, "Missing required property 'connectionToken'."),
            (r#"{"connectionId":"a"}"#, "Missing required property 'availableTransports'."),
            (
                r#"{"connectionId":"a","availableTransports":null}"#,
                "Unexpected JSON Token Type 'Null'. Expected a JSON Array.",
            ),
            (
                r#"{"connectionId":"a","availableTransports":[{"transferFormats":[]}]}"#,
                "Missing required property 'transport'.",
            ),
        ];
        for (body, text) in cases {
            assert_eq!(error(body), format!("Invalid negotiation response received. {text}"));
        }
        assert_eq!(error(r#"{"connectionId":"","availableTransports":[]}"#), "Invalid connection id.");
    }

    #[test]
    fn what_came_in_place_of_json_is_told_in_part() {
        let error = parse(b"").unwrap_err().into_connect_error("", b"");
        assert_eq!(error.to_string(), "Invalid negotiation response received. It is empty.");
        let page = format!("<html>\n{}", "x".repeat(100_000));
        let error = parse(page.as_bytes()).unwrap_err().into_connect_error("text/html", page.as_bytes()).to_string();
        assert!(error.starts_with("Invalid negotiation response received. It is no JSON (text/html): <html> xxx"));
        assert!(error.len() < 500);
    }

    #[test]
    fn any_answer_is_read_or_refused_and_told_in_part() {
        const ANSWER: &[u8] = br#"{"negotiateVersion":1,"connectionId":"a","connectionToken":"b","url":null,"error":"",
            "availableTransports":[{"transport":"WebSockets","transferFormats":["Text"]}]}"#;
        let (inputs, mut random) = Random::inputs();
        let mut accepted = 0;
        for _ in 0..inputs {
            let mut body = ANSWER.to_vec();
            for _ in 0..random.below(4) {
                let (from, to) = (random.below(body.len()), random.below(body.len()));
                body[from] = ANSWER[random.below(ANSWER.len())];
                body.swap(from, to);
            }
            match parse(&body) {
                Ok(_) => accepted += 1,
                Err(error) => assert!(error.into_connect_error("", &body).to_string().len() < 1000),
            }
        }
        assert!(0 < accepted && accepted < inputs, "the inputs reach every outcome");
    }
}
