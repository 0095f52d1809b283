//! SignalR for Rust on axum.

mod endpoint;
mod options;
mod router;
mod websocket;

pub use hub_core::{HubServer, User};
pub use options::{HttpOptions, Transports};
pub use router::RouterExt;
