//! Calls with the types of a contract.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::BoxFuture;
use hub_core::FromReply;
use hub_core::protocol::{ArgumentWriter, Arguments as Values, EncodedArguments, PayloadError};

use crate::call::{Arguments, HubStream, Upload};
use crate::connection::HubConnection;
use crate::error::InvocationError;

/// A call of a hub method by its contract, made when this is awaited, which gives the method's result.
///
/// To drop it is to give up: before it is polled, nothing is sent; after that the server is not told, but the uploads of
/// the call are cancelled (C-53).
#[must_use = "the call is made only when this is awaited"]
pub struct Invocation<R>(Awaited<R>);

impl<R: FromReply> Invocation<R> {
    pub(super) fn new(call: Call) -> Self {
        Self(Awaited::Not(Some(call)))
    }

    /// Makes the call without asking for its result, nor whether it fails (C-52); see
    /// [`HubConnection::send`].
    ///
    /// # Errors
    ///
    /// If the connection is not active, or the arguments cannot be serialized.
    pub async fn send(self) -> Result<(), InvocationError> {
        match self.0 {
            Awaited::Not(Some(call)) => call.send().await,
            Awaited::Not(None) => Ok(()),
            Awaited::Already(answer) => answer.await.map(drop),
        }
    }
}

impl<R: FromReply> Future for Invocation<R> {
    type Output = Result<R, InvocationError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx, |call| Box::pin(call.invoke()))
    }
}

/// A call of a hub method by its contract that answers by a stream, made when this is awaited, which gives the stream.
#[must_use = "the call is made only when this is awaited"]
pub struct StreamInvocation<T>(Awaited<HubStream<T>>);

impl<T: FromReply> StreamInvocation<T> {
    pub(super) fn new(call: Call) -> Self {
        Self(Awaited::Not(Some(call)))
    }
}

impl<T: FromReply> Future for StreamInvocation<T> {
    type Output = Result<HubStream<T>, InvocationError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx, |call| Box::pin(call.stream()))
    }
}

/// A call, or what is awaited of it.
enum Awaited<T> {
    Not(Option<Call>),
    Already(BoxFuture<'static, Result<T, InvocationError>>),
}

impl<T> Awaited<T> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        make: impl FnOnce(Call) -> BoxFuture<'static, Result<T, InvocationError>>,
    ) -> Poll<Result<T, InvocationError>> {
        if let Self::Not(call) = self
            && let Some(call) = call.take()
        {
            *self = Self::Already(make(call));
        }
        match self {
            Self::Already(answer) => answer.as_mut().poll(cx),
            Self::Not(_) => Poll::Pending,
        }
    }
}

/// A call that is not made yet. Its arguments are serialized, so that it borrows nothing.
pub(super) struct Call {
    connection: HubConnection,
    target: &'static str,
    arguments: Result<EncodedArguments, PayloadError>,
    uploads: Vec<Upload>,
}

impl Call {
    pub(super) fn new<A: Values>(
        connection: &HubConnection,
        target: &'static str,
        arguments: &A,
        uploads: Vec<Upload>,
    ) -> Self {
        let arguments = connection.protocol().encode_arguments(arguments);
        Self { connection: connection.clone(), target, arguments, uploads }
    }

    async fn invoke<R: FromReply>(self) -> Result<R, InvocationError> {
        let (connection, target, arguments) = self.into_parts()?;
        connection.invoke(target, arguments).await
    }

    async fn send(self) -> Result<(), InvocationError> {
        let (connection, target, arguments) = self.into_parts()?;
        connection.send(target, arguments).await
    }

    async fn stream<T: FromReply>(self) -> Result<HubStream<T>, InvocationError> {
        let (connection, target, arguments) = self.into_parts()?;
        connection.stream(target, arguments).await
    }

    fn into_parts(self) -> Result<(HubConnection, &'static str, Encoded), InvocationError> {
        let values = self.arguments.map_err(InvocationError::Arguments)?;
        Ok((self.connection, self.target, Encoded { values, uploads: self.uploads }))
    }
}

/// Arguments that are serialized, and those that are uploaded.
struct Encoded {
    values: EncodedArguments,
    uploads: Vec<Upload>,
}

impl Arguments for Encoded {
    fn uploads(&self) -> usize {
        self.uploads.len()
    }

    fn values(&self) -> usize {
        self.values.count()
    }

    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        self.values.write(out)
    }

    fn into_uploads(self) -> Vec<Upload> {
        self.uploads
    }
}

impl<R> fmt::Debug for Invocation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation").field("target", &self.0.target()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for StreamInvocation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamInvocation").field("target", &self.0.target()).finish_non_exhaustive()
    }
}

impl<T> Awaited<T> {
    /// What is called, unless it is already.
    fn target(&self) -> Option<&'static str> {
        match self {
            Self::Not(call) => call.as_ref().map(|call| call.target),
            Self::Already(_) => None,
        }
    }
}
