//! A connection from its handshake to its end, as those who call the hub see it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hub_core::protocol::HubProtocol;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use crate::call::{
    Arguments, HubResult, HubStream, Invocations, StreamCall, Upload, Uploads, WithoutUploads, channel as items,
};
use crate::error::{ConnectionError, InvocationError};

/// How many messages wait for the transport before those who send more have to wait.
const CAPACITY: usize = 32;

/// One connection to the server. Another one follows after a reconnect.
pub(crate) struct Session {
    protocol: HubProtocol,
    connection_id: Option<String>,
    /// The last id that was used, for an invocation or for an upload (C-50).
    last_id: AtomicU64,
    invocations: Invocations,
    /// Whole messages of the types that are counted (S-10).
    messages: Sender<Bytes>,
    closed: CancellationToken,
}

/// How a method is called.
#[derive(Clone, Copy)]
enum Kind {
    Send,
    Invoke,
    Stream,
}

/// A call ready to be sent.
struct Call {
    id: u64,
    message: Vec<u8>,
    uploads: Vec<(String, Upload)>,
}

impl Session {
    /// A session, and the messages that it wants to be sent.
    pub(super) fn new(protocol: HubProtocol, connection_id: Option<String>) -> (Arc<Self>, Receiver<Bytes>) {
        let (messages, receiver) = channel(CAPACITY);
        let session = Self {
            protocol,
            connection_id,
            last_id: AtomicU64::new(0),
            invocations: Invocations::default(),
            messages,
            closed: CancellationToken::new(),
        };
        (Arc::new(session), receiver)
    }

    pub(crate) fn protocol(&self) -> &HubProtocol {
        &self.protocol
    }

    pub(super) fn connection_id(&self) -> Option<&str> {
        self.connection_id.as_deref()
    }

    pub(crate) fn invocations(&self) -> &Invocations {
        &self.invocations
    }

    /// Fails what is open and what is still to come.
    pub(super) fn close(&self, reason: Option<&ConnectionError>) {
        self.invocations.close(reason);
        self.closed.cancel();
    }

    /// Runs until it is ready or the session is closed.
    pub(crate) async fn while_open<F: Future>(&self, future: F) -> Option<F::Output> {
        self.closed.run_until_cancelled(future).await
    }

    /// Sends a message once there is room for it.
    pub(crate) async fn send(&self, message: Vec<u8>) -> Result<(), InvocationError> {
        if self.messages.send(message.into()).await.is_ok() {
            return Ok(());
        }
        // The reason comes last.
        self.closed.cancelled().await;
        Err(self.invocations.closed())
    }

    /// Tells the server that a stream is no longer wanted; there is no waiting for it.
    pub(crate) fn cancel(&self, id: &str) {
        let mut message = Vec::new();
        self.protocol.write_cancel(&mut message, id);
        if let Err(TrySendError::Full(message)) = self.messages.try_send(message.into()) {
            send_later(self.messages.clone(), message);
        }
    }

    /// Calls a method without asking for its result (C-52).
    pub(super) async fn call<A: Arguments>(
        self: &Arc<Self>,
        target: &str,
        arguments: A,
    ) -> Result<(), InvocationError> {
        let call = self.write(Kind::Send, target, arguments)?;
        self.start(call).await?.go_on();
        Ok(())
    }

    /// Calls a method and waits for its result (C-51).
    pub(super) async fn invoke<R, A>(self: &Arc<Self>, target: &str, arguments: A) -> Result<R, InvocationError>
    where
        R: HubResult,
        A: Arguments,
    {
        let call = self.write(Kind::Invoke, target, arguments)?;
        let (answer, _open) = self.invocations.open_value(call.id)?;
        let mut uploads = self.start(call).await?;
        let answer = answer.await.unwrap_or(Err(InvocationError::Closed(None)));
        uploads.go_on();
        answer
    }

    /// Calls a method that answers by a stream (C-70).
    pub(super) async fn stream<T, A>(
        self: &Arc<Self>,
        target: &str,
        arguments: A,
    ) -> Result<HubStream<T>, InvocationError>
    where
        T: HubResult,
        A: Arguments,
    {
        let call = self.write(Kind::Stream, target, arguments)?;
        let (items, receiver) = items();
        self.invocations.open_stream(call.id, items)?;
        let mut stream = StreamCall { session: Arc::clone(self), id: call.id, uploads: Uploads::default() };
        stream.uploads = self.start(call).await?;
        Ok(HubStream::new(receiver, stream))
    }

    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Writes the message of a call; the values of its arguments are serialized here, once.
    fn write<A: Arguments>(&self, kind: Kind, target: &str, arguments: A) -> Result<Call, InvocationError> {
        let id = self.next_id();
        let stream_ids: Vec<String> = (0..arguments.uploads()).map(|_| self.next_id().to_string()).collect();
        let ids: Vec<&str> = stream_ids.iter().map(String::as_str).collect();
        let (own_id, values) = (id.to_string(), WithoutUploads(&arguments));
        let mut message = Vec::with_capacity(128);
        let written = match kind {
            Kind::Send => self.protocol.write_uploading_invocation(&mut message, None, target, &values, &ids),
            Kind::Invoke => {
                self.protocol.write_uploading_invocation(&mut message, Some(&own_id), target, &values, &ids)
            }
            Kind::Stream => self.protocol.write_stream_invocation(&mut message, &own_id, target, &values, &ids),
        };
        written.map_err(InvocationError::Arguments)?;
        let uploads = stream_ids.into_iter().zip(arguments.into_uploads()).collect();
        Ok(Call { id, message, uploads })
    }

    /// Sends a call, and then what is uploaded to it (C-81).
    async fn start(self: &Arc<Self>, call: Call) -> Result<Uploads, InvocationError> {
        self.send(call.message).await?;
        Ok(Uploads::start(self, call.uploads))
    }
}

fn send_later(messages: Sender<Bytes>, message: Bytes) {
    // Outside of a runtime there is no connection that could send it.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move { messages.send(message).await });
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("connection_id", &self.connection_id).finish_non_exhaustive()
    }
}
