//! What a hub method knows of its call.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use http::request::Parts;

use crate::cancellation::CancellationToken;
use crate::client::{CallerClients, HubClient, Single, Target, Unanswering, Untyped};
use crate::connection::{Connection, ConnectionId, Ending, Origin};
use crate::error::HubError;
use crate::items::Items;
use crate::server::Core;
use crate::user::User;

/// The context of a call: the connection that made it, and the clients and groups of its hub.
///
/// `Hub<dyn ChatClient>` is what the base class `Hub<IChatClient>` is in C#; `Hub` alone sends by name. As a parameter
/// of a hub method it costs no argument on the wire. Clones are cheap and stay usable after the call.
pub struct Hub<C: ?Sized = Untyped, P = Running> {
    connection: Arc<Connection>,
    origin: Origin,
    /// The request, once it was asked for: that of the connection may change meanwhile (S-52).
    request: OnceLock<Arc<Parts>>,
    contract: PhantomData<fn(&C, P)>,
}

/// When a [`Hub`] is used: while calls run, or while the client connects.
pub trait Phase: Send + Sync + 'static {
    /// What the caller's proxy can do.
    type Caller: Target;
}

/// Calls run.
#[derive(Debug)]
pub enum Running {}

/// `on_connected` runs: no answer of the client is read before it is over (D-93).
#[derive(Debug)]
pub enum Connecting {}

impl Phase for Running {
    type Caller = Single;
}

impl Phase for Connecting {
    type Caller = Unanswering;
}

impl<C: ?Sized, P> Hub<C, P> {
    pub(crate) fn new(connection: Arc<Connection>, origin: Origin) -> Self {
        Self { connection, origin, request: OnceLock::new(), contract: PhantomData }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The public id of the connection.
    pub fn connection_id(&self) -> &ConnectionId {
        self.connection.id()
    }

    /// The user of the connection.
    pub fn user(&self) -> &User {
        self.connection.user()
    }

    /// By what `clients().user(…)` reaches this connection; `None` if nobody signed in.
    pub fn user_identifier(&self) -> Option<&str> {
        self.connection.user_id()
    }

    /// What the hub keeps about this connection.
    pub fn items(&self) -> &Items {
        self.connection.items()
    }

    /// The HTTP request that connected: method, URI, headers, extensions. After a reconnect with its state kept, it is the
    /// request of the latest transport (S-52).
    pub fn request(&self) -> &Parts {
        self.request.get_or_init(|| self.connection.request())
    }

    /// The first value of this key in the query of the connecting request, percent-decoded; keys are compared without
    /// regard to case, as ASP.NET Core does.
    pub fn query(&self, key: &str) -> Option<String> {
        let query = self.request().uri.query().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value.into_owned())
    }

    /// The name of the transport: `WebSockets`, `ServerSentEvents`, `LongPolling`, or what another one calls itself.
    pub fn transport_name(&self) -> &'static str {
        self.connection.transport_name()
    }

    /// Adds connections to groups and removes them.
    pub fn groups(&self) -> Groups {
        Groups(Arc::clone(self.connection.core()))
    }

    /// Ends the connection: nothing more is sent, not even the completion of this call (D-117).
    pub fn abort(&self) {
        self.connection.end(Ending::Aborted);
    }

    /// Cancelled when the connection ends.
    pub fn cancellation(&self) -> CancellationToken {
        self.connection.aborted().child()
    }

    /// Whether the connection has ended.
    pub fn is_aborted(&self) -> bool {
        self.connection.aborted().is_cancelled()
    }
}

impl<C: HubClient + ?Sized, P: Phase> Hub<C, P> {
    /// Selects clients to call.
    pub fn clients(&self) -> CallerClients<C, P> {
        CallerClients::new(Arc::clone(&self.connection), self.origin.clone())
    }
}

impl<C: ?Sized> Hub<C> {
    /// The same context in another phase.
    pub(crate) fn in_phase<P>(&self) -> Hub<C, P> {
        Hub::new(Arc::clone(&self.connection), self.origin.clone())
    }
}

/// The groups of a hub.
#[derive(Clone)]
pub struct Groups(pub(crate) Arc<Core>);

impl Groups {
    /// Adds a connection to a group. To be in it already, or to be unknown, is no error.
    ///
    /// # Errors
    ///
    /// The backplane's.
    pub async fn add(&self, connection: impl AsRef<str>, group: impl AsRef<str>) -> Result<(), HubError> {
        let connection = ConnectionId::from(connection.as_ref());
        let delivery = self.0.backplane().add_to_group(&self.0.local(), &connection, group.as_ref());
        delivery.finish().await
    }

    /// Removes a connection from a group. Not to be in it, or to be unknown, is no error.
    ///
    /// # Errors
    ///
    /// The backplane's.
    pub async fn remove(&self, connection: impl AsRef<str>, group: impl AsRef<str>) -> Result<(), HubError> {
        let connection = ConnectionId::from(connection.as_ref());
        let delivery = self.0.backplane().remove_from_group(&self.0.local(), &connection, group.as_ref());
        delivery.finish().await
    }
}

impl Groups {
    /// Who is in a group, on all servers together, in no particular order.
    ///
    /// # Errors
    ///
    /// The backplane's: one that spans several servers may not know.
    pub async fn members(&self, group: impl AsRef<str>) -> Result<Vec<ConnectionId>, HubError> {
        self.0.backplane().members(&self.0.local(), group.as_ref()).await
    }

    /// How many connections are in a group, on all servers together.
    ///
    /// # Errors
    ///
    /// As for [`members`](Self::members).
    pub async fn count(&self, group: impl AsRef<str>) -> Result<usize, HubError> {
        Ok(self.members(group).await?.len())
    }
}

/// A connection as seen from outside of the hub, on whatever server it is.
#[derive(Clone)]
pub struct RemoteConnection {
    core: Arc<Core>,
    id: ConnectionId,
}

impl RemoteConnection {
    pub(crate) fn new(core: Arc<Core>, id: ConnectionId) -> Self {
        Self { core, id }
    }

    /// The public id.
    pub fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// Ends the connection: nothing more is sent to it (D-117). To be unknown is no error.
    ///
    /// # Errors
    ///
    /// The backplane's.
    pub async fn abort(&self) -> Result<(), HubError> {
        self.core.backplane().abort(&self.core.local(), &self.id).finish().await
    }
}

impl<C: ?Sized, P> Clone for Hub<C, P> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.connection), self.origin.clone())
    }
}

impl<C: ?Sized, P> fmt::Debug for Hub<C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("connection", self.connection_id()).finish_non_exhaustive()
    }
}

impl fmt::Debug for RemoteConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteConnection").field(&self.id).finish()
    }
}

impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Groups").field(&self.0.name()).finish()
    }
}
