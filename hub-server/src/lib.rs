#![doc = include_str!("docs/hub_server.md")]

mod endpoint;
mod macros;
mod options;
mod router;
mod websocket;

#[doc(hidden)]
pub use hub_core::__private;
pub use hub_core::{
    Arguments, Asking, Audience, Backplane, BindError, Call, CallerClients, CancellationToken, Clients, Connecting,
    ConnectionId, DateTime, Delivery, DisconnectError, Extension, FromConnection, FromInvocation, Groups, Hub,
    HubClient, HubDispatch, HubError, HubFilter, HubHandle, HubOptions, HubServer, HubServerBuilder, InProcess,
    IntoReply, InvocationContext, Items, LocalHub, Many, Next, OptionalArgument, OutgoingMessage, PayloadNaming, Phase,
    RawProxy, RequestParts, Running, Sending, Single, SingleTarget, Source, State, Target, Unanswering, Untyped,
    UploadStream, User, testing,
};
pub use macros::{hub, hub_client};
pub use options::{HttpOptions, Transports};
pub use router::RouterExt;
