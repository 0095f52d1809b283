//! A hub ready to serve connections, and the ways to reach its clients from outside.

mod builder;
mod core;

use std::fmt;
use std::future::Future;
use std::future::ready;
use std::pin::pin;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use http::request::Parts;

use crate::authorization::PolicyContext;
use crate::client::Clients;
use crate::connection::{self, Connection, ConnectionId, NewConnection, Origin, Reconnects};
use crate::dispatch::{CatchPanic, HubDispatch, Methods};
use crate::error::{DisconnectError, HubError};
use crate::hub::{Groups, Hub, RemoteConnection};
use crate::options::HubOptions;
use crate::testing::TestClientBuilder;
use crate::transport::Transport;
use crate::user::User;

pub use self::builder::HubServerBuilder;
pub(crate) use self::core::Core;

/// A hub and its connections. Clones share both.
///
/// ```no_run
/// # use hub_core::{HubDispatch, HubServer};
/// # fn example<ChatHub: HubDispatch + Default>() {
/// let chat = HubServer::new(ChatHub::default());
/// let outside = chat.handle(); // sends from anywhere, at any time
/// # }
/// ```
pub struct HubServer<H> {
    hub: Arc<H>,
    methods: Arc<Methods<H>>,
    core: Arc<Core>,
}

impl<H: HubDispatch> HubServer<H> {
    /// A server of this hub with the default options.
    ///
    /// # Panics
    ///
    /// If a method asks for a policy: see [`HubServerBuilder::build`].
    #[track_caller]
    pub fn new(hub: H) -> Self {
        Self::builder(hub).build()
    }

    /// A server of this hub with options of its own.
    pub fn builder(hub: H) -> HubServerBuilder<H> {
        HubServerBuilder::new(hub)
    }

    /// A handle for sending from outside of the hub.
    pub fn handle(&self) -> HubHandle<H> {
        HubHandle { core: Arc::clone(&self.core), hub: std::marker::PhantomData }
    }

    /// The options.
    pub fn options(&self) -> &HubOptions {
        &self.core.options
    }

    /// Whether a request of this user meets what the hub asks ([`HubDispatch::REQUIREMENTS`]). What serves the hub over
    /// HTTP refuses every other one, before it looks at anything else (U-2).
    pub fn admits(&self, user: &User, request: &Parts) -> bool {
        let context = PolicyContext::of_request(user, request);
        self.core.rules.iter().flat_map(|rules| rules.iter()).all(|rule| rule.admits(&context))
    }

    /// Serves a connection from its handshake to its end.
    pub fn serve<T: Transport>(
        &self,
        connection: NewConnection,
        transport: T,
    ) -> impl Future<Output = ()> + Send + use<H, T> + 'static {
        self.serve_when_ready(connection, ready(Some(transport)), None)
    }

    /// Serves a connection that outlives its transport (section 9): what its client has not acknowledged is kept, and
    /// sent again on the next transport that `reconnects` brings.
    ///
    /// That takes a client whose handshake has version 2 or higher; for others this is the same as
    /// [`serve`](Self::serve), and `reconnects` is dropped.
    pub fn serve_resumable<T: Transport>(
        &self,
        connection: NewConnection,
        transport: T,
        reconnects: Reconnects<T>,
    ) -> impl Future<Output = ()> + Send + use<H, T> + 'static {
        self.serve_when_ready(connection, ready(Some(transport)), Some(reconnects))
    }

    /// Serves a connection whose transport is not there yet, as that of an upgrade; there is none if the client goes away
    /// meanwhile. As [`serve_resumable`](Self::serve_resumable) with `reconnects`, and as [`serve`](Self::serve) without.
    pub fn serve_when_ready<T: Transport, F: Future<Output = Option<T>> + Send + 'static>(
        &self,
        connection: NewConnection,
        transport: F,
        reconnects: Option<Reconnects<T>>,
    ) -> impl Future<Output = ()> + Send + use<H, T, F> + 'static {
        let serving = connection::run(self.clone(), connection, transport, reconnects);
        self.core.connections.track_future(serving)
    }

    /// Ends all connections, telling their clients that they may come back, and waits until the last one has ended and
    /// its running calls are over. Connections that come later are refused.
    ///
    /// axum's own graceful shutdown does not see sockets once they are upgraded: call this beside it.
    pub async fn shutdown(&self) {
        self.core.shut_down();
        self.core.connections.wait().await;
        if let Err(error) = self.core.stop_backplane().await {
            tracing::warn!(hub = H::NAME, %error, "backplane failed");
        }
    }

    /// A client in memory, for tests: real frames and real dispatch without a socket.
    pub fn test_client(&self) -> TestClientBuilder<H> {
        TestClientBuilder::new(self.clone())
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn hub(&self) -> &Arc<H> {
        &self.hub
    }

    pub(crate) fn methods(&self) -> &Methods<H> {
        &self.methods
    }

    pub(crate) fn on_connected(&self, connection: &Arc<Connection>) -> BoxFuture<'static, Result<(), HubError>> {
        let (hub, context) = (Arc::clone(&self.hub), Hub::new(Arc::clone(connection), Origin::Connecting));
        let own = lifecycle(move || H::on_connected(hub, context));
        if self.core.filters.is_empty() {
            return own;
        }
        let (core, context) = (Arc::clone(&self.core), Hub::new(Arc::clone(connection), Origin::Connecting));
        Box::pin(async move { core.filters.connected(&context, own).await })
    }

    pub(crate) fn on_disconnected(
        &self,
        connection: &Arc<Connection>,
        reason: Option<DisconnectError>,
    ) -> BoxFuture<'static, Result<(), HubError>> {
        let (hub, context) = (Arc::clone(&self.hub), Hub::new(Arc::clone(connection), Origin::Elsewhere));
        let told = reason.clone();
        let own = lifecycle(move || H::on_disconnected(hub, context, told));
        if self.core.filters.is_empty() {
            return own;
        }
        let (core, context) = (Arc::clone(&self.core), Hub::new(Arc::clone(connection), Origin::Elsewhere));
        Box::pin(async move { core.filters.disconnected(&context, reason.as_ref(), own).await })
    }
}

/// A lifecycle method, whose panics are errors.
fn lifecycle(
    start: impl FnOnce() -> BoxFuture<'static, Result<(), HubError>> + Send + 'static,
) -> BoxFuture<'static, Result<(), HubError>> {
    Box::pin(async move { CatchPanic(pin!(async move { start().await })).await? })
}

impl<H> Clone for HubServer<H> {
    fn clone(&self) -> Self {
        Self { hub: Arc::clone(&self.hub), methods: Arc::clone(&self.methods), core: Arc::clone(&self.core) }
    }
}

impl<H: HubDispatch> fmt::Debug for HubServer<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubServer").field("hub", &H::NAME).field("methods", &self.methods).finish_non_exhaustive()
    }
}

/// Sends to a hub's clients from outside of it (SignalR's `IHubContext`).
pub struct HubHandle<H> {
    core: Arc<Core>,
    hub: std::marker::PhantomData<fn() -> H>,
}

impl<H: HubDispatch> HubHandle<H> {
    /// Selects clients to call.
    pub fn clients(&self) -> Clients<H::Client> {
        Clients::new(Arc::clone(&self.core), Origin::Elsewhere)
    }

    /// Adds connections to groups and removes them.
    pub fn groups(&self) -> Groups {
        Groups(Arc::clone(&self.core))
    }

    /// One connection, on whatever server it is.
    pub fn connection(&self, id: impl AsRef<str>) -> RemoteConnection {
        RemoteConnection::new(Arc::clone(&self.core), ConnectionId::from(id.as_ref()))
    }
}

impl<H> Clone for HubHandle<H> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), hub: std::marker::PhantomData }
    }
}

impl<H: HubDispatch> fmt::Debug for HubHandle<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HubHandle").field(&H::NAME).finish()
    }
}
