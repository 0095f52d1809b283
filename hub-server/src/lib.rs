//! SignalR for Rust on axum.
