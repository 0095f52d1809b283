//! A method that runs, and what is said if it panics.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::future::BoxFuture;
use pin_project_lite::pin_project;

use super::gate::Gate;
use super::panics::CatchPanic;
use super::reply::Recipient;
use crate::error::HubError;

pin_project! {
    /// A method with its reply. If it panics, the call fails, and nothing else.
    pub(super) struct Run<F> {
        #[pin]
        method: F,
        to: Arc<Recipient>,
        gate: Option<Gate>,
        // What is said of a panic; afterwards the method is never polled again.
        failing: Option<BoxFuture<'static, ()>>,
    }
}

impl<F: Future<Output = ()>> Run<F> {
    pub(super) fn new(method: F, to: Arc<Recipient>, gate: Option<Gate>) -> Self {
        Self { method, to, gate, failing: None }
    }
}

impl<F: Future<Output = ()>> Future for Run<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.failing.is_none() {
            match ready!(Pin::new(&mut CatchPanic(this.method)).poll(cx)) {
                Ok(()) => return Poll::Ready(()),
                Err(panic) => *this.failing = Some(fail(Arc::clone(this.to), this.gate.take(), panic)),
            }
        }
        if let Some(failing) = this.failing {
            ready!(failing.as_mut().poll(cx));
        }
        Poll::Ready(())
    }
}

fn fail(to: Arc<Recipient>, gate: Option<Gate>, panic: HubError) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let judged = match gate {
            Some(gate) => gate.pass::<()>(Err(panic)).await,
            None => Err(panic),
        };
        if let Err(panic) = judged {
            to.fail(&panic).await;
        }
    })
}
