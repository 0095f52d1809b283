//! Connections without a hub.

mod application;
mod connection;
mod connections;

pub(crate) use application::RawApplication;
pub use connection::RawConnection;
pub use connections::RawConnections;
