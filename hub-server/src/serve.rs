//! Serving a router at the least cost of each connection.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
#[cfg(not(feature = "http2"))]
use hyper::server::conn::http1::{Builder, UpgradeableConnection};
#[cfg(feature = "http2")]
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::{TokioIo, TokioTimer};
#[cfg(feature = "http2")]
use hyper_util::server::conn::auto::{self, UpgradeableConnection};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, lookup_host};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tower::Service as _;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4096;

/// How long the head of a request may take, from its first byte or from the last answer, as ASP.NET Core's server has it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long nothing is accepted after that has failed, as it does without file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Nearer than the timers of most connections: see [`keep_a_timer_near`].
const NEAR: Duration = Duration::from_secs(4);

/// Listens at an address, with room for 4,096 connections that wait to be accepted: `TcpListener::bind` has room for 128,
/// and of a crowd that connects at once the others wait for a second before they try again.
///
/// # Errors
///
/// If the address cannot be resolved or is in use.
pub async fn listen(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut failure = io::ErrorKind::AddrNotAvailable.into();
    for address in lookup_host(address).await? {
        match listen_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows it would share the port with others.
    socket.set_reuseaddr(cfg!(not(windows)))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves a router, as `axum::serve` does, at less cost of each connection and request: routes are prepared once, the task
/// that accepts runs beside those of the connections, and replies are not held back by the operating system
/// (`TCP_NODELAY`). A connection on which the head of a request takes longer than 30 seconds is closed.
///
/// ```no_run
/// # use hub_server::{HubServer, RouterExt, hub};
/// # struct ChatHub;
/// # #[hub]
/// # impl ChatHub {}
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// let app = axum::Router::new().route_hub("/chathub", HubServer::new(ChatHub));
/// hub_server::serve(hub_server::listen("127.0.0.1:5000").await?, app).await
/// # }
/// ```
///
/// Everything works under `axum::serve` as well, and on any other server whose connections hyper can upgrade.
pub fn serve(listener: TcpListener, router: Router) -> Serve {
    Serve { listener, router, connect_info: false, shutdown: None }
}

/// A router about to be served; see [`serve`].
#[must_use = "nothing is served before it is awaited"]
pub struct Serve {
    listener: TcpListener,
    router: Router,
    connect_info: bool,
    shutdown: Option<BoxFuture<'static, ()>>,
}

impl Serve {
    /// Tells each request the address of its client, as axum's `ConnectInfo<SocketAddr>` among its extensions.
    pub fn with_connect_info(mut self) -> Self {
        self.connect_info = true;
        self
    }

    /// Accepts no more when `signal` is ready, and ends when all requests are answered. WebSockets are no requests any
    /// more: see [`HubServer::shutdown`](crate::HubServer::shutdown).
    pub fn with_graceful_shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Some(Box::pin(signal));
        self
    }

    async fn run(self) -> io::Result<()> {
        if let Err(error) = SockRef::from(&self.listener).set_tcp_nodelay(true) {
            tracing::debug!(%error, "connections are accepted without TCP_NODELAY");
        }
        // Prepares the routes, which axum does for each connection otherwise.
        let router = self.router.with_state(());
        let connections = Connections { router, connect_info: self.connect_info, builder: builder() };
        match self.shutdown {
            None => accept(&self.listener, |stream, peer| connections.spawn(stream, peer)).await,
            Some(signal) => connections.serve_until(self.listener, signal).await,
        }
        Ok(())
    }
}

impl IntoFuture for Serve {
    type Output = io::Result<()>;
    type IntoFuture = BoxFuture<'static, io::Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            // As a task, it is woken without leaving the runtime's own threads; it ends when this future is dropped.
            let mut tasks = JoinSet::new();
            tasks.spawn(self.run());
            tasks.spawn(keep_a_timer_near());
            tasks.join_next().await.unwrap_or(Ok(Ok(()))).map_err(io::Error::other)?
        })
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// A timer that is due before all others makes the runtime wake the thread that waits for the network, by a system call.
/// Those of a connection are further away than this one, so that a new connection costs none.
async fn keep_a_timer_near() -> io::Result<()> {
    loop {
        sleep(NEAR).await;
    }
}

/// Accepts connections for ever.
async fn accept(listener: &TcpListener, mut serve: impl FnMut(TcpStream, SocketAddr)) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => serve(stream, peer),
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(feature = "http2")]
type Builder = auto::Builder<TokioExecutor>;

/// What all connections need.
struct Connections {
    router: Router,
    connect_info: bool,
    builder: Builder,
}

impl Connections {
    fn spawn(&self, stream: TcpStream, peer: SocketAddr) {
        let connection = connect(&self.builder, stream, self.service(peer));
        tokio::spawn(connection.map(report));
    }

    fn service(&self, peer: SocketAddr) -> Service {
        Service { router: self.router.clone(), peer: self.connect_info.then_some(peer) }
    }

    /// Accepts until `signal` is ready, then waits until each connection has answered what it was asked.
    async fn serve_until(self, listener: TcpListener, signal: impl Future<Output = ()>) {
        let (closing, closed) = watch::channel(());
        let (done, mut all_done) = mpsc::channel::<Infallible>(1);
        let accepting = accept(&listener, |stream, peer| {
            let (mut closed, done) = (closed.clone(), done.clone());
            let connection = connect(&self.builder, stream, self.service(peer));
            tokio::spawn(async move {
                let mut connection = pin!(connection);
                tokio::select! {
                    result = connection.as_mut() => return report(result),
                    _ = closed.changed() => connection.as_mut().graceful_shutdown(),
                }
                report(connection.await);
                drop(done);
            });
        });
        tokio::select! {
            () = accepting => {}
            () = signal => {}
        }
        drop((listener, closing, done));
        let _ = all_done.recv().await;
    }
}

fn report<E: fmt::Display>(result: Result<(), E>) {
    if let Err(error) = result {
        tracing::trace!(%error, "an HTTP connection failed");
    }
}

#[cfg(not(feature = "http2"))]
fn builder() -> Builder {
    // Most answers are small: one buffer with everything is cheaper to write than several.
    let mut builder = Builder::new();
    builder.writev(false).timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder
}

#[cfg(feature = "http2")]
fn builder() -> Builder {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().writev(false).timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().enable_connect_protocol();
    builder
}

#[cfg(not(feature = "http2"))]
fn connect(
    builder: &Builder,
    stream: TcpStream,
    service: Service,
) -> UpgradeableConnection<TokioIo<TcpStream>, Service> {
    builder.serve_connection(TokioIo::new(stream), service).with_upgrades()
}

#[cfg(feature = "http2")]
fn connect(
    builder: &Builder,
    stream: TcpStream,
    service: Service,
) -> UpgradeableConnection<'static, TokioIo<TcpStream>, Service, TokioExecutor> {
    builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned()
}

/// The router, for the requests of one connection.
struct Service {
    router: Router,
    peer: Option<SocketAddr>,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, mut request: hyper::Request<Incoming>) -> Self::Future {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        self.router.clone().call(request)
    }
}
