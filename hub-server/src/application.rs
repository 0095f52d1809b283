//! What an endpoint serves.

use std::future::Future;

use hub_core::transport::Transport;
use hub_core::{HubDispatch, HubServer, NewConnection, Reconnects};

/// A hub, or a program's own handler of bytes.
pub(crate) trait Application: Clone + Send + Sync + 'static {
    /// Whether its connections can outlive their transports.
    const RESUMABLE: bool;

    /// Serves a connection to its end, with `reconnects` beyond that of its transport, unless there comes none.
    fn serve<T: Transport>(
        self,
        connection: NewConnection,
        transport: impl Future<Output = Option<T>> + Send + 'static,
        reconnects: Option<Reconnects<T>>,
    ) -> impl Future<Output = ()> + Send + 'static;
}

impl<H: HubDispatch> Application for HubServer<H> {
    const RESUMABLE: bool = true;

    fn serve<T: Transport>(
        self,
        connection: NewConnection,
        transport: impl Future<Output = Option<T>> + Send + 'static,
        reconnects: Option<Reconnects<T>>,
    ) -> impl Future<Output = ()> + Send + 'static {
        self.serve_when_ready(connection, transport, reconnects)
    }
}
