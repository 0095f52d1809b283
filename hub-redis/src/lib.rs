//! A Redis backplane for [SignalR for Rust]: several servers, one hub, over Redis or Valkey.
//!
//! Channels and payloads are those of ASP.NET Core SignalR, so that a hub may be served by Rust and .NET servers together.
//!
//! [SignalR for Rust]: hub_core

mod acks;
mod backplane;
mod builder;
mod bus;
mod channels;
mod error;
mod events;
mod inbound;
mod options;
mod presence;
mod wire;

pub use backplane::RedisBackplane;
pub use builder::RedisBackplaneBuilder;
pub use error::BackplaneError;
pub use events::{RedisCounters, RedisEvent, RedisEvents};
