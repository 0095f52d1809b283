//! The Rust client of SignalR.

pub mod transport;
