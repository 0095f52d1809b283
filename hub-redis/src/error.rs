//! What goes wrong between a server and Redis.

use std::fmt;
use std::time::Duration;

/// Why the backplane could not do what it was asked.
///
/// Calls of clients that fail for this tell the client nothing of it, unless detailed errors are on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BackplaneError {
    /// The URL or an option makes no sense, or takes a feature of this crate that is off.
    Configuration(String),
    /// Redis was away, and did not come back within the time that a send may wait. Nothing was sent.
    Unavailable {
        /// How long that was.
        waited: Duration,
        /// Why the last attempt to connect failed, if one did.
        last: Option<String>,
    },
    /// Redis is away, and as much as may wait for it is waiting already. Nothing was sent.
    QueueFull,
    /// Redis did not reply in time. It may have done what it was asked, or do it later.
    Timeout,
    /// The connection was lost before Redis replied. It may have done what it was asked.
    Lost(String),
    /// Redis refused.
    Refused(String),
    /// No server acknowledged a command about a connection that one of them has.
    Unacknowledged,
    /// The hub has shut down.
    Stopped,
}

impl BackplaneError {
    /// What became of a command.
    pub(crate) fn of_command(error: &redis::RedisError) -> Self {
        match error.kind() {
            _ if error.is_timeout() => Self::Timeout,
            redis::ErrorKind::Server(_) | redis::ErrorKind::Extension => Self::Refused(error.to_string()),
            _ => Self::Lost(error.to_string()),
        }
    }

    pub(crate) fn configuration(error: impl fmt::Display) -> Self {
        Self::Configuration(error.to_string())
    }
}

impl fmt::Display for BackplaneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(text) => write!(f, "the Redis backplane cannot be set up: {text}"),
            Self::Unavailable { waited, last: None } => write!(f, "Redis was not there for {waited:?}"),
            Self::Unavailable { waited, last: Some(last) } => {
                write!(f, "Redis was not there for {waited:?}; the last attempt to connect failed: {last}")
            }
            Self::QueueFull => f.write_str("Redis is away, and too much waits for it already"),
            Self::Timeout => f.write_str("Redis did not reply in time"),
            Self::Lost(text) => write!(f, "the connection to Redis was lost: {text}"),
            Self::Refused(text) => write!(f, "Redis refused: {text}"),
            Self::Unacknowledged => f.write_str("no server acknowledged the command"),
            Self::Stopped => f.write_str("the hub has shut down"),
        }
    }
}

impl std::error::Error for BackplaneError {}
