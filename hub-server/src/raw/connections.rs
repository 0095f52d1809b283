//! The end of raw connections with their server.

use std::fmt;
use std::future::Future;
use std::io;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::RawConnection;

/// Raw connections that are shut down together, as those of a hub are by [`HubServer::shutdown`](crate::HubServer::shutdown).
/// Clones stand for the same connections.
///
/// ```
/// use hub_server::{RawConnection, RawConnections, RouterExt};
///
/// async fn echo(mut connection: RawConnection) -> std::io::Result<()> {
///     while let Some(bytes) = connection.read().await? {
///         connection.write(&bytes).await?;
///     }
///     Ok(())
/// }
///
/// # async fn example() {
/// let connections = RawConnections::new();
/// let app: axum::Router = axum::Router::new().route_connection("/echo", connections.of(echo));
/// // … and inside of axum's signal for its graceful shutdown:
/// connections.shutdown().await;
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RawConnections {
    closing: CancellationToken,
    open: TaskTracker,
}

impl RawConnections {
    /// No connections yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same handler; its connections are among these. There may be several.
    pub fn of<F, R>(&self, handler: F) -> impl Fn(RawConnection) -> BoxFuture<'static, io::Result<()>> + use<F, R>
    where
        F: Fn(RawConnection) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static,
    {
        let Self { closing, open } = self.clone();
        move |mut connection| {
            connection.end_when(closing.clone().cancelled_owned(), open.token());
            Box::pin(handler(connection))
        }
    }

    /// Ends all connections and waits until the last one is closed. Their handlers read the end of the input; what they
    /// write then is still sent. Connections that come later end at once.
    ///
    /// It has no time limit of its own: a handler that does not read does not notice.
    pub async fn shutdown(&self) {
        self.closing.cancel();
        self.open.close();
        self.open.wait().await;
    }
}

impl fmt::Debug for RawConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnections").field("open", &self.open.len()).finish_non_exhaustive()
    }
}
