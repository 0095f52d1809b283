//! A panic in a user's code is that call's failure and nobody else's (D-27).

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::HubError;

/// A user's future whose panics become errors.
pub(crate) struct CatchPanic<F>(pub(crate) F);

impl<F: Future + Unpin> Future for CatchPanic<F> {
    type Output = Result<F::Output, HubError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // A future that panicked is never polled again, so what it left half done is seen by nobody.
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.0).poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(failure(&*panic))),
        }
    }
}

/// Runs a user's code that does not wait.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, HubError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| failure(&*panic))
}

/// What a panic is as an error.
fn failure(panic: &(dyn Any + Send)) -> HubError {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    HubError::masked("Panic", text.unwrap_or("the method panicked").to_owned())
}
