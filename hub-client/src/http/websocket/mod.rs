//! WebSockets (section 2.1).

mod exchange;
mod upgrade;

use reqwest::Url;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::pipe;
use super::requests::Requests;
use crate::transport::{ConnectError, TransferFormat, Transport};

/// How long a message may be, and each of its frames. The .NET client has no limit; a program's memory has.
const MAXIMUM_MESSAGE: usize = 64 * 1024 * 1024;

/// Of each connection, for as long as it lives.
const BUFFER: usize = 4 * 1024;

/// Opens a WebSocket.
pub(super) async fn start(requests: &Requests, url: &Url, format: TransferFormat) -> Result<Transport, ConnectError> {
    let upgraded = upgrade::upgrade(requests, url).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MAXIMUM_MESSAGE))
        .max_frame_size(Some(MAXIMUM_MESSAGE));
    let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
    let close_timeout = requests.options.close_timeout;
    Ok(pipe::transport(close_timeout, |ends| exchange::exchange(socket, format, close_timeout, ends)))
}
