//! Servers of one hub over a real Redis. They run with the feature `redis`, in which `cargo xtask test --only redis`
//! builds them, and take the path of a `redis-server` from the environment variable `REDIS_SERVER`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod failures;
mod groups;
mod options;
mod questions;
mod selectors;
mod support;
mod topologies;
mod wire;
