//! The hub runtime of SignalR for Rust, without a web server.
//!
//! Programs depend on `hub-server`, which re-exports what they name. This crate is for whoever brings another
//! transport or another backplane.

mod authorization;
mod backplane;
mod cancellation;
mod client;
mod connection;
mod contract;
mod dispatch;
mod error;
mod filter;
mod hub;
mod items;
mod options;
mod outgoing;
mod protocols;
mod registry;
mod server;
mod sync;
pub mod testing;
pub mod transport;
mod user;

#[doc(hidden)]
pub mod __private;
pub mod protocol;

pub use authorization::{PolicyContext, Requirement};
pub use backplane::{Audience, Backplane, Delivery, InProcess, LocalHub, Question, Unanswered, WeakLocalHub};
pub use cancellation::CancellationToken;
pub use client::{
    Arguments, Asking, CallerClients, Clients, HubClient, Many, RawProxy, Sending, Single, SingleTarget, Target,
    Unanswering, Untyped,
};
pub use connection::{ConnectionId, NewConnection, ReconnectHandle, Reconnects, StoredRequest, random_token};
#[doc(hidden)]
pub use contract::agreement::StreamOf;
pub use contract::{Caller, ClientResult, FromReply, Handler, HubContract, ImplementedBy, Implements, Receiver};
pub use dispatch::{
    BindError, Bound, Call, Extension, FromConnection, FromInvocation, HubDispatch, IntoReply, Method, MethodKind,
    Methods, OptionalArgument, RequestParts, ReturnError, Source, State, UploadStream,
};
pub use error::{DisconnectError, HubError};
pub use filter::{HubFilter, InvocationContext, Next};
pub use hub::{Connecting, Groups, Hub, Phase, RemoteConnection, Running};
pub use items::Items;
pub use options::HubOptions;
pub use outgoing::OutgoingMessage;
pub use protocol::{DateTime, HubProtocol, JsonOptions, MessagePackExtension, MessagePackOptions, PayloadNaming};
pub use server::{HubHandle, HubServer, HubServerBuilder};
pub use user::User;
