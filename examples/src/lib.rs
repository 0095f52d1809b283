//! What the programs of this package say to each other: contracts, which the compiler holds servers and clients to.
//!
//! Contracts of programs that are built apart stand in a crate of their own.

pub mod chat;
pub mod telemetry;
