//! The client's side of the handshake (section 3).

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hub_core::protocol::handshake;
use tokio::time::timeout;

use crate::builder::Options;
use crate::error::StartError;
use crate::transport::{Transport, TransportError};

/// Ends a handshake response.
const SEPARATOR: u8 = 0x1E;

/// Shakes hands; what is left is what came behind the answer (C-12).
pub(super) async fn shake_hands(
    transport: &mut Transport,
    options: &Options,
    version: i32,
) -> Result<Vec<u8>, StartError> {
    let time = options.handshake_timeout;
    let name = options.protocol.name();
    let limit = options.maximum_receive_message_size.unwrap_or(usize::MAX);
    timeout(time, exchange(transport, name, version, limit)).await.unwrap_or(Err(StartError::HandshakeTimeout(time)))
}

async fn exchange(
    transport: &mut Transport,
    protocol: &str,
    version: i32,
    limit: usize,
) -> Result<Vec<u8>, StartError> {
    let mut request = Vec::new();
    handshake::write_request(&mut request, protocol, version);
    // A server that refuses may have said why before it went.
    let sent = transport.sender.send(Bytes::from(request)).await;
    let mut received = Vec::new();
    let end = loop {
        if let Some(end) = received.iter().position(|byte| *byte == SEPARATOR) {
            break end;
        }
        match transport.receiver.next().await {
            Some(Ok(bytes)) if received.len() <= limit => received.extend_from_slice(&bytes),
            Some(Ok(_)) => {
                return Err(StartError::Disconnected(Some(TransportError::new(
                    "The handshake response is too large.",
                ))));
            }
            Some(Err(error)) => return Err(StartError::Disconnected(Some(error))),
            None => return Err(StartError::Disconnected(sent.err())),
        }
    };
    let rest = received.split_off(end + 1);
    let response = handshake::parse_response(received.get(..end).unwrap_or_default());
    match response.map_err(StartError::InvalidHandshake)?.error {
        Some(text) => Err(StartError::HandshakeRefused(text)),
        None => Ok(rest),
    }
}
