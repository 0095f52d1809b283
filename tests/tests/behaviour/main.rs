//! What a hub does as its clients see it: a small test for each behaviour, over the transport in memory and under the
//! paused clock. Numbers such as D-20 refer to `docs/spec/signalr-behaviour.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorization;
mod backplane;
mod bad_input;
mod calls;
mod client_results;
mod errors;
mod extensions;
mod filters;
mod groups;
mod handshake;
mod items;
mod keep_alive;
mod lifecycle;
mod limits;
mod optional;
mod panics;
mod parallelism;
mod parameters;
mod payloads;
mod protocols;
mod selectors;
mod sends;
mod shutdown;
mod slow_peers;
mod state;
mod stateful_reconnect;
mod stream_limit;
mod streams;
mod stress;
mod support;
mod test_client;
mod uploads;
mod users;
