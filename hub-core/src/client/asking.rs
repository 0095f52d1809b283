//! A question to a client on its way, and its answer on its way back.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::backplane::{Question, Unanswered};
use crate::connection::{Connection, ConnectionId, Origin, random_token};
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;
use crate::protocol::Arguments;
use crate::server::Core;

/// What a client may answer: a value that is `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a client",
    label = "this type does not implement `serde::Deserialize`, or borrows what it is read from",
    note = "derive `serde::Deserialize` for `{Self}`, or ask for a type that has it"
)]
pub trait Answer: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Answer for T {}

/// A question to one client; it is asked when this is awaited, which gives the answer. To drop it is to give up.
#[must_use = "the question is asked only when this is awaited"]
pub struct Asking<R> {
    answer: BoxFuture<'static, Result<R, HubError>>,
}

impl<R: Answer> Asking<R> {
    pub(super) fn new<A: Arguments>(
        core: &Arc<Core>,
        connection: Result<Arc<Connection>, ConnectionId>,
        origin: Origin,
        target: &str,
        arguments: &A,
    ) -> Self {
        if let Err(id) = &connection
            && core.backplane().is_local()
        {
            return Self::failed(unknown(id));
        }
        if matches!(origin, Origin::Connecting) {
            let text = "Client results inside OnConnectedAsync Hub methods are not allowed.";
            return Self::failed(HubError::masked("InvalidOperationException", text));
        }
        match connection {
            Ok(connection) => {
                let id = core.questions().next_id();
                let message = OutgoingMessage::question([connection.protocol()], &id, target, arguments);
                Self { answer: Box::pin(ask(connection, origin, id, message)) }
            }
            Err(connection) => {
                let id = random_token();
                let message = OutgoingMessage::question(core.protocols().all(), &id, target, arguments);
                let question = Question::new(id.to_string(), message);
                Self { answer: Box::pin(ask_elsewhere(Arc::clone(core), connection, origin, question)) }
            }
        }
    }

    fn failed(error: HubError) -> Self {
        Self { answer: Box::pin(std::future::ready(Err(error))) }
    }

    /// Gives up after this time, with the error `Invocation canceled by the server.` The client is not told (D-97).
    pub fn timeout(self, timeout: Duration) -> Self {
        let answer = async move {
            match tokio::time::timeout(timeout, self.answer).await {
                Ok(answer) => answer,
                Err(_) => Err(HubError::new("Invocation canceled by the server.")),
            }
        };
        Self { answer: Box::pin(answer) }
    }
}

async fn ask<R: Answer>(
    connection: Arc<Connection>,
    origin: Origin,
    id: String,
    message: OutgoingMessage,
) -> Result<R, HubError> {
    free_slot(&origin);
    let core = connection.core();
    let mut answer = core.questions().open(id.clone(), connection.id().clone());
    let _open = Open { core, id: &id };
    poll_fn(|cx| message.poll_to(cx, &connection)).await;
    let mut gone = pin!(connection.aborted().cancelled());
    poll_fn(|cx| match Pin::new(&mut answer).poll(cx) {
        Poll::Ready(Ok(answer)) => Poll::Ready(answer),
        Poll::Ready(Err(_)) => Poll::Ready(Err(disconnected(connection.id()))),
        Poll::Pending => gone.as_mut().poll(cx).map(|()| Err(disconnected(connection.id()))),
    })
    .await
}

/// Asks through the backplane.
async fn ask_elsewhere<R: Answer>(
    core: Arc<Core>,
    connection: ConnectionId,
    origin: Origin,
    question: Question,
) -> Result<R, HubError> {
    free_slot(&origin);
    let id = question.id.clone();
    let mut answer = core.questions().open_elsewhere(id.clone(), connection.clone());
    let _open = Open { core: &core, id: &id };
    let mut asking = core.backplane().ask(&core.local(), &connection, question);
    poll_fn(|cx| match Pin::new(&mut answer).poll(cx) {
        Poll::Ready(Ok(answer)) => Poll::Ready(answer),
        Poll::Ready(Err(_)) => Poll::Ready(Err(disconnected(&connection))),
        Poll::Pending => asking.as_mut().poll(cx).map(|unanswered| Err(no_answer(&connection, unanswered))),
    })
    .await
}

/// Who waits for a client lets other calls run (D-86).
fn free_slot(origin: &Origin) {
    if let Origin::Call(caller, slot) = origin {
        caller.free_slot(slot);
    }
}

fn no_answer(connection: &ConnectionId, unanswered: Unanswered) -> HubError {
    match unanswered {
        Unanswered::Unknown => unknown(connection),
        Unanswered::Disconnected => disconnected(connection),
        Unanswered::Failed(error) => error,
    }
}

fn unknown(connection: &ConnectionId) -> HubError {
    HubError::masked("IOException", format!("Connection '{connection}' does not exist."))
}

fn disconnected(connection: &ConnectionId) -> HubError {
    HubError::masked("IOException", format!("Connection '{connection}' disconnected."))
}

/// A question that is closed when nobody waits for its answer any more.
struct Open<'a> {
    core: &'a Core,
    id: &'a str,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.core.questions().close(self.id);
    }
}

impl<R> Future for Asking<R> {
    type Output = Result<R, HubError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answer.as_mut().poll(cx)
    }
}

impl<R> fmt::Debug for Asking<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}
