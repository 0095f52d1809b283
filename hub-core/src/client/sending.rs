//! A message on its way.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::future::BoxFuture;

use super::proxy::Route;
use crate::backplane::{Audience, Delivery};
use crate::connection::Connection;
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;
use crate::server::Core;

/// A message to clients; it leaves when this is awaited.
///
/// To one connection of this server it waits until there is room in that connection's queue. To many it waits for
/// nobody: each receiver's queue is bounded, and a receiver that does not read is disconnected.
#[must_use = "the message is sent only when this is awaited"]
pub struct Sending(State);

enum State {
    New {
        core: Arc<Core>,
        route: Route,
        message: OutgoingMessage,
    },
    /// Waits for room at one connection.
    Here {
        connection: Arc<Connection>,
        message: OutgoingMessage,
    },
    /// Waits for the backplane.
    Away(BoxFuture<'static, Result<(), HubError>>),
    Sent,
}

impl Sending {
    pub(super) fn new(core: Arc<Core>, route: Route, message: OutgoingMessage) -> Self {
        Self(State::New { core, route, message })
    }
}

impl Future for Sending {
    type Output = Result<(), HubError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let next = match &mut self.0 {
                State::New { .. } => match std::mem::replace(&mut self.0, State::Sent) {
                    State::New { core, route, message } => begin(&core, route, message)?,
                    _ => State::Sent,
                },
                State::Here { connection, message } => match message.poll_to(cx, connection) {
                    Poll::Ready(()) => State::Sent,
                    Poll::Pending => return Poll::Pending,
                },
                State::Away(delivery) => match delivery.as_mut().poll(cx) {
                    Poll::Ready(result) => {
                        self.0 = State::Sent;
                        return Poll::Ready(result);
                    }
                    Poll::Pending => return Poll::Pending,
                },
                State::Sent => return Poll::Ready(Ok(())),
            };
            self.0 = next;
        }
    }
}

/// Sends as far as that goes without waiting.
fn begin(core: &Arc<Core>, route: Route, message: OutgoingMessage) -> Result<State, HubError> {
    let audience = match route {
        Route::Here(connection) => return Ok(State::Here { connection, message }),
        Route::To(audience) => audience,
    };
    if let Audience::Connection(id) = &audience
        && let Some(connection) = core.registry().connection(id)
    {
        return Ok(State::Here { connection, message });
    }
    match core.backplane().send(&core.local(), audience, message) {
        Delivery::Done => Ok(State::Sent),
        Delivery::Failed(error) => Err(error),
        Delivery::Pending(delivery) => Ok(State::Away(delivery)),
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}
