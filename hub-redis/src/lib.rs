//! A Redis backplane for SignalR for Rust: several servers, one hub, over Redis or Valkey.
//!
//! Channels and payloads are those of ASP.NET Core SignalR, byte by byte, so that one hub may be served by Rust and
//! .NET servers together (section 12 of the behaviour sheet, and its recording).
//!
//! ```no_run
//! # use hub_core::{HubDispatch, HubServer};
//! # use hub_redis::{BackplaneError, RedisBackplane};
//! # async fn example<ChatHub: HubDispatch + Default>() -> Result<(), BackplaneError> {
//! let redis = RedisBackplane::builder("redis://127.0.0.1:6379").hub_name("MyApp.Hubs.ChatHub").connect().await?;
//! let mut events = redis.events();
//! let server = HubServer::builder(ChatHub::default()).backplane(redis).build();
//! # Ok(())
//! # }
//! ```
//!
//! # What happens when Redis does not
//!
//! - **It is not there at the start**: [`connect`](RedisBackplane::connect) fails and says why;
//!   [`connect_later`](RedisBackplaneBuilder::connect_later) goes on trying.
//! - **It goes away**: messages to single connections of the same server, their answers, and leaving a group go on.
//!   Other sends, joining a group, and new connections wait for [`send_timeout`](RedisBackplaneBuilder::send_timeout),
//!   as many as [`queue_limit`](RedisBackplaneBuilder::queue_limit) allows, and then fail.
//! - **It comes back**: everything is subscribed again before anything that waited is sent. What other servers
//!   published meanwhile is lost to this one: [`RedisEvent::Restored`] and [`RedisCounters::restored`] tell.
//! - **It is slow**: what it does not answer in time fails as [`BackplaneError::Timeout`], and may still be carried
//!   out. A message is never sent twice.
//! - **Another server dies**: its connections are gone for Redis as well. Questions to them fail after some seconds.
//! - **Somebody publishes nonsense**: it is logged, counted and skipped.
//!
//! # Why redis-rs
//!
//! The connection is one of [`redis`]: kept up by the Redis organisation, with pushes on the connection that also sends
//! (RESP3), Sentinel, Cluster with sharded channels, and TLS by rustls, all behind features. [fred] has the same, but
//! nearly half as many dependencies more, and its last release is older. Keeping the subscriptions and reconnecting is
//! done here: only so can sends wait until every subscription is back.
//!
//! Publishing and subscribing share a connection, so Redis takes a `PUBLISH` after the `SUBSCRIBE` that was sent before
//! it. That takes Redis 6 or newer, or Valkey.
//!
//! [fred]: https://crates.io/crates/fred
//!
//! # Features
//!
//! `tls` (`rediss://` URLs, by rustls), `sentinel` and `cluster`; none by default.

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
mod server_name;
mod shared;
mod wire;

pub use backplane::RedisBackplane;
pub use builder::RedisBackplaneBuilder;
pub use error::BackplaneError;
pub use events::{RedisCounters, RedisEvent, RedisEvents};
