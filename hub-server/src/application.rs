//! What an endpoint serves.

use std::future::Future;

use hub_core::transport::Transport;
use hub_core::{HubDispatch, HubServer, NewConnection};

/// A hub, or a program's own handler of bytes.
pub(crate) trait Application: Clone + Send + Sync + 'static {
    /// Serves a connection to its end.
    fn serve<T: Transport>(self, connection: NewConnection, transport: T) -> impl Future<Output = ()> + Send + 'static;
}

impl<H: HubDispatch> Application for HubServer<H> {
    fn serve<T: Transport>(self, connection: NewConnection, transport: T) -> impl Future<Output = ()> + Send + 'static {
        HubServer::serve(&self, connection, transport)
    }
}
