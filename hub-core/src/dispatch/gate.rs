//! Where the filters of a hub judge what came of a method, before it is sent.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_core::future::BoxFuture;

use crate::error::HubError;
use crate::sync::lock;

/// Holds a method up that has come to a value or a stream.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    /// Nothing has come of the method yet.
    #[default]
    Running,
    /// What came of it, which the filters have not heard of yet.
    Reported(Result<(), HubError>),
    /// The method waits with its value; not so if it failed.
    Judged { has_value: bool },
    /// The value may be sent.
    Open,
}

impl Gate {
    /// The value, once the filters let it through. An error is theirs to send: then this never returns.
    pub(super) async fn pass<T>(&self, result: Result<T, HubError>) -> Result<T, HubError> {
        if matches!(*lock(&self.0), State::Open) {
            return result;
        }
        match result {
            Ok(value) => {
                self.report(Ok(()));
                // Whoever opens the gate polls the method again.
                poll_fn(|_| if matches!(*lock(&self.0), State::Open) { Poll::Ready(()) } else { Poll::Pending }).await;
                Ok(value)
            }
            Err(error) => {
                self.report(Err(error));
                pending().await
            }
        }
    }

    /// Runs the method until something has come of it.
    pub(super) fn run<'a>(&'a self, method: &'a mut BoxFuture<'static, ()>) -> BoxFuture<'a, Result<(), HubError>> {
        Box::pin(poll_fn(move |cx| self.poll(method.as_mut(), cx)))
    }

    /// Lets the value through; false if there is none.
    pub(super) fn open(&self) -> bool {
        let mut state = lock(&self.0);
        let has_value = matches!(*state, State::Judged { has_value: true });
        if has_value {
            *state = State::Open;
        }
        has_value
    }

    fn report(&self, result: Result<(), HubError>) {
        *lock(&self.0) = State::Reported(result);
    }

    fn poll(
        &self,
        method: Pin<&mut (dyn Future<Output = ()> + Send)>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), HubError>> {
        let is_over = method.poll(cx).is_ready();
        let mut state = lock(&self.0);
        match std::mem::take(&mut *state) {
            State::Reported(result) => {
                *state = State::Judged { has_value: result.is_ok() };
                Poll::Ready(result)
            }
            _ if is_over => Poll::Ready(Ok(())),
            other => {
                *state = other;
                Poll::Pending
            }
        }
    }
}
