//! What goes wrong with requests.

use std::error::Error;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use reqwest::Response;
use tokio::time::timeout;

use crate::transport::{ConnectError, TransportError};

/// How much of an unexpected body an error tells.
const TOLD: usize = 200;

/// How long to wait for a body that is only told of in an error.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a request got no answer.
pub(super) fn unanswered(request: &'static str, error: reqwest::Error, waited: Duration) -> ConnectError {
    if error.is_timeout() && !error.is_connect() {
        return ConnectError::TimedOut { request, after: waited };
    }
    // The URL holds the connection's token.
    let error = error.without_url();
    let text = format!("The {request} request could not be sent: {}", cause(&error));
    ConnectError::Unreachable(TransportError::new(text).with_source(error))
}

/// The answer, or why it is none.
pub(super) async fn successful(request: &'static str, response: Response) -> Result<Response, ConnectError> {
    if response.status().is_success() { Ok(response) } else { Err(refused(request, response).await) }
}

/// What a status other than success means.
pub(super) async fn refused(request: &'static str, response: Response) -> ConnectError {
    let status = response.status();
    let is_text = content_type(&response).starts_with("text/plain");
    let body = if is_text { beginning(response).await } else { String::new() };
    ConnectError::Status { request, status, body }
}

/// The `Content-Type`, or nothing.
pub(super) fn content_type(response: &Response) -> &str {
    response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Why an open transport is lost.
pub(super) fn lost(error: ConnectError) -> TransportError {
    match error {
        ConnectError::Transport(error) => error,
        error => TransportError::new(error.to_string()).with_source(error),
    }
}

/// Why the body of an answer broke off.
pub(super) fn broken_off(request: &'static str, error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    let text = format!("The answer to the {request} request broke off: {}", cause(&error));
    TransportError::new(text).with_source(error)
}

/// The deepest reason of an error, which says more than the layers above it.
pub(super) fn cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// As much of a text as an error tells, on one line.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(TOLD) {
        line.truncate(end);
        line.push('…');
    }
    line
}

async fn beginning(mut response: Response) -> String {
    let mut body = Vec::new();
    let read = async {
        while body.len() <= 4 * TOLD
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    // What has come until then is told.
    let _ = timeout(PATIENCE, read).await;
    excerpt(&body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt(b"<html>\n  <body>\xff"), "<html> <body>\u{fffd}");
        let long = excerpt("é".repeat(1000).as_bytes());
        assert_eq!(long.chars().count(), TOLD + 1);
    }
}
