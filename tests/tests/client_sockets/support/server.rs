//! The hub on a real socket.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use hub_client::http::HttpEndpoint;
use hub_client::{HubConnection, HubConnectionBuilder};
use hub_server::{CancellationToken, HttpOptions, HubServer, HubServerBuilder, RouterExt as _, User, bearer_token};
use tests::wire::WireHub;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, yield_now};

use super::Way;

/// A server with the hub of the conformance server, for as long as it is held.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// In place of another one that has ended.
    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        loop {
            // An outgoing connection of another test may hold the port for a moment.
            match hub_server::listen(address).await {
                Ok(listener) => return Self::on(listener),
                Err(_) => yield_now().await,
            }
        }
    }

    fn on(listener: TcpListener) -> Self {
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let hub = hub().build();
        let stopping = stop.clone();
        let serving = hub_server::serve(listener, router(hub.clone())).with_graceful_shutdown(async move {
            stopping.cancelled().await;
            hub.shutdown().await;
        });
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, stop, task }
    }

    /// Says goodbye to the hub's clients, and ends.
    pub(crate) async fn shut_down(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// A connection to be configured further.
    pub(crate) fn connection(&self, way: Way) -> HubConnectionBuilder<HttpEndpoint> {
        connection_to(self.address, "/hub", way)
    }

    /// A connection that is started, to the hub at this path.
    pub(crate) async fn connect_to(&self, path: &str, way: Way) -> HubConnection {
        let connection = connection_to(self.address, path, way).build();
        connection.start().await.unwrap();
        connection
    }

    pub(crate) async fn connect(&self, way: Way) -> HubConnection {
        self.connect_to("/hub", way).await
    }
}

/// A connection to be configured further.
pub(crate) fn connection_to(address: SocketAddr, path: &str, way: Way) -> HubConnectionBuilder<HttpEndpoint> {
    HubConnection::builder(format!("http://{address}{path}")).transports(way.transport()).protocol(way.protocol())
}

fn hub() -> HubServerBuilder<WireHub> {
    HubServer::builder(WireHub).maximum_receive_message_size(None).maximum_parallel_invocations_per_client(8)
}

/// Each path has a hub of its own.
fn router(hub: HubServer<WireHub>) -> Router {
    let detailed = HubServer::builder(WireHub).enable_detailed_errors(true).build();
    let lively = HubServer::builder(WireHub).keep_alive_interval(Duration::from_millis(50)).build();
    let http = || HttpOptions::default().with_user(user);
    Router::new()
        .route_hub_with("/hub", hub, http().allow_stateful_reconnects(true))
        .route_hub("/detailed", detailed)
        .route_hub("/lively", lively)
        .route_hub("/in-order", HubServer::new(WireHub))
        .route_hub_with("/guarded", HubServer::new(WireHub), http().require_authenticated_user())
        .route_hub_with(
            "/without-web-sockets",
            HubServer::new(WireHub),
            http().with_transports(hub_server::Transports::SERVER_SENT_EVENTS | hub_server::Transports::LONG_POLLING),
        )
}

/// A token is its user's name.
fn user(request: &Parts) -> User {
    bearer_token(request).map_or_else(User::anonymous, |name| User::new(&name).with_name(name))
}
