//! A panic in a user's code is that code's failure, and never the connection's (C-43, C-97).

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Runs a user's code; a panic becomes its text.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // What the code leaves half done is the user's own.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| text(&*panic))
}

/// Awaits a user's future; a panic becomes its text.
pub(crate) async fn caught<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    // A future that panicked is not polled again.
    poll_fn(|cx| match catch(|| future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("The code panicked.").to_owned()
}
