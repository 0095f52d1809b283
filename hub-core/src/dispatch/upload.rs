//! Streams from the client to a running method (section 6.6).

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use super::panics::catch;
use crate::error::HubError;
use crate::protocol::RawValue;
use crate::sync::lock;

/// A stream that the client uploads to a hub method, which takes it as a parameter.
///
/// Items come as the client sends them; when the buffer is full, the client's connection is not read any further until
/// the method goes on. An item is an error when the client ends its stream with one, when the item is no `T`, and when
/// the connection ends first; nothing comes behind an error.
///
/// ```
/// use hub_core::{HubError, UploadStream};
///
/// async fn total(mut numbers: UploadStream<i64>) -> Result<i64, HubError> {
///     let mut total = 0;
///     while let Some(number) = numbers.next().await {
///         total += number?;
///     }
///     Ok(total)
/// }
/// ```
pub struct UploadStream<T>(Arc<Mutex<Queue<T>>>);

struct Queue<T> {
    items: VecDeque<T>,
    capacity: usize,
    end: Option<Result<(), HubError>>,
    /// The method has dropped its stream.
    abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl<T> UploadStream<T> {
    /// The next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, HubError>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&self, cx: &Context<'_>) -> Poll<Option<Result<T, HubError>>> {
        let mut queue = lock(&self.0);
        if let Some(item) = queue.items.pop_front() {
            wake(&mut queue.writer);
            return Poll::Ready(Some(Ok(item)));
        }
        if queue.end.is_none() {
            queue.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        // An error comes once, then the end for ever.
        Poll::Ready(queue.end.replace(Ok(())).and_then(Result::err).map(Err))
    }
}

impl<T> Stream for UploadStream<T> {
    type Item = Result<T, HubError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl<T> Drop for UploadStream<T> {
    fn drop(&mut self) {
        let mut queue = lock(&self.0);
        queue.abandoned = true;
        queue.items.clear();
        wake(&mut queue.writer);
    }
}

impl<T> fmt::Debug for UploadStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadStream").finish_non_exhaustive()
    }
}

/// The connection's end of an upload, whatever the type of its items. Dropped without an end, it fails the stream.
pub(crate) trait Upload: Send {
    /// Ready when there is room for an item, or nobody wants one.
    fn poll_room(&mut self, cx: &Context<'_>) -> Poll<()>;

    /// Queues an item once there is room for it. With an item of another type the stream is over: false.
    fn poll_push(&mut self, cx: &Context<'_>, item: &RawValue<'_>, detailed: bool) -> Poll<bool>;

    /// Ends the stream, with the client's error if there is one (D-63).
    fn finish(&self, error: Option<String>);
}

struct Sender<T> {
    queue: Arc<Mutex<Queue<T>>>,
    /// For so many items there is room at least: nobody else adds any.
    room: usize,
}

/// A stream of at most `capacity` waiting items, and the end that feeds it.
pub(super) fn channel<T: DeserializeOwned + Send + 'static>(capacity: usize) -> (Box<dyn Upload>, UploadStream<T>) {
    let queue = Arc::new(Mutex::new(Queue {
        items: VecDeque::new(),
        capacity: capacity.max(1),
        end: None,
        abandoned: false,
        reader: None,
        writer: None,
    }));
    (Box::new(Sender { queue: Arc::clone(&queue), room: 0 }), UploadStream(queue))
}

impl<T> Sender<T> {
    fn end(&self, end: Result<(), HubError>) {
        let mut queue = lock(&self.queue);
        queue.end.get_or_insert(end);
        wake(&mut queue.reader);
    }
}

impl<T: DeserializeOwned + Send> Upload for Sender<T> {
    fn poll_room(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.room > 0 {
            return Poll::Ready(());
        }
        let mut queue = lock(&self.queue);
        self.room = queue.capacity.saturating_sub(queue.items.len());
        if self.room > 0 || queue.abandoned {
            return Poll::Ready(());
        }
        queue.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_push(&mut self, cx: &Context<'_>, item: &RawValue<'_>, detailed: bool) -> Poll<bool> {
        ready!(self.poll_room(cx));
        // The item is read by the program's own code, which may panic.
        let item = catch(|| item.deserialize::<T>());
        match item.and_then(|item| item.map_err(|error| HubError::masked(error.kind(), error.text()))) {
            Ok(item) => {
                self.room = self.room.saturating_sub(1);
                let mut queue = lock(&self.queue);
                if !queue.abandoned {
                    queue.items.push_back(item);
                    wake(&mut queue.reader);
                }
                Poll::Ready(true)
            }
            Err(error) => {
                self.end(Err(HubError::new(error.explain("Failed to bind Stream message.", detailed))));
                Poll::Ready(false)
            }
        }
    }

    fn finish(&self, error: Option<String>) {
        self.end(error.map_or(Ok(()), |error| Err(HubError::new(error))));
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let text = "The underlying connection was closed.";
        self.end(Err(HubError::masked("OperationCanceledException", text)));
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
