//! From what a method returns to the one completion of its call.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_core::Stream;
use serde::Serialize;

use crate::cancellation::CancellationToken;
use crate::connection::{Connection, Ending};
use crate::error::HubError;

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

/// Where the completion of one call goes. There is one also when the method panics.
pub struct Reply {
    connection: Arc<Connection>,
    /// Without an id nothing is ever sent back (D-41); nor is it once the completion was sent.
    id: Option<String>,
    target: Cow<'static, str>,
    stream: Option<StreamCall>,
    /// The method has returned its stream.
    is_streaming: bool,
}

/// What a call of a streaming method has besides.
pub(super) struct StreamCall {
    /// Cancelled when the client wants no more, and when the connection ends.
    pub(super) cancellation: CancellationToken,
    /// The method took the token, and ends its stream itself (D-52).
    pub(super) is_observed: bool,
}

impl Reply {
    pub(super) fn new(
        connection: Arc<Connection>,
        id: Option<String>,
        target: Cow<'static, str>,
        stream: Option<StreamCall>,
    ) -> Self {
        Self { connection, id, target, stream, is_streaming: false }
    }

    /// Completes the call with its result.
    pub(super) async fn complete<T: IntoReply>(mut self, result: Result<T, HubError>) {
        match (result, self.id.take()) {
            (Ok(_), None) => {}
            (Err(error), id) => self.fail(id, &error).await,
            (Ok(value), Some(id)) => {
                let mut message = Vec::new();
                match self.connection.protocol().write_result(&mut message, &id, &value) {
                    Ok(()) => self.connection.send(&message).await,
                    Err(error) => self.connection.end(Ending::from(error)),
                }
            }
        }
    }

    /// Sends the items of a stream, then the completion (D-50).
    pub(super) async fn stream<S, T>(
        mut self,
        result: Result<S, HubError>,
        split: impl Fn(S::Item) -> Result<T, HubError>,
    ) where
        S: Stream,
        T: IntoReply,
    {
        let outcome = match result {
            Ok(stream) => {
                self.is_streaming = true;
                self.send_items(stream, split).await
            }
            Err(error) => Err(error),
        };
        match (outcome, self.id.take()) {
            (Err(error), id) => self.fail(id, &error).await,
            (Ok(()), Some(id)) => {
                let mut message = Vec::new();
                self.connection.protocol().write_void(&mut message, &id);
                self.connection.send(&message).await;
            }
            (Ok(()), None) => {}
        }
    }

    /// Sends items, each when there is room for it, until the stream ends, fails or is no longer wanted.
    async fn send_items<S, T>(&self, stream: S, split: impl Fn(S::Item) -> Result<T, HubError>) -> Result<(), HubError>
    where
        S: Stream,
        T: IntoReply,
    {
        let id = self.id.clone().unwrap_or_default();
        let mut stream = pin!(stream);
        let mut unwanted = pin!(self.unwanted());
        let mut message = Vec::new();
        loop {
            let next = poll_fn(|cx| match unwanted.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => stream.as_mut().poll_next(cx),
            });
            let Some(item) = next.await else { return Ok(()) };
            message.clear();
            if let Err(error) = self.connection.protocol().write_stream_item(&mut message, &id, &split(item)?) {
                self.connection.end(Ending::from(error));
                return Ok(());
            }
            if poll_fn(|cx| self.connection.poll_send(cx, &message)).await.is_err() {
                return Ok(());
            }
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

    async fn fail(&self, id: Option<String>, error: &HubError) {
        self.log(error);
        if let Some(id) = id {
            self.connection.send(&self.failure(&id, error)).await;
        }
    }

    /// The completion that tells of an error (D-27 to D-29).
    fn failure(&self, id: &str, error: &HubError) -> Vec<u8> {
        let text = if self.is_streaming {
            "An error occurred on the server while streaming results."
        } else {
            &format!("An unexpected error occurred invoking '{}' on the server.", self.target)
        };
        let text = error.explain(text, self.connection.core().options().enable_detailed_errors);
        let mut message = Vec::new();
        self.connection.protocol().write_error(&mut message, id, &text);
        message
    }

    fn log(&self, error: &HubError) {
        let (hub, target, connection) = (self.connection.core().name(), &*self.target, self.connection.id());
        tracing::warn!(hub, target, %connection, kind = error.kind(), %error, "hub method failed");
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // A call that was never begun, or whose connection is over, is dropped without a panic, and says nothing.
        if std::thread::panicking()
            && let Some(id) = self.id.take()
        {
            self.connection.send_now(&self.failure(&id, &HubError::masked("Panic", "The method panicked.")));
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("target", &self.target).field("id", &self.id).finish_non_exhaustive()
    }
}
