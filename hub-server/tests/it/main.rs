//! Hubs over real sockets, and the HTTP around them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod hub;
mod negotiate;
mod shutdown;
mod statuses;
mod tls;
mod websocket;
