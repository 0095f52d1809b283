//! `POST {path}/negotiate` (section 1).

use super::sessions::Sessions;
use super::{query, version};
use crate::options::{HttpOptions, Transports};

/// The body of the answer: a connection to start, or why there is none.
pub(super) fn negotiate(sessions: &Sessions, options: &HttpOptions, query: Option<&str>) -> String {
    let asked = query::value(query, "negotiateVersion");
    match version::agree(asked.as_deref(), options.minimum_protocol_version) {
        Ok(version) => success(sessions, options.transports, version),
        Err(text) => format!(r#"{{"error":"{text}"}}"#),
    }
}

/// Members in the order .NET writes them; ids need no escaping (N-20).
fn success(sessions: &Sessions, transports: Transports, version: i32) -> String {
    let (id, token) = sessions.negotiate(version);
    let token = match version {
        0 => String::new(),
        _ => format!(r#""connectionToken":"{}","#, token.expose()),
    };
    let transports = available(transports);
    format!(r#"{{"negotiateVersion":{version},"connectionId":"{id}",{token}"availableTransports":[{transports}]}}"#)
}

/// In this order, whatever the order of the options (N-14, N-16).
const ALL: [(Transports, &str); 3] = [
    (Transports::WEB_SOCKETS, r#"{"transport":"WebSockets","transferFormats":["Text","Binary"]}"#),
    (Transports::SERVER_SENT_EVENTS, r#"{"transport":"ServerSentEvents","transferFormats":["Text"]}"#),
    (Transports::LONG_POLLING, r#"{"transport":"LongPolling","transferFormats":["Text","Binary"]}"#),
];

fn available(transports: Transports) -> String {
    let available = ALL.into_iter().filter(|(transport, _)| transports.contains(*transport));
    available.map(|(_, text)| text).collect::<Vec<_>>().join(",")
}
