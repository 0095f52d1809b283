//! From a target to a running method.

mod bind;
mod fold;
mod gate;
mod lifecycle;
mod methods;
mod missing;
mod panics;
mod parts;
mod prepared;
mod reply;
mod run;
pub(crate) mod tag;
mod upload;

use std::sync::Arc;

use futures_core::future::BoxFuture;

use crate::authorization::Requirement;
use crate::client::HubClient;
use crate::error::{DisconnectError, HubError};
use crate::hub::Hub;

pub use bind::{BindError, Call, FromInvocation, Source};
pub use lifecycle::FromConnection;
pub(crate) use methods::streams_of;
pub use methods::{Method, Methods};
pub use missing::OptionalArgument;
pub(crate) use panics::{CatchPanic, catch};
pub use parts::{Extension, RequestParts, State};
pub(crate) use prepared::{CallStreams, Prepared};
#[doc(hidden)]
pub use reply::Reply;
pub use reply::{IntoReply, ReturnError};
pub use tag::MethodKind;
#[doc(hidden)]
pub use tag::Tag;
pub(crate) use upload::Upload;
pub use upload::UploadStream;

/// A call whose arguments are bound, ready to run.
pub struct Bound(BoxFuture<'static, ()>);

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").finish_non_exhaustive()
    }
}

/// A hub: what `#[hub]` makes of an impl block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hub",
    label = "this type has no `#[hub]` impl block",
    note = "put `#[hub]` on the impl block that holds the hub's methods"
)]
pub trait HubDispatch: Sized + Send + Sync + 'static {
    /// What the hub may call on its clients: `dyn` a `#[hub_client]` trait, or [`Untyped`](crate::Untyped).
    type Client: ?Sized + HubClient;

    /// The hub's name, for logs and backplanes.
    const NAME: &'static str;

    /// What is asked of every request for the hub, all of it (U-2). It is what serves the hub over HTTP that asks.
    const REQUIREMENTS: &'static [Requirement] = &[];

    /// Adds the hub's methods to the table.
    fn methods(methods: &mut Methods<Self>);

    /// Compiles if the hub keeps its contract, and never runs.
    #[doc(hidden)]
    fn keeps_contract() {}

    /// Runs when a client has connected, before its first call.
    fn on_connected(hub: Arc<Self>, context: Hub<Self::Client>) -> BoxFuture<'static, Result<(), HubError>> {
        let _ = (hub, context);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Runs when a connection has ended, with the reason if it did not end in order.
    fn on_disconnected(
        hub: Arc<Self>,
        context: Hub<Self::Client>,
        reason: Option<DisconnectError>,
    ) -> BoxFuture<'static, Result<(), HubError>> {
        let _ = (hub, context, reason);
        Box::pin(std::future::ready(Ok(())))
    }
}
