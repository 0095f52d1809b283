//! New transports for a connection that lost its own (section 9.3).

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use http::request::Parts;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::request::StoredRequest;

/// Brings a connection new transports.
pub struct ReconnectHandle<T>(UnboundedSender<Replacement<T>>);

/// Takes the new transports of a connection; given to [`HubServer::serve_resumable`](crate::HubServer::serve_resumable).
pub struct Reconnects<T> {
    replacements: UnboundedReceiver<Replacement<T>>,
    pub(super) disconnect_timeout: Duration,
}

/// A transport, and the request that brought it.
pub(super) struct Replacement<T> {
    pub(super) transport: T,
    pub(super) request: StoredRequest,
}

impl<T> ReconnectHandle<T> {
    /// A handle, and what the connection needs of it. Without a working transport the connection ends after
    /// `disconnect_timeout` (S-38).
    pub fn new(disconnect_timeout: Duration) -> (Self, Reconnects<T>) {
        let (sender, replacements) = unbounded_channel();
        (Self(sender), Reconnects { replacements, disconnect_timeout })
    }

    /// Whether the connection can still be resumed (S-50).
    pub fn is_enabled(&self) -> bool {
        !self.0.is_closed()
    }

    /// Has the connection go on with this transport, whatever has become of the one before (S-41). From now on
    /// `request` is the connection's request; its user stays (S-52).
    ///
    /// A connection that cannot be resumed any more drops the transport.
    pub fn attach(&self, transport: T, request: Parts) {
        // Who comes too late finds its transport dropped.
        let _ = self.0.send(Replacement { transport, request: request.into() });
    }
}

impl<T> Clone for ReconnectHandle<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for ReconnectHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconnectHandle").field("enabled", &self.is_enabled()).finish_non_exhaustive()
    }
}

impl<T> Reconnects<T> {
    /// The next transport.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Replacement<T>> {
        match self.replacements.poll_recv(cx) {
            Poll::Ready(Some(replacement)) => Poll::Ready(replacement),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> fmt::Debug for Reconnects<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnects").field("disconnect_timeout", &self.disconnect_timeout).finish_non_exhaustive()
    }
}
