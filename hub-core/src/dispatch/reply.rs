//! From what a method returns to the one completion of its call.

mod burst;

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::StreamExt as _;
use serde::Serialize;

use super::gate::Gate;
use super::panics::catch;
use super::tag::MethodKind;
use crate::cancellation::CancellationToken;
use crate::connection::{Connection, Ending, buffers};
use crate::error::HubError;
use crate::protocol::PayloadError;

/// What a hub method may return, alone, as the value of a `Result`, or as the item of a stream: a value that is
/// `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hub method",
    label = "this type does not implement `serde::Serialize`",
    note = "derive `serde::Serialize` for `{Self}`, or return a type that has it"
)]
pub trait IntoReply: Serialize + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> IntoReply for T {}

/// What may be the error of a hub method's `Result`: [`HubError`], or what converts into it through `?`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a hub method",
    label = "this type does not convert into `HubError`",
    note = "implement `std::error::Error` for `{Self}`, or return `HubError`"
)]
pub trait ReturnError: Into<HubError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<HubError>> ReturnError for E {}

/// Where the completion of one call goes.
#[derive(Clone)]
pub struct Recipient {
    pub(super) connection: Arc<Connection>,
    /// Without an id nothing is ever sent back (D-41).
    pub(super) id: Option<Box<str>>,
    pub(super) target: Cow<'static, str>,
    /// Where filters wait for what is sent, if the hub has any.
    pub(super) gate: Option<Gate>,
}

/// What a method's stream is given to; a value is completed when the method is over.
pub struct Reply(Option<Box<StreamReply>>);

struct StreamReply {
    to: Recipient,
    stream: Option<StreamCall>,
}

/// What a call of a streaming method has besides.
pub(super) struct StreamCall {
    /// Cancelled when the client wants no more, and when the connection ends.
    pub(super) cancellation: CancellationToken,
    /// The method took the token, and ends its stream itself (D-52).
    pub(super) is_observed: bool,
}

/// What a method has come to.
pub trait Outcome {
    /// Whether the reply is given a stream.
    const IS_STREAM: bool = false;

    /// Completes the call. What is left to do when that could not be sent at once is given back; most can.
    fn complete(self, to: &Recipient) -> Option<BoxFuture<'static, ()>>;
}

/// A value that completes its call.
///
/// Whether it can be sent is asked where it is made, and nowhere else: so a mistake is reported once.
#[derive(Debug)]
pub struct Answer<T> {
    result: Result<T, HubError>,
    complete: fn(&Recipient, Result<T, HubError>) -> Option<BoxFuture<'static, ()>>,
}

impl<T: IntoReply> Answer<T> {
    pub(super) fn new(result: Result<T, HubError>) -> Self {
        Self { result, complete: Recipient::answer }
    }
}

impl<T> Outcome for Answer<T> {
    fn complete(self, to: &Recipient) -> Option<BoxFuture<'static, ()>> {
        (self.complete)(to, self.result)
    }
}

/// A stream that was sent, with its completion.
#[derive(Debug)]
pub struct Streamed;

impl Outcome for Streamed {
    const IS_STREAM: bool = true;

    fn complete(self, _to: &Recipient) -> Option<BoxFuture<'static, ()>> {
        None
    }
}

impl Reply {
    /// The reply for a method that comes to a `T`.
    pub(super) fn new<T: Outcome>(to: &Recipient, stream: Option<StreamCall>) -> Self {
        Self(T::IS_STREAM.then(|| Box::new(StreamReply { to: to.clone(), stream })))
    }

    /// Sends the items of a stream, then the completion (D-50).
    pub(super) async fn stream<S, T>(
        self,
        result: Result<S, HubError>,
        split: impl Fn(S::Item) -> Result<T, HubError>,
    ) -> Streamed
    where
        S: Stream,
        T: IntoReply,
    {
        // There always is one, since this is what comes of it.
        if let Some(reply) = self.0 {
            reply.send(result, split).await;
        }
        Streamed
    }
}

impl StreamReply {
    async fn send<S, T>(self, result: Result<S, HubError>, split: impl Fn(S::Item) -> Result<T, HubError>)
    where
        S: Stream,
        T: IntoReply,
    {
        let judged = match &self.to.gate {
            Some(gate) => gate.pass(result).await,
            None => result,
        };
        let stream = match judged {
            Ok(stream) => stream,
            Err(error) => return self.to.fail(&error).await,
        };
        let mut items = pin!(stream.map(split));
        let mut unwanted = pin!(self.unwanted());
        let sent = poll_fn(|cx| match unwanted.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Ok(())),
            Poll::Pending => burst::poll_send(cx, &self.to, items.as_mut()),
        });
        match sent.await {
            Ok(()) => self.to.finish(MethodKind::Stream).await,
            Err(error) => self.to.fail_stream(&error).await,
        }
    }

    /// Ready when the stream is to be dropped: the client has cancelled it, and the method did not take the token to
    /// end it itself.
    fn unwanted(&self) -> impl Future<Output = ()> + use<> {
        let token = self.stream.as_ref().filter(|stream| !stream.is_observed).map(|stream| stream.cancellation.clone());
        async move {
            match token {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        }
    }
}

/// Writes a value of the program's, whose code may fail or panic: then the connection is to end (D-42).
fn encode(write: impl FnOnce() -> Result<(), PayloadError>) -> Result<(), Ending> {
    match catch(write) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(panic) => Err(Ending::Failed(panic.into())),
    }
}

impl Recipient {
    fn answer<T: IntoReply>(&self, result: Result<T, HubError>) -> Option<BoxFuture<'static, ()>> {
        let Some(gate) = self.gate.clone() else { return self.complete(result) };
        let to = self.clone();
        // The filters judge it first.
        Some(Box::pin(async move {
            if let Some(rest) = to.complete(gate.pass(result).await) {
                rest.await;
            }
        }))
    }

    fn complete<T: IntoReply>(&self, result: Result<T, HubError>) -> Option<BoxFuture<'static, ()>> {
        match (result, &self.id) {
            (Ok(_), None) => None,
            (Ok(value), Some(id)) => {
                let protocol = self.connection.protocol();
                let unsent = self.send_at_once(|message| protocol.write_result(message, id, &value))?;
                let connection = Arc::clone(&self.connection);
                Some(Box::pin(async move { connection.send(&unsent).await }))
            }
            (Err(error), _) => {
                let to = self.clone();
                Some(Box::pin(async move { to.fail(&error).await }))
            }
        }
    }

    /// Says that it is over: the result of a method without one is null (D-40).
    pub(super) async fn finish(&self, kind: MethodKind) {
        let Some(id) = &self.id else { return };
        let protocol = self.connection.protocol();
        let unsent = self.send_at_once(|message| match kind {
            MethodKind::Value => protocol.write_result(message, id, &()),
            MethodKind::Stream => {
                protocol.write_void(message, id);
                Ok(())
            }
        });
        if let Some(message) = unsent {
            self.connection.send(&message).await;
        }
    }

    /// Sends the message that `write` makes, if there is room for it; otherwise gives it back.
    fn send_at_once(&self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), PayloadError>) -> Option<Vec<u8>> {
        buffers::with(|message| match encode(|| write(message)) {
            Ok(()) => (!self.connection.try_send(message)).then(|| message.clone()),
            Err(ending) => {
                self.connection.end(ending);
                None
            }
        })
    }

    /// Says that the call is refused, whether there is room for that or not: such calls are not counted.
    fn refuse(&self, error: &HubError, refusal: &str) {
        let Self { connection, id, target, .. } = self;
        tracing::debug!(hub = connection.core().name(), connection = %connection.id(), target = &**target, %error, "call refused");
        if let Some(id) = id {
            let mut message = Vec::new();
            connection.protocol().write_error(&mut message, id, refusal);
            connection.send_now(&message);
        }
    }

    /// Says that the method failed (D-27, D-28), or was not even begun.
    pub(super) async fn fail(&self, error: &HubError) {
        if let Some(refusal) = error.refusal() {
            return self.refuse(error, refusal);
        }
        self.say(error, &format!("An unexpected error occurred invoking '{}' on the server.", self.target)).await;
    }

    /// Says that the stream of the method failed (D-29).
    async fn fail_stream(&self, error: &HubError) {
        self.say(error, "An error occurred on the server while streaming results.").await;
    }

    async fn say(&self, error: &HubError, text: &str) {
        let Self { connection, id, target, .. } = self;
        let core = connection.core();
        tracing::warn!(hub = core.name(), target = &**target, connection = %connection.id(), kind = error.kind(), %error, "hub method failed");
        if let Some(id) = id {
            let mut message = Vec::new();
            let text = error.explain(text, core.options().enable_detailed_errors);
            connection.protocol().write_error(&mut message, id, &text);
            connection.send(&message).await;
        }
    }
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").field("target", &self.target).field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reply").field(&self.0.as_ref().map(|reply| &reply.to)).finish()
    }
}
