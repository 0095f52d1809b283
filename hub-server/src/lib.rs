//! SignalR for Rust on axum.

mod macros;

#[doc(hidden)]
pub use hub_core::__private;
pub use hub_core::{
    CancellationToken, Clients, ConnectionId, DisconnectError, Extension, FromInvocation, Hub, HubClient, HubDispatch,
    HubError, HubHandle, HubServer, User,
};
pub use macros::{hub, hub_client};
