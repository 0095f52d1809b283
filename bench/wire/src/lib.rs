//! What the load generator and the yardstick know of the wire: WebSocket framing, the heads of HTTP messages, and
//! records of both hub protocols. Nothing here allocates where messages are many.

#![allow(
    clippy::cast_possible_truncation,
    reason = "lengths are compared before they are narrowed, or only some of their bits are meant"
)]

pub mod http;
pub mod json;
pub mod message_pack;
pub mod websocket;
