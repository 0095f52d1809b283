//! The two directions of a transport, and the task that does their work.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{FutureExt as _, Sink};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::PollSender;

use crate::transport::{Transport, TransportError};

/// How many pieces wait in each direction.
const CAPACITY: usize = 8;

/// What the task of a transport works with.
pub(super) struct Ends {
    /// Where what the server sends goes.
    pub(super) incoming: Incoming,
    /// What is to be sent, until the client ends the connection.
    pub(super) outgoing: mpsc::Receiver<Bytes>,
}

/// Hands on what the server sends.
pub(super) struct Incoming(mpsc::Sender<Bytes>);

/// Room for one piece of what the server sends.
pub(super) struct Room<'a>(Option<mpsc::Permit<'a, Bytes>>);

impl Incoming {
    /// Waits until there is room. If nobody listens any more it is dropped, until the client has ended its direction too.
    pub(super) async fn hand_on(&self, bytes: Bytes) {
        self.room().await.hand_on(bytes);
    }

    /// Waits until there is room, for those who must not hold a piece while they wait: were they given up, it would be
    /// lost.
    pub(super) async fn room(&self) -> Room<'_> {
        Room(self.0.reserve().await.ok())
    }
}

impl Room<'_> {
    pub(super) fn hand_on(self, bytes: Bytes) {
        if let Some(permit) = self.0
            && !bytes.is_empty()
        {
            permit.send(bytes);
        }
    }
}

/// A transport whose work is done by a task until it is over, or until `close_timeout` after the client has closed it or let
/// go of it.
pub(super) fn transport<F>(close_timeout: Duration, work: impl FnOnce(Ends) -> F) -> Transport
where
    F: Future<Output = Result<(), TransportError>> + Send + 'static,
{
    let (incoming, received) = mpsc::channel(CAPACITY);
    let (queue, outgoing) = mpsc::channel(CAPACITY);
    let (closing, closed) = oneshot::channel();
    let (done, finished) = oneshot::channel();
    let ending = Arc::new(OnceLock::new());
    let work = work(Ends { incoming: Incoming(incoming.clone()), outgoing });
    tokio::spawn(run(work, closed, close_timeout, Arc::clone(&ending), (incoming, done)));
    Transport::new(
        Receiver { received, ending: Some(Arc::clone(&ending)) },
        Sender { queue: PollSender::new(queue), closing: Some(closing), finished: Some(finished), ending },
    )
}

/// The task: what is `alive` goes when all is over and it is known why.
async fn run<T>(
    work: impl Future<Output = Result<(), TransportError>>,
    closed: oneshot::Receiver<()>,
    close_timeout: Duration,
    ending: Arc<OnceLock<TransportError>>,
    alive: T,
) {
    let expired = async {
        // An error means that the sender was dropped, which ends the connection too.
        let _ = closed.await;
        sleep(close_timeout).await;
    };
    let result = tokio::select! {
        result = work => result,
        () = expired => Ok(()),
    };
    if let Err(error) = result {
        let _ = ending.set(error);
    }
    drop(alive);
}

/// What the server sends, and as the last item why it ended, if not in an orderly way.
struct Receiver {
    received: mpsc::Receiver<Bytes>,
    ending: Option<Arc<OnceLock<TransportError>>>,
}

impl Stream for Receiver {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.received.poll_recv(cx)).map(Ok);
        Poll::Ready(item.or_else(|| self.ending.take()?.get().cloned().map(Err)))
    }
}

/// What the client sends.
struct Sender {
    queue: PollSender<Bytes>,
    closing: Option<oneshot::Sender<()>>,
    finished: Option<oneshot::Receiver<()>>,
    ending: Arc<OnceLock<TransportError>>,
}

impl Sender {
    fn ended(&self) -> TransportError {
        self.ending.get().cloned().unwrap_or_else(|| TransportError::new("The connection has been closed."))
    }
}

impl Sink<Bytes> for Sender {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let ready = ready!(self.queue.poll_reserve(cx));
        Poll::Ready(ready.map_err(|_| self.ended()))
    }

    fn start_send(mut self: Pin<&mut Self>, bytes: Bytes) -> Result<(), TransportError> {
        self.queue.send_item(bytes).map_err(|_| self.ended())
    }

    /// The task sends what it is given without being told to.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.queue.close();
        if let Some(closing) = self.closing.take() {
            let _ = closing.send(());
        }
        if let Some(finished) = &mut self.finished {
            // The task never sends a value: that it lets go is what it has to say.
            let _ = ready!(finished.poll_unpin(cx));
            self.finished = None;
        }
        Poll::Ready(Ok(()))
    }
}
