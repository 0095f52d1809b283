//! Connections without a network, for tests: to a real hub in memory, and to a server that the test plays itself.
//!
//! Everything works while tokio's clock is paused.

mod fake;
mod memory;

pub use fake::{Attempt, FakeConnection, FakeConnector, FakeServer, fake_server};
pub use memory::{InMemory, in_memory};
