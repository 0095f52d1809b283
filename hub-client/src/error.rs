//! What goes wrong between a program and a hub, told apart by what a program can do about it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hub_core::protocol::{PayloadError, ProtocolError};

use crate::transport::{ConnectError, TransportError};

/// Why a connection was not started.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The connection is not disconnected: it has been started already (C-2).
    NotDisconnected,
    /// The connection was stopped while it started (C-11).
    Stopped,
    /// No transport could be started.
    Connect(ConnectError),
    /// The server refused the handshake, with this text (C-10, H-26).
    HandshakeRefused(String),
    /// The server did not answer the handshake in this time (C-10).
    HandshakeTimeout(Duration),
    /// What came is no answer to a handshake (H-25).
    InvalidHandshake(ProtocolError),
    /// The connection ended before the handshake was over; because of the error, if there was one (C-10).
    Disconnected(Option<TransportError>),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDisconnected => {
                f.write_str("The connection cannot be started if it is not in the Disconnected state.")
            }
            Self::Stopped => f.write_str("The connection was stopped before it was started."),
            Self::Connect(error) => error.fmt(f),
            Self::HandshakeRefused(text) => {
                write!(f, "Unable to complete handshake with the server due to an error: {text}")
            }
            Self::HandshakeTimeout(time) => {
                write!(f, "The server did not answer the handshake within {}.", Milliseconds(*time))
            }
            Self::InvalidHandshake(error) => write!(f, "The server sent an invalid handshake response: {error}"),
            Self::Disconnected(_) => f.write_str("The server disconnected before sending a handshake response."),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect(error) => error.source(),
            Self::InvalidHandshake(error) => Some(error),
            Self::Disconnected(Some(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<ConnectError> for StartError {
    fn from(error: ConnectError) -> Self {
        Self::Connect(error)
    }
}

/// Why a connection that was started has ended, or was interrupted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The transport failed.
    Transport(TransportError),
    /// The server closed the connection and gave this text as its reason (C-111).
    ClosedByServer(String),
    /// Nothing came from the server for this long (C-100).
    ServerTimeout(Duration),
    /// What the server sent is no message.
    Protocol(ProtocolError),
    /// The connection ended inside a message (C-114).
    Incomplete,
    /// The server began a message of more than this many bytes.
    MessageTooLarge(usize),
    /// After a loss the server went on behind messages that never came (S-33).
    MessagesMissed,
    /// The transport was lost for the first reason, and could not be opened again for the second (S-39).
    NotResumed(TransportError, ConnectError),
    /// An attempt to reconnect failed.
    Reconnect(Arc<StartError>),
    /// All attempts to reconnect failed (C-123).
    RetriesExhausted {
        /// How many there were.
        attempts: u32,
        /// How long they took, from the loss of the connection.
        elapsed: Duration,
        /// Why the last one failed.
        last: Arc<StartError>,
    },
    /// The connection was stopped between two attempts to reconnect (C-124).
    StoppedInReconnectDelay,
    /// The connection was stopped while it tried to reconnect (C-124).
    StoppedInReconnectAttempt,
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::ClosedByServer(text) => {
                write!(f, "The server closed the connection with the following error: {text}")
            }
            Self::ServerTimeout(time) => {
                write!(
                    f,
                    "Server timeout ({}) elapsed without receiving a message from the server.",
                    Milliseconds(*time)
                )
            }
            Self::Protocol(error) => write!(f, "The server sent an invalid message: {error}"),
            Self::Incomplete => f.write_str("Connection terminated while reading a message."),
            Self::MessageTooLarge(limit) => write!(f, "The server sent a message of more than {limit} bytes."),
            Self::MessagesMissed => f.write_str("Sequence ID greater than amount of messages we've received."),
            Self::NotResumed(loss, error) => write!(f, "Reconnect attempt failed: {error} (after: {loss})"),
            Self::Reconnect(error) => error.fmt(f),
            Self::RetriesExhausted { attempts, elapsed, .. } => write!(
                f,
                "Reconnect retries have been exhausted after {attempts} failed attempts and {elapsed:?} elapsed. \
                 Disconnecting."
            ),
            Self::StoppedInReconnectDelay => {
                f.write_str("Connection stopped during reconnect delay. Done reconnecting.")
            }
            Self::StoppedInReconnectAttempt => {
                f.write_str("Connection stopped during reconnect attempt. Done reconnecting.")
            }
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Transport(error) => error.source(),
            Self::Protocol(error) => Some(error),
            Self::NotResumed(_, error) => Some(error),
            Self::Reconnect(error) => error.source(),
            Self::RetriesExhausted { last, .. } => Some(&**last),
            _ => None,
        }
    }
}

impl From<TransportError> for ConnectionError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// Why a call of the hub failed.
///
/// ```
/// # use hub_client::{HubConnection, InvocationError};
/// # async fn example(connection: HubConnection) {
/// match connection.invoke::<u32>("Withdraw", (100,)).await {
///     Ok(rest) => println!("{rest} left"),
///     Err(InvocationError::Server(text)) => println!("refused: {text}"),
///     Err(InvocationError::Closed(_) | InvocationError::NotConnected) => println!("try again when connected"),
///     Err(error) => println!("a mistake in one of the programs: {error}"),
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InvocationError {
    /// The server answered with an error, of exactly this text (C-51).
    Server(String),
    /// The connection is not active, so nothing was sent (C-45).
    NotConnected,
    /// The connection ended before the answer came; because of the error, or in order if there is none (C-54).
    Closed(Option<ConnectionError>),
    /// The answer, or an item of the stream, has another type than the one asked for (C-59).
    WrongType(PayloadError),
    /// The arguments cannot be serialized, so nothing was sent (C-60).
    Arguments(PayloadError),
    /// The method does not answer in the way in which it was called: by a stream, or by a value (C-56, C-57).
    WrongKind(&'static str),
}

impl fmt::Display for InvocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(text) => f.write_str(text),
            Self::NotConnected => f.write_str("The method cannot be called if the connection is not active."),
            Self::Closed(None) => {
                f.write_str("The invocation was canceled because the underlying connection was closed.")
            }
            Self::Closed(Some(error)) => error.fmt(f),
            Self::WrongType(error) => write!(f, "Error trying to deserialize the result: {error}"),
            Self::Arguments(error) => write!(f, "The arguments cannot be serialized: {error}"),
            Self::WrongKind(text) => f.write_str(text),
        }
    }
}

impl Error for InvocationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Closed(Some(error)) => error.source(),
            Self::WrongType(error) | Self::Arguments(error) => Some(error),
            _ => None,
        }
    }
}

/// A duration as .NET writes it in error texts.
struct Milliseconds(Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}ms", self.0.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_dotnet() {
        for (error, text) in [
            (
                ConnectionError::ServerTimeout(Duration::from_secs(30)),
                "Server timeout (30000.00ms) elapsed without receiving a message from the server.",
            ),
            (
                ConnectionError::ClosedByServer("Down.".to_owned()),
                "The server closed the connection with the following error: Down.",
            ),
            (ConnectionError::Incomplete, "Connection terminated while reading a message."),
        ] {
            assert_eq!(error.to_string(), text);
        }
        assert_eq!(
            StartError::HandshakeRefused("No.".to_owned()).to_string(),
            "Unable to complete handshake with the server due to an error: No."
        );
        assert_eq!(InvocationError::Server("exactly".to_owned()).to_string(), "exactly");
    }
}
