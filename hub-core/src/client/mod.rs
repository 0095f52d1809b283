//! Calling clients.

mod clients;
mod proxy;
mod sending;

pub use crate::protocol::Arguments;
pub use clients::{CallerClients, Clients};
pub use proxy::{HubClient, ImplementedBy, Many, RawProxy, Single, SingleTarget, Target, Unanswering, Untyped};
pub use sending::Sending;
