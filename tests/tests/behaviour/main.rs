//! What a hub does as its clients see it: a small test for each behaviour, over the transport in memory and under the
//! paused clock. Numbers such as D-20 refer to `docs/spec/signalr-behaviour.md`.

mod calls;
mod errors;
mod handshake;
mod parallelism;
mod protocols;
mod support;
