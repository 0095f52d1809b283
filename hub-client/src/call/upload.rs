//! Streams from the client to a hub method (section 13.7).

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use hub_core::protocol::HubProtocol;
use serde::Serialize;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connection::Session;
use crate::panics::catch;

/// A stream as an argument of a call, made by [`upload`] and [`upload_results`].
///
/// It is read as fast as the server takes its items. It ends with the connection, and when the call that it belongs to
/// is given up; a call that the server answers early does not end it (C-82, C-83).
pub struct Upload(Pin<Box<dyn Items>>);

/// Makes a stream an argument of a call.
///
/// ```
/// # use hub_client::{HubConnection, InvocationError, upload};
/// # use futures_util::stream;
/// # async fn example(connection: HubConnection) -> Result<(), InvocationError> {
/// let total: i64 = connection.invoke("Total", (upload(stream::iter([1, 2, 3])),)).await?;
/// # Ok(())
/// # }
/// ```
pub fn upload<S>(items: S) -> Upload
where
    S: Stream<Item: Serialize> + Send + 'static,
{
    Upload(Box::pin(Source { stream: Box::pin(items), next: Ok::<_, Infallible> }))
}

/// Makes a stream that can fail an argument of a call. Its first error ends it; the hub method reads
/// `Stream errored by client: '…'` (C-81).
pub fn upload_results<S, T, E>(items: S) -> Upload
where
    S: Stream<Item = Result<T, E>> + Send + 'static,
    T: Serialize + 'static,
    E: fmt::Display + 'static,
{
    Upload(Box::pin(Source { stream: Box::pin(items), next: |item| item }))
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").finish_non_exhaustive()
    }
}

/// A stream whose items become messages.
trait Items: Send {
    /// Writes the next item as a message of the stream with this id; the error is the text of what went wrong.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        protocol: &HubProtocol,
        id: &str,
    ) -> Poll<Option<Result<Vec<u8>, String>>>;
}

struct Source<S, F> {
    stream: Pin<Box<S>>,
    /// What an item of the stream is.
    next: F,
}

impl<S, F, T, E> Items for Source<S, F>
where
    S: Stream + Send,
    F: Fn(S::Item) -> Result<T, E> + Send + Unpin,
    T: Serialize,
    E: fmt::Display,
{
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        protocol: &HubProtocol,
        id: &str,
    ) -> Poll<Option<Result<Vec<u8>, String>>> {
        let item = std::task::ready!(self.stream.as_mut().poll_next(cx));
        Poll::Ready(item.map(|item| {
            let item = (self.next)(item).map_err(|error| error.to_string())?;
            let mut message = Vec::new();
            protocol.write_stream_item(&mut message, id, &item).map_err(|error| error.to_string())?;
            Ok(message)
        }))
    }
}

impl Upload {
    /// Sends the items and the end.
    pub(crate) async fn run(mut self, session: Arc<Session>, id: String, cancelled: CancellationToken) {
        let sending = cancelled.run_until_cancelled(self.send_items(&session, &id));
        // Without its connection an upload ends in silence (C-82).
        let Some(end) = session.while_open(sending).await else { return };
        let mut message = Vec::new();
        match end {
            Some(Ok(())) => session.protocol().write_void(&mut message, &id),
            Some(Err(text)) => {
                session.protocol().write_error(&mut message, &id, &format!("Stream errored by client: '{text}'"));
            }
            None => session.protocol().write_error(&mut message, &id, "Stream canceled by client."),
        }
        // Who is too late finds the connection closed.
        let _ = session.send(message).await;
    }

    async fn send_items(&mut self, session: &Session, id: &str) -> Result<(), String> {
        while let Some(item) = self.next(session.protocol(), id).await {
            if session.send(item?).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn next(&mut self, protocol: &HubProtocol, id: &str) -> Option<Result<Vec<u8>, String>> {
        poll_fn(|cx| match catch(|| self.0.as_mut().poll_write(cx, protocol, id)) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Some(Err(panic))),
        })
        .await
    }
}

/// The uploads of one call, which are given up when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Option<DropGuard>);

impl Uploads {
    /// Starts them, each with the id of its stream.
    pub(crate) fn start(session: &Arc<Session>, uploads: Vec<(String, Upload)>) -> Self {
        if uploads.is_empty() {
            return Self(None);
        }
        let cancelled = CancellationToken::new();
        for (id, upload) in uploads {
            tokio::spawn(upload.run(Arc::clone(session), id, cancelled.clone()));
        }
        Self(Some(cancelled.drop_guard()))
    }

    /// Lets them go on by themselves (C-83).
    pub(crate) fn go_on(&mut self) {
        if let Some(guard) = self.0.take() {
            guard.disarm();
        }
    }
}
