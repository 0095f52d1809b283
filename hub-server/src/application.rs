//! What an endpoint serves.

use std::future::Future;

use futures_util::future::Either;
use hub_core::transport::Transport;
use hub_core::{HubDispatch, HubServer, NewConnection, Reconnects};

/// A hub, or a program's own handler of bytes.
pub(crate) trait Application: Clone + Send + Sync + 'static {
    /// Whether its connections can outlive their transports.
    const RESUMABLE: bool;

    /// Serves a connection to its end, with `reconnects` beyond that of its transport.
    fn serve<T: Transport>(
        self,
        connection: NewConnection,
        transport: T,
        reconnects: Option<Reconnects<T>>,
    ) -> impl Future<Output = ()> + Send + 'static;
}

impl<H: HubDispatch> Application for HubServer<H> {
    const RESUMABLE: bool = true;

    fn serve<T: Transport>(
        self,
        connection: NewConnection,
        transport: T,
        reconnects: Option<Reconnects<T>>,
    ) -> impl Future<Output = ()> + Send + 'static {
        match reconnects {
            Some(reconnects) => Either::Left(self.serve_resumable(connection, transport, reconnects)),
            None => Either::Right(HubServer::serve(&self, connection, transport)),
        }
    }
}
