//! `POST {path}/negotiate` (section 1).

use std::fmt::Write as _;

use super::sessions::Sessions;
use super::{query, version};
use crate::options::{HttpOptions, Transports};

/// The body of the answer: a connection to start, or why there is none. `resumable`: whether it may outlive its
/// transport.
pub(super) fn negotiate(sessions: &Sessions, options: &HttpOptions, resumable: bool, query: Option<&str>) -> String {
    let asked = query::value(query, "negotiateVersion");
    match version::agree(asked.as_deref(), options.minimum_protocol_version) {
        Ok(version) => success(sessions, options.transports, version, resumable && asks_to_reconnect(query)),
        Err(text) => format!(r#"{{"error":"{text}"}}"#),
    }
}

/// Members in the order .NET writes them; ids need no escaping (N-20).
fn success(sessions: &Sessions, transports: Transports, version: i32, resumable: bool) -> String {
    let (id, token) = sessions.negotiate(version, resumable);
    let mut body = String::with_capacity(CAPACITY);
    body.push('{');
    if resumable {
        body.push_str(r#""useStatefulReconnect":true,"#);
    }
    let _ = write!(body, r#""negotiateVersion":{version}"#);
    body.extend([r#","connectionId":""#, id.as_str()]);
    if version > 0 {
        body.extend([r#"","connectionToken":""#, token.expose()]);
    }
    body.push_str(r#"","availableTransports":["#);
    for (index, (_, text)) in ALL.iter().filter(|(transport, _)| transports.contains(*transport)).enumerate() {
        body.extend([if index > 0 { "," } else { "" }, text]);
    }
    body.push_str("]}");
    body
}

/// Enough for an answer that offers every transport.
const CAPACITY: usize = 384;

/// Whether the client wants to reconnect to its connection (N-21): `true` as .NET reads it, in any case, with white space
/// or NULs around it.
fn asks_to_reconnect(query: Option<&str>) -> bool {
    let is_ignored = |c: char| c.is_whitespace() || c == '\0';
    query::value(query, "useStatefulReconnect")
        .is_some_and(|text| text.trim_matches(is_ignored).eq_ignore_ascii_case("true"))
}

/// In this order, whatever the order of the options (N-14, N-16).
const ALL: [(Transports, &str); 3] = [
    (Transports::WEB_SOCKETS, r#"{"transport":"WebSockets","transferFormats":["Text","Binary"]}"#),
    (Transports::SERVER_SENT_EVENTS, r#"{"transport":"ServerSentEvents","transferFormats":["Text"]}"#),
    (Transports::LONG_POLLING, r#"{"transport":"LongPolling","transferFormats":["Text","Binary"]}"#),
];
