//! Connections without a hub.

mod application;
mod connection;

pub(crate) use application::RawApplication;
pub use connection::RawConnection;
