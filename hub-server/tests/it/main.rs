//! Hubs over real sockets, and the HTTP around them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod another_user;
mod client;
mod compression;
mod events;
mod http;
mod http2;
mod hub;
mod long_polling;
mod negotiate;
mod raw;
mod request_fuzz;
mod requests;
mod serve;
mod sharing;
mod shutdown;
mod statuses;
mod tls;
mod websocket;
