//! The Rust client of SignalR.

#[cfg(feature = "http")]
pub mod http;
pub mod transport;
