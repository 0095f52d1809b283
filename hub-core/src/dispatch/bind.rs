//! From raw arguments to a method's parameters.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::panics::{CatchPanic, catch};
use super::reply::{IntoReply, Reply};
use super::{Bound, HubDispatch};
use crate::cancellation::CancellationToken;
use crate::client::HubClient;
use crate::connection::{Connection, ConnectionId};
use crate::error::HubError;
use crate::hub::{Hub, Running};
use crate::protocol::RawArguments;
use crate::user::User;

/// A parameter of a hub method.
///
/// Every owned type that is `Deserialize` is an argument the client sends, in order. [`Hub`], [`ConnectionId`],
/// [`User`], [`CancellationToken`] and [`Extension`] come from the connection and cost no argument on the wire.
/// Programs may implement the trait for types of their own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a hub method",
    label = "not an argument a client can send",
    note = "derive `serde::Deserialize` for `{Self}`, or take `Hub<dyn …>` with the contract that `#[hub(client = …)]` names"
)]
pub trait FromInvocation<H>: Sized + Send {
    /// How many arguments the client sends for this parameter: 1 or 0.
    const WIRE: usize = 0;

    /// Takes the parameter from a call.
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError>;
}

/// A call whose parameters are being bound.
pub struct Call<'a, H> {
    pub(super) hub: &'a Arc<H>,
    pub(super) connection: &'a Arc<Connection>,
    pub(super) arguments: RawArguments<'a>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) target: Cow<'static, str>,
}

/// Why a call cannot be carried out: its arguments do not fit the method (J-61, J-62, M-40…M-42).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindError {
    /// There are not as many arguments as parameters.
    Count,
    /// An argument is not of its parameter's type.
    Type,
    /// There is no array of arguments (M-40).
    NoArray,
}

impl<H: HubDispatch> Call<'_, H> {
    /// Binds the next parameter.
    pub fn bind<T: FromInvocation<H>>(&mut self) -> Result<T, BindError> {
        T::from_invocation(self)
    }

    /// Makes the call ready to run: `start` begins the method, whose result becomes the completion.
    pub fn run<T, F>(self, start: impl FnOnce(Arc<H>) -> F + Send + 'static) -> Result<Bound, BindError>
    where
        T: IntoReply,
        F: Future<Output = Result<T, HubError>> + Send + 'static,
    {
        if self.arguments.remaining() > 0 {
            return Err(BindError::Count);
        }
        let hub = Arc::clone(self.hub);
        let reply = Reply::new(Arc::clone(self.connection), self.id.map(Cow::into_owned), self.target);
        Ok(Box::pin(async move {
            let result = match catch(|| start(hub)) {
                Ok(method) => CatchPanic(pin!(method)).await,
                Err(panic) => Err(panic),
            };
            let message = reply.encode(result);
            reply.send(message).await;
        }))
    }

    /// The next argument the client sent.
    fn argument<T: DeserializeOwned>(&mut self) -> Result<T, BindError> {
        match self.arguments.next() {
            None => Err(BindError::Count),
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => {
                tracing::debug!(target = &*self.target, error = error.text(), "argument not bound");
                Err(BindError::Type)
            }
        }
    }
}

impl<H> std::fmt::Debug for Call<'_, H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("target", &self.target).field("id", &self.id).finish_non_exhaustive()
    }
}

#[diagnostic::do_not_recommend]
impl<H: HubDispatch, T: DeserializeOwned + Send> FromInvocation<H> for T {
    const WIRE: usize = 1;

    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        call.argument()
    }
}

impl<H, C> FromInvocation<H> for Hub<C, Running>
where
    H: HubDispatch<Client = C>,
    C: HubClient + ?Sized,
{
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self::new(Arc::clone(call.connection)))
    }
}

impl<H: HubDispatch> FromInvocation<H> for ConnectionId {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(call.connection.id().clone())
    }
}

impl<H: HubDispatch> FromInvocation<H> for User {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(call.connection.user().clone())
    }
}

/// Cancelled when the connection ends.
impl<H: HubDispatch> FromInvocation<H> for CancellationToken {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(call.connection.aborted().child())
    }
}

/// A value that a layer of the program put into the extensions of the connection's request; `None` if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extension<T>(pub Option<T>);

impl<H: HubDispatch, T: Clone + Send + Sync + 'static> FromInvocation<H> for Extension<T> {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(Self(call.connection.request().extensions.get::<T>().cloned()))
    }
}
