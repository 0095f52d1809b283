//! What the Rust client does as programs and servers see it: a small test for each behaviour, over connections in memory
//! and under the paused clock. Numbers such as C-50 refer to `docs/spec/signalr-behaviour.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod support;
