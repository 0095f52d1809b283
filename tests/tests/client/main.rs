//! What the Rust client does as programs and servers see it: a small test for each behaviour, over connections in memory
//! and under the paused clock. Numbers such as C-50 refer to `docs/spec/signalr-behaviour.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod calls;
mod closing;
mod events;
mod handlers;
mod keep_alive;
mod reconnect;
mod start;
mod stateful_reconnect;
mod streams;
mod stress;
mod support;
mod uploads;
