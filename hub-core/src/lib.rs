//! The hub runtime of SignalR for Rust, without a web server.

pub mod protocol;
