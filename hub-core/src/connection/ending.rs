//! Why a connection ends, and what the client and the hub are told of it (the tables of section 6.9).

use crate::error::DisconnectError;
use crate::protocol::{PayloadError, ProtocolError};
use crate::transport::TransportError;

const FAILED: &str = "Connection closed with an error.";

/// Why a connection ends.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The client ended the transport (D-120).
    EndOfInput,
    /// The client sent a Close message (D-124).
    ClosedByClient(Option<String>),
    /// The hub aborted the connection (D-123).
    Aborted,
    /// The server shuts down (D-122).
    Shutdown,
    /// The time of the connection is over (D-121).
    Over,
    /// `on_connected` failed (D-125).
    NotConnected(DisconnectError),
    /// The client broke the protocol, or a message to it could not be written, or it fell silent (D-126 to D-128).
    Failed(DisconnectError),
    /// The transport failed below the hub protocol (T-11, T-19).
    Broken(DisconnectError),
    /// The client does not read what is sent to it (T-13).
    Stalled,
    /// The client does not acknowledge what is sent to it (S-24).
    Unacknowledged,
    /// Too much was waiting for the client when a message to many came.
    SlowPeer,
}

/// The Close message of an ending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Farewell {
    pub(crate) error: Option<String>,
    pub(crate) allow_reconnect: bool,
}

impl Ending {
    pub(crate) fn client_timeout() -> Self {
        Self::Failed(DisconnectError::new(
            "OperationCanceledException",
            "Client hasn't sent a message/ping within the configured ClientTimeoutInterval.",
        ))
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::Failed(DisconnectError::new(
            "InvalidDataException",
            format!(
                "The maximum message size of {limit}B was exceeded. The message size can be configured in AddHubOptions."
            ),
        ))
    }

    pub(crate) fn sequence_gap() -> Self {
        Self::Failed(DisconnectError::new(
            "InvalidOperationException",
            "Sequence ID greater than amount of messages we've received.",
        ))
    }

    pub(crate) fn unknown_protocol() -> Self {
        Self::Failed(DisconnectError::new(
            "InvalidOperationException",
            "This message was received from another server that did not have the requested protocol available.",
        ))
    }

    pub(crate) fn incomplete_message() -> Self {
        Self::Failed(DisconnectError::new("InvalidDataException", "Connection terminated while reading a message."))
    }

    /// What the client is told; `None` where it could not hear it.
    pub(crate) fn farewell(&self, detailed: bool) -> Option<Farewell> {
        let (error, allow_reconnect) = match self {
            Self::EndOfInput | Self::Shutdown | Self::Over => (None, true),
            Self::ClosedByClient(_) | Self::Aborted => (None, false),
            Self::NotConnected(error) => (Some(error.explain(FAILED, detailed)), false),
            Self::Failed(error) => (Some(error.explain(FAILED, detailed)), true),
            Self::Broken(_) | Self::Stalled | Self::Unacknowledged | Self::SlowPeer => return None,
        };
        Some(Farewell { error, allow_reconnect })
    }

    /// What `on_disconnected` is told (D-116).
    pub(crate) fn reason(&self) -> Option<DisconnectError> {
        match self {
            Self::EndOfInput
            | Self::ClosedByClient(None)
            | Self::Aborted
            | Self::Shutdown
            | Self::Over
            | Self::Stalled => None,
            Self::ClosedByClient(Some(error)) => Some(DisconnectError::new("HubException", error.clone())),
            Self::NotConnected(error) | Self::Failed(error) | Self::Broken(error) => Some(error.clone()),
            Self::Unacknowledged => {
                Some(DisconnectError::new("OperationCanceledException", "The operation was canceled."))
            }
            Self::SlowPeer => Some(DisconnectError::new("SlowClient", "The client does not read what is sent to it.")),
        }
    }
}

impl From<ProtocolError> for Ending {
    fn from(error: ProtocolError) -> Self {
        Self::Failed(DisconnectError::new(error.kind(), error.text()))
    }
}

impl From<PayloadError> for Ending {
    fn from(error: PayloadError) -> Self {
        Self::Failed(DisconnectError::new(error.kind(), error.text()))
    }
}

impl From<TransportError> for Ending {
    fn from(error: TransportError) -> Self {
        Self::Broken(DisconnectError::new("TransportError", error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_allows_the_client_to_reconnect_and_keeps_its_text() {
        let farewell = Ending::too_large(32).farewell(false).unwrap();
        assert_eq!(farewell, Farewell { error: Some(FAILED.into()), allow_reconnect: true });
    }

    #[test]
    fn detailed_errors_name_the_failure() {
        let farewell = Ending::client_timeout().farewell(true).unwrap();
        assert_eq!(
            farewell.error.unwrap(),
            "Connection closed with an error. OperationCanceledException: Client hasn't sent a message/ping within the \
             configured ClientTimeoutInterval."
        );
    }

    #[test]
    fn a_visible_error_of_on_connected_is_shown_and_ends_for_good() {
        let ending = Ending::NotConnected(crate::HubError::new("refused").into());
        let farewell = ending.farewell(false).unwrap();
        assert_eq!(farewell.error.unwrap(), "Connection closed with an error. HubException: refused");
        assert!(!farewell.allow_reconnect);
    }
}
