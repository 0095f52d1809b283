//! What the Rust client does with a server of ours over real sockets: each case over each transport in each protocol that
//! goes over it, straight and through a proxy that cuts, stalls and slows. Numbers such as C-50 refer to
//! `docs/spec/signalr-behaviour.md`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod audiences;
mod calls;
mod endings;
mod fallback;
mod handlers;
mod many;
mod proxied;
mod streams;
mod support;
