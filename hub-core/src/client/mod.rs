//! Calling clients.

mod asking;
mod clients;
mod proxy;
mod questions;
mod sending;

pub use crate::protocol::Arguments;
pub use asking::Asking;
pub use clients::{CallerClients, Clients};
pub use proxy::{HubClient, Many, RawProxy, Single, SingleTarget, Target, Unanswering, Untyped};
pub(crate) use questions::Questions;
pub use sending::Sending;
