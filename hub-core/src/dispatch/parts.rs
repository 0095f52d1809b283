//! Parameters from the request of a connection, and from the server of the hub.

use std::any::type_name;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use http::request::Parts;

use super::{BindError, Call, FromConnection, FromInvocation, HubDispatch};
use crate::connection::Connection;
use crate::error::HubError;
use crate::hub::Hub;
use crate::server::Core;

/// A value that a layer of the program put into the extensions of the connection's request; `None` if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extension<T>(pub Option<T>);

impl<T: Clone + Send + Sync + 'static> Extension<T> {
    fn of(connection: &Connection) -> Self {
        Self(connection.extension())
    }
}

impl<H: HubDispatch, T: Clone + Send + Sync + 'static> FromInvocation<H> for Extension<T> {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self::of(call.connection()))
    }
}

impl<H: HubDispatch, T: Clone + Send + Sync + 'static> FromConnection<H> for Extension<T> {
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError> {
        Ok(Self::of(context.connection()))
    }
}

/// A copy of what the program gave to [`HubServerBuilder::state`](crate::HubServerBuilder::state).
///
/// Without a value of this type the call fails, and `on_connected` too; the log names the type, the caller learns nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State<T>(pub T);

impl<T: Clone + Send + Sync + 'static> State<T> {
    fn of(core: &Core) -> Result<Self, HubError> {
        let missing = || {
            let text = format!("No state of type `{}` was given to the hub's server.", type_name::<T>());
            HubError::masked("InvalidOperationException", text)
        };
        core.state().get::<T>().cloned().map(Self).ok_or_else(missing)
    }
}

impl<H: HubDispatch, T: Clone + Send + Sync + 'static> FromInvocation<H> for State<T> {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self::of(call.connection().core())?)
    }
}

impl<H: HubDispatch, T: Clone + Send + Sync + 'static> FromConnection<H> for State<T> {
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError> {
        Self::of(context.connection().core())
    }
}

/// The HTTP request that connected: method, URI, headers, extensions. Clones share it.
#[derive(Clone)]
pub struct RequestParts(Arc<Parts>);

impl Deref for RequestParts {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl<H: HubDispatch> FromInvocation<H> for RequestParts {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self(call.connection().request()))
    }
}

impl<H: HubDispatch> FromConnection<H> for RequestParts {
    fn from_connection(context: &Hub<H::Client>) -> Result<Self, HubError> {
        Ok(Self(context.connection().request()))
    }
}

impl fmt::Debug for RequestParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestParts").field("uri", &self.uri.path()).finish_non_exhaustive()
    }
}
