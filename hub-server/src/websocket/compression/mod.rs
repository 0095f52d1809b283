//! Compression of whole messages (`permessage-deflate`, RFC 7692).
//!
//! Neither side may refer to earlier messages (`no_context_takeover`): so a message compressed once is right for all its
//! receivers, and a connection at rest keeps no window.

mod deflate;
mod inflate;
mod offer;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use axum::http::header::SEC_WEBSOCKET_EXTENSIONS;
use axum::http::{HeaderMap, HeaderValue};
use hub_core::transport::{Framing, TransferFormat};

pub(super) use inflate::Inflation;

/// What every block of a message without context ends with, and what is not sent of it (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// That messages of a connection may be compressed, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compression {
    /// The client wants to be told the size of the server's window, which is the largest one.
    tells_window: bool,
}

impl Compression {
    /// What is agreed upon with a client; `None` if it offers nothing that can be had.
    pub(crate) fn accept(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).find_map(offer::accept)
    }

    /// The value of `Sec-WebSocket-Extensions` by which the client learns of it.
    pub(crate) fn answer(self) -> HeaderValue {
        HeaderValue::from_static(if self.tells_window {
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15"
        } else {
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        })
    }

    /// How messages to this client are wrapped.
    #[expect(clippy::unused_self, reason = "only who has agreed upon compression may use it")]
    pub(super) fn framing(self, format: TransferFormat) -> &'static Framing {
        match format {
            TransferFormat::Text => &deflate::TEXT,
            TransferFormat::Binary => &deflate::BINARY,
        }
    }

    /// What expands the messages of this client.
    #[expect(clippy::unused_self, reason = "only who has agreed upon compression may use it")]
    pub(super) fn inflation(self) -> Inflation {
        Inflation::default()
    }
}
