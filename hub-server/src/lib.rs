#![doc = include_str!("docs/hub_server.md")]

mod application;
mod endpoint;
mod exchange;
mod macros;
mod options;
mod raw;
mod router;
mod runtime;
mod serve;
mod token;
mod websocket;

#[doc(hidden)]
pub use hub_core::{__private, StreamOf};
pub use hub_core::{
    Arguments, Asking, Audience, Backplane, BindError, Call, Caller, CallerClients, CancellationToken, Clients,
    Connecting, ConnectionId, DateTime, Delivery, DisconnectError, Extension, FromConnection, FromInvocation, Groups,
    Hub, HubClient, HubContract, HubDispatch, HubError, HubFilter, HubHandle, HubOptions, HubProtocol, HubServer,
    HubServerBuilder, ImplementedBy, InProcess, IntoReply, InvocationContext, Items, JsonOptions, LocalHub, Many,
    MessagePackExtension, MessagePackOptions, Next, OptionalArgument, OutgoingMessage, PayloadNaming, Phase,
    PolicyContext, Question, RawProxy, RemoteConnection, RequestParts, Requirement, Running, Sending, Single,
    SingleTarget, Source, State, Target, Unanswered, Unanswering, Untyped, UploadStream, User, WeakLocalHub, testing,
};
pub use macros::{hub, hub_client, hub_server};
pub use options::{HttpOptions, Transports};
pub use raw::{RawConnection, RawConnections};
pub use router::RouterExt;
pub use runtime::runtime;
pub use serve::{Serve, listen, serve};
pub use token::bearer_token;
