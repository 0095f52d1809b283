//! Streams from a hub method to the client (section 13.6).

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use hub_core::protocol::RawValue;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::invocations::{Items, read};
use super::result::HubResult;
use super::upload::Uploads;
use crate::connection::Session;
use crate::error::InvocationError;

/// What a hub method answers by a stream, from [`HubConnection::stream`](crate::HubConnection::stream).
///
/// Items that nobody has taken yet are kept, however many they are (C-70). An error is the last item. To drop the stream
/// is to tell the server that no more is wanted (C-71).
///
/// ```
/// # use hub_client::{HubConnection, InvocationError};
/// # async fn example(connection: HubConnection) -> Result<(), InvocationError> {
/// let mut numbers = connection.stream::<u32>("Countdown", (10,)).await?;
/// while let Some(number) = numbers.next().await {
///     println!("{}", number?);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream that is dropped is cancelled"]
pub struct HubStream<T> {
    items: UnboundedReceiver<Result<T, InvocationError>>,
    call: StreamCall,
}

impl<T> HubStream<T> {
    pub(crate) fn new(items: UnboundedReceiver<Result<T, InvocationError>>, call: StreamCall) -> Self {
        Self { items, call }
    }

    /// The next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, InvocationError>> {
        self.items.recv().await
    }
}

impl<T> Stream for HubStream<T> {
    type Item = Result<T, InvocationError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_recv(cx)
    }
}

impl<T> fmt::Debug for HubStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubStream").field("id", &self.call.id).finish_non_exhaustive()
    }
}

/// The call behind a stream, which is cancelled when this is dropped.
pub(crate) struct StreamCall {
    pub(crate) session: Arc<Session>,
    pub(crate) id: u64,
    pub(crate) uploads: Uploads,
}

impl Drop for StreamCall {
    fn drop(&mut self) {
        if self.session.invocations().remove(self.id) {
            self.session.cancel(&self.id.to_string());
        } else {
            self.uploads.go_on();
        }
    }
}

/// The end of a stream that takes what comes, and the one that gives it to the program.
pub(crate) fn channel<T>() -> (Arc<dyn Items>, UnboundedReceiver<Result<T, InvocationError>>)
where
    T: HubResult,
{
    let (sender, receiver) = unbounded_channel();
    (Arc::new(sender), receiver)
}

impl<T: DeserializeOwned + Send> Items for UnboundedSender<Result<T, InvocationError>> {
    fn push(&self, item: &RawValue<'_>) -> bool {
        let item = read(item);
        let is_item = item.is_ok();
        // Whoever called may have given up; then the call is cancelled by that.
        let _ = self.send(item);
        is_item
    }

    fn fail(&self, error: InvocationError) {
        let _ = self.send(Err(error));
    }
}
