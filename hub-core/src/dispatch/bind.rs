//! From raw arguments to a method's parameters.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::gate::Gate;
use super::missing::{OptionalArgument, missing};
use super::reply::{Outcome, Recipient, Reply, StreamCall};
use super::run::Run;
use super::upload::{self, Upload, UploadStream};
use super::{Bound, HubDispatch};
use crate::cancellation::CancellationToken;
use crate::client::HubClient;
use crate::connection::{Connection, ConnectionId, Origin, Slot};
use crate::error::HubError;
use crate::hub::{Hub, Running};
use crate::protocol::RawArguments;
use crate::user::User;

/// A parameter of a hub method.
///
/// Every owned type that is `Deserialize` is an argument the client sends, in order. [`Hub`], [`ConnectionId`],
/// [`User`], [`CancellationToken`], [`RequestParts`](super::RequestParts), [`Extension`](super::Extension) and
/// [`State`](super::State) come from the connection or its server and cost no argument on the wire. Programs may
/// implement the trait for types of their own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a hub method",
    label = "not an argument a client can send",
    note = "derive `serde::Deserialize` for `{Self}`, or take `Hub<dyn …>` with the contract that `#[hub(client = …)]` names"
)]
pub trait FromInvocation<H>: Sized + Send {
    /// Where the parameter comes from.
    const SOURCE: Source = Source::Connection;

    /// Takes the parameter from a call.
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError>;
}

/// Where a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// From the connection: it costs nothing on the wire.
    Connection,
    /// The client sends this many arguments for it; usually one.
    Arguments(usize),
    /// The client sends an argument for it, or leaves it out with all behind it.
    Optional,
    /// The client uploads a stream for it.
    Upload,
}

impl Source {
    /// Where an argument comes from that may be left out.
    ///
    /// # Panics
    ///
    /// If a `T` cannot be had without an argument: it is not an `Option`, nor made of one.
    pub fn optional<T: OptionalArgument>() -> Self {
        let name = std::any::type_name::<T>();
        assert!(missing::<T>().is_ok(), "a `{name}` cannot be left out by callers: take an `Option<{name}>`");
        Self::Optional
    }
}

/// A call whose parameters are being bound.
pub struct Call<'a, H> {
    pub(super) hub: &'a Arc<H>,
    pub(super) connection: &'a Arc<Connection>,
    pub(super) arguments: RawArguments<'a>,
    /// Not empty.
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) target: Cow<'static, str>,
    pub(super) stream_ids: std::vec::IntoIter<Cow<'a, str>>,
    pub(super) uploads: Vec<(String, Box<dyn Upload>)>,
    pub(super) stream: Option<StreamCall>,
    pub(super) slot: Slot,
    pub(super) gate: Option<Gate>,
}

/// Why a call cannot be carried out.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// There are not as many arguments as parameters (J-61).
    Count,
    /// An argument is not of its parameter's type (J-62).
    Type,
    /// There is no array of arguments (M-40).
    NoArray,
    /// Something else that a parameter needs is not there; the caller is told as if the method had failed (D-27).
    Failed(HubError),
}

impl From<HubError> for BindError {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

impl<H: HubDispatch> Call<'_, H> {
    /// Binds the next parameter.
    pub fn bind<T: FromInvocation<H>>(&mut self) -> Result<T, BindError> {
        T::from_invocation(self)
    }

    /// Binds the next parameter, whose argument may have been left out.
    pub fn bind_optional<T: OptionalArgument>(&mut self) -> Result<T, BindError> {
        match self.arguments.remaining() {
            0 => missing().map_err(|_| BindError::Count),
            _ => self.argument(),
        }
    }

    /// The connection that makes the call.
    pub(super) fn connection(&self) -> &Arc<Connection> {
        self.connection
    }

    /// Makes the call ready to run: `start` begins the method and gives what comes of it to the reply.
    pub fn run<F>(&mut self, start: impl FnOnce(Arc<H>, Reply) -> F) -> Result<Bound, BindError>
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        if self.arguments.remaining() > 0 {
            return Err(BindError::Count);
        }
        let to = self.recipient();
        let reply = Reply::new::<F::Output>(&to, self.stream.take());
        Ok(Bound(Box::pin(Run::new(start(Arc::clone(self.hub), reply), to))))
    }

    /// Where what is said of the call goes.
    pub(super) fn recipient(&self) -> Recipient {
        let id = self.id.as_deref().map(Box::from);
        let (connection, target, gate) = (Arc::clone(self.connection), self.target.clone(), self.gate.clone());
        Recipient { connection, id, target, gate }
    }

    /// The next stream the client uploads. Whether it sends as many as there are parameters is checked later (6.2).
    fn upload<T: DeserializeOwned + Send + 'static>(&mut self) -> UploadStream<T> {
        let (upload, stream) = upload::channel(self.connection.core().options().stream_buffer_capacity);
        if let Some(id) = self.stream_ids.next() {
            self.uploads.push((id.into_owned(), upload));
        }
        stream
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
    const SOURCE: Source = Source::Arguments(1);

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
        let origin = Origin::Call(Arc::clone(call.connection), call.slot.share());
        Ok(Self::new(Arc::clone(call.connection), origin))
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

/// Cancelled when the connection ends; for a streaming method also when the client wants no more of its stream, which
/// the method then ends itself. A stream whose method takes no token is dropped.
impl<H: HubDispatch> FromInvocation<H> for CancellationToken {
    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(match &mut call.stream {
            Some(stream) => {
                stream.is_observed = true;
                stream.cancellation.clone()
            }
            None => call.connection.aborted().child(),
        })
    }
}

impl<H: HubDispatch, T: DeserializeOwned + Send + 'static> FromInvocation<H> for UploadStream<T> {
    const SOURCE: Source = Source::Upload;

    fn from_invocation(call: &mut Call<'_, H>) -> Result<Self, BindError> {
        Ok(call.upload())
    }
}
