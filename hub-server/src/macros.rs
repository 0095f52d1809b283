//! The attributes, documented where they can be tried.

#[doc = include_str!("docs/hub.md")]
pub use hub_macros::hub;

#[doc = include_str!("docs/hub_client.md")]
pub use hub_macros::hub_client;

#[doc = include_str!("docs/hub_server_contract.md")]
pub use hub_macros::hub_server;
