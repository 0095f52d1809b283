//! SignalR for Rust on axum.

mod endpoint;
mod macros;
mod options;
mod router;
mod websocket;

#[doc(hidden)]
pub use hub_core::__private;
pub use hub_core::{
    Audience, Backplane, CallerClients, CancellationToken, Clients, Connecting, ConnectionId, DateTime, Delivery,
    DisconnectError, Extension, FromConnection, FromInvocation, Groups, Hub, HubClient, HubDispatch, HubError,
    HubHandle, HubOptions, HubServer, HubServerBuilder, IntoReply, Items, LocalHub, Many, OutgoingMessage,
    PayloadNaming, RawProxy, Running, Sending, Single, SingleTarget, Target, Unanswering, Untyped, User, testing,
};
pub use macros::{hub, hub_client};
pub use options::{HttpOptions, Transports};
pub use router::RouterExt;
