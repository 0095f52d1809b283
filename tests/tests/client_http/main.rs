//! What the Rust client does over HTTP, against servers over real sockets: ours, and scripted ones that do what a
//! well-behaved server never does. Numbers such as C-3 refer to `docs/spec/signalr-behaviour.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorization;
mod fallback;
mod long_polling;
mod negotiation;
mod proxies;
mod redirects;
mod scripted;
mod server_sent_events;
mod support;
mod tls;
mod transports;
mod unreachable;
mod websocket;
