//! A program's own handler of connections.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use hub_core::transport::{CloseStatus, Transport};
use hub_core::{NewConnection, Reconnects};
use tokio::sync::oneshot;

use super::RawConnection;
use crate::application::Application;

pub(crate) struct RawApplication<F>(Arc<F>);

impl<F> RawApplication<F> {
    pub(crate) fn new(handler: F) -> Self {
        Self(Arc::new(handler))
    }
}

impl<F> Clone for RawApplication<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F, R> Application for RawApplication<F>
where
    F: Fn(RawConnection) -> R + Send + Sync + 'static,
    R: Future<Output = io::Result<()>> + Send + 'static,
{
    /// Only hub messages can be counted, and so be sent again.
    const RESUMABLE: bool = false;

    /// The connection ends when its handler has returned and dropped it.
    async fn serve<T: Transport>(
        self,
        connection: NewConnection,
        transport: impl Future<Output = Option<T>> + Send + 'static,
        _: Option<Reconnects<T>>,
    ) {
        let Some(transport) = transport.await else { return };
        let (sender, returned) = oneshot::channel();
        let connection = RawConnection::new(connection, Box::new(transport), sender);
        let id = connection.id().clone();
        let handling = AssertUnwindSafe(async { (self.0)(connection).await }).catch_unwind().await;
        let status = match handling {
            Ok(Ok(())) => CloseStatus::Normal,
            Ok(Err(error)) => {
                tracing::debug!(connection = %id, %error, "the handler of a raw connection failed");
                CloseStatus::InternalError
            }
            Err(_) => {
                tracing::error!(connection = %id, "the handler of a raw connection panicked");
                CloseStatus::InternalError
            }
        };
        let Ok(mut stream) = returned.await else { return };
        let status = stream.drain(status).await;
        poll_fn(|cx| stream.poll_close(cx, status)).await;
    }
}
