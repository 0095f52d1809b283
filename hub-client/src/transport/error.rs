//! What goes wrong between a client and a server.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

/// Why a transport that was open has ended, or why nothing can be sent by it.
#[derive(Clone, Debug)]
pub struct TransportError {
    text: String,
    closed_by_server: bool,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Why no transport could be started.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The options contradict each other or mean nothing: a URL that is none, or skipped negotiation together with other
    /// transports than WebSockets (C-6). Trying again is of no use.
    InvalidOptions(TransportError),
    /// The access token provider has failed.
    AccessToken(TransportError),
    /// The server could not be reached, or broke off before it had answered: no such host, connection refused, no trust in
    /// its certificate.
    Unreachable(TransportError),
    /// The server did not answer in time.
    TimedOut {
        /// What was asked for, as in "negotiate".
        request: &'static str,
        /// How long it was waited.
        after: Duration,
    },
    /// The server answered with a status that means no: 401 and 403 if it wants another token or user, 404 if there is no
    /// hub, 5xx if it is broken.
    Status {
        /// What was asked for, as in "negotiate".
        request: &'static str,
        /// The answer.
        status: StatusCode,
        /// The beginning of the answer's body, if that is plain text; or else empty.
        body: String,
    },
    /// The server answered negotiation with an error of its own (N-32), which is told here.
    Refused(String),
    /// The answer was none that SignalR knows: HTML, other JSON, a status in place of an upgrade.
    InvalidResponse(TransportError),
    /// Negotiation was redirected a hundred times (N-25).
    TooManyRedirects,
    /// No transport that the server offered could be started (C-5), each for the reason that stands here; none at all if
    /// the server offered none.
    NoTransport(Vec<TransportFailure>),
    /// Something else than the cases above, told by the error.
    Transport(TransportError),
}

/// Why one of the offered transports was not used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportFailure {
    /// The name by which the server offered the transport, as in `WebSockets`.
    pub transport: String,
    /// What was wrong with it.
    pub error: ConnectError,
}

impl TransportError {
    /// An error that is told by this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), closed_by_server: false, source: None }
    }

    /// The server has ended the connection in an orderly way, but not for a good reason: a WebSocket's Close frame with
    /// another code than 1000 (C-30).
    pub fn closed_by_server(text: impl Into<String>) -> Self {
        Self { closed_by_server: true, ..Self::new(text) }
    }

    /// The same error, because of another one.
    #[must_use]
    pub fn with_source(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// Whether the server has ended the connection on purpose. Then there is nothing to resume (S-50); after any other
    /// error there may be (S-30).
    pub fn is_closed_by_server(&self) -> bool {
        self.closed_by_server
    }
}

impl ConnectError {
    /// The status by which the server has refused: of negotiation, or of the first transport that was refused.
    ///
    /// ```
    /// use hub_client::transport::ConnectError;
    ///
    /// fn wants_another_token(error: &ConnectError) -> bool {
    ///     error.status().is_some_and(|status| status.as_u16() == 401)
    /// }
    /// # assert!(!wants_another_token(&ConnectError::TooManyRedirects));
    /// ```
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::NoTransport(failures) => failures.iter().find_map(|failure| failure.error.status()),
            _ => None,
        }
    }
}

impl TransportFailure {
    /// This transport failed by this error.
    pub fn new(transport: impl Into<String>, error: ConnectError) -> Self {
        Self { transport: transport.into(), error }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidOptions(error)
            | Self::AccessToken(error)
            | Self::Unreachable(error)
            | Self::InvalidResponse(error)
            | Self::Transport(error) => error.fmt(f),
            Self::TimedOut { request, after } => {
                write!(f, "The {request} request was not answered within {} seconds.", after.as_secs_f32())
            }
            Self::Status { request, status, body } => write_status(f, request, *status, body),
            Self::Refused(text) => f.write_str(text),
            Self::TooManyRedirects => f.write_str("Negotiate redirection limit exceeded."),
            Self::NoTransport(failures) => write_failures(f, failures),
        }
    }
}

fn write_status(f: &mut fmt::Formatter<'_>, request: &str, status: StatusCode, body: &str) -> fmt::Result {
    write!(f, "The {request} request was answered with status {status}")?;
    if !body.is_empty() {
        write!(f, ": {body}")?;
    }
    f.write_str(".")?;
    if status == StatusCode::NOT_FOUND {
        f.write_str(" Either this is not a SignalR endpoint or there is a proxy blocking the connection.")?;
    }
    Ok(())
}

fn write_failures(f: &mut fmt::Formatter<'_>, failures: &[TransportFailure]) -> fmt::Result {
    if failures.is_empty() {
        return f.write_str("None of the transports supported by the client are supported by the server.");
    }
    f.write_str("Unable to connect to the server with any of the available transports.")?;
    failures.iter().try_for_each(|failure| write!(f, " ({failure})"))
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InvalidOptions(error)
            | Self::AccessToken(error)
            | Self::Unreachable(error)
            | Self::InvalidResponse(error)
            | Self::Transport(error) => error.source(),
            _ => None,
        }
    }
}

impl From<TransportError> for ConnectError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.transport, self.error)
    }
}

impl Error for TransportFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: StatusCode) -> ConnectError {
        ConnectError::Status { request: "WebSocket", status, body: String::new() }
    }

    #[test]
    fn what_each_transport_failed_by_is_told() {
        let disabled = ConnectError::Transport(TransportError::new("The transport is disabled by the client."));
        let error = ConnectError::NoTransport(vec![
            TransportFailure::new("WebSockets", refused(StatusCode::FORBIDDEN)),
            TransportFailure::new("LongPolling", disabled),
        ]);
        assert_eq!(
            error.to_string(),
            "Unable to connect to the server with any of the available transports. \
             (WebSockets failed: The WebSocket request was answered with status 403 Forbidden.) \
             (LongPolling failed: The transport is disabled by the client.)"
        );
        assert_eq!(error.status(), Some(StatusCode::FORBIDDEN));
    }

    #[test]
    fn a_server_that_offers_nothing_is_told_apart() {
        let error = ConnectError::NoTransport(Vec::new());
        assert_eq!(error.to_string(), "None of the transports supported by the client are supported by the server.");
        assert_eq!(error.status(), None);
    }
}
