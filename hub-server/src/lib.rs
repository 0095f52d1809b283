//! SignalR for Rust on axum.

#[allow(dead_code, unused_imports, reason = "the transport that uses it comes with the routes")]
mod websocket;
