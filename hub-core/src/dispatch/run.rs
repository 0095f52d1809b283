//! A method that runs, and what is said if it panics.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use pin_project_lite::pin_project;

use super::panics::{CatchPanic, catch};
use super::reply::{Outcome, Recipient};
use crate::error::HubError;

pin_project! {
    /// A method, and then its completion. If it panics, the call fails, and nothing else.
    pub(super) struct Run<F> {
        #[pin]
        method: F,
        to: Recipient,
        // What is left to do when the method is over; then it is never polled again.
        rest: Option<BoxFuture<'static, ()>>,
    }
}

impl<F> Run<F> {
    pub(super) fn new(method: F, to: Recipient) -> Self {
        Self { method, to, rest: None }
    }
}

impl<F: Future<Output: Outcome>> Future for Run<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        loop {
            let rest = match this.rest {
                Some(rest) => ready!(CatchPanic(rest.as_mut()).poll_unpin(cx)).map(|()| None),
                None => ready!(CatchPanic(this.method.as_mut()).poll_unpin(cx))
                    .and_then(|outcome| catch(|| outcome.complete(this.to))),
            };
            *this.rest = match rest {
                Ok(None) => return Poll::Ready(()),
                Ok(rest) => rest,
                Err(panic) => Some(fail(this.to.clone(), panic)),
            };
        }
    }
}

fn fail(to: Recipient, panic: HubError) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let judged = match &to.gate {
            Some(gate) => gate.pass::<()>(Err(panic)).await,
            None => Err(panic),
        };
        if let Err(panic) = judged {
            to.fail(&panic).await;
        }
    })
}
