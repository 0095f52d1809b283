//! Contracts of SignalR for Rust, for a crate that a server and its clients share.
//!
//! A contract is a trait: what a server calls on its clients ([`hub_client`]), or what clients call on a hub
//! ([`hub_server`]). With both in a crate of their own, beside the types that go over the wire, the compiler checks the
//! server, which depends on `hub-server`, and the clients, which depend on `hub-client`, against the same words.
//!
//! ```
//! use hub_contract::{Stream, hub_client, hub_server};
//!
//! /// What clients of the chat understand.
//! #[hub_client]
//! pub trait ChatClient {
//!     async fn receive_message(&self, user: &str, message: &str);
//! }
//!
//! /// What the chat does for its clients.
//! #[hub_server]
//! pub trait ChatServer {
//!     async fn send_message(&self, user: &str, message: &str);
//!     fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
//! }
//! ```

pub use futures_core::Stream;
#[doc(hidden)]
pub use hub_core::__private;
pub use hub_core::{Caller, DateTime, HubClient, HubContract, ImplementedBy, MessagePackExtension};

#[doc = include_str!("docs/hub_client.md")]
pub use hub_macros::hub_client_of_contract as hub_client;

#[doc = include_str!("docs/hub_server.md")]
pub use hub_macros::hub_server_of_contract as hub_server;
