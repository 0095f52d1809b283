//! What stands for the clients that a message reaches.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::asking::Answer;
use super::{Asking, Sending};
use crate::backplane::Audience;
use crate::connection::{Connection, ConnectionId, Origin};
use crate::outgoing::OutgoingMessage;
use crate::protocol::Arguments;
use crate::server::Core;

/// A client contract: `dyn` a `#[hub_client]` trait, or [`Untyped`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client contract",
    label = "no `#[hub_client]` trait",
    note = "put `#[hub_client]` on the trait and name it as `dyn Trait`"
)]
pub trait HubClient: 'static {
    /// The calls of the contract, bound to the connections they reach.
    type Proxy<T: Target>: From<RawProxy<T>>;
}

/// No contract: messages are sent by name.
#[derive(Debug)]
pub enum Untyped {}

impl HubClient for Untyped {
    type Proxy<T: Target> = RawProxy<T>;
}

/// What a proxy may reach: [`Single`], [`Many`] or [`Unanswering`].
pub trait Target: sealed::Sealed + Send + Sync + 'static {}

/// A target of at most one connection, which can be asked for a result.
#[diagnostic::on_unimplemented(
    message = "a client result can only be asked of one connection that can answer",
    label = "this proxy reaches `{Self}`",
    note = "ask through `clients().caller()` or `clients().client(id)`, and not inside `on_connected`"
)]
pub trait SingleTarget: Target {}

/// At most one connection.
#[derive(Debug)]
pub enum Single {}

/// Any number of connections.
#[derive(Debug)]
pub enum Many {}

/// One connection whose answers are not read yet: the caller in `on_connected` (D-93).
#[derive(Debug)]
pub enum Unanswering {}

impl Target for Single {}
impl Target for Many {}
impl Target for Unanswering {}
impl SingleTarget for Single {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Single {}
    impl Sealed for super::Many {}
    impl Sealed for super::Unanswering {}
}

/// Sends by name to the connections of a selector; what typed proxies are built on.
pub struct RawProxy<T> {
    core: Arc<Core>,
    route: Route,
    origin: Origin,
    target: PhantomData<fn() -> T>,
}

/// Where a message goes.
#[derive(Clone)]
pub(super) enum Route {
    /// To a connection of this server, whether it is still registered or not.
    Here(Arc<Connection>),
    To(Audience),
}

impl<T: Target> RawProxy<T> {
    pub(super) fn new(core: Arc<Core>, route: Route, origin: Origin) -> Self {
        Self { core, route, origin, target: PhantomData }
    }

    /// Calls `target` on the clients with a tuple of arguments.
    ///
    /// The arguments are serialized here, once for each protocol that a client speaks; the message leaves when the
    /// returned future is awaited. A failing client never fails the send.
    ///
    /// ```
    /// # use hub_core::{Clients, Untyped};
    /// # async fn example(clients: Clients<Untyped>) -> Result<(), hub_core::HubError> {
    /// clients.all().send("ReceiveMessage", ("Ada", "hello")).await?;
    /// clients.group("staff").send("Refresh", ()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The backplane's, and one for an empty name among several groups (A-6).
    pub fn send<A: Arguments>(&self, target: &str, arguments: A) -> Sending {
        let message = match &self.route {
            Route::Here(connection) => OutgoingMessage::for_protocol(connection.protocol(), target, &arguments),
            Route::To(_) if self.core.backplane().is_local() => {
                OutgoingMessage::new(self.core.protocols().spoken(), target, &arguments)
            }
            Route::To(_) => OutgoingMessage::new(self.core.protocols().all(), target, &arguments),
        };
        Sending::new(Arc::clone(&self.core), self.route.clone(), message)
    }

    /// Calls `target` on the client and waits for its result, an `R`.
    ///
    /// The question is asked when the returned future is awaited; to drop it is to give up. There is no time limit
    /// unless [`Asking::timeout`] sets one. While a hub method waits for its answer, other calls of its client may run,
    /// whatever the limit of parallel calls (D-86).
    ///
    /// ```
    /// # use hub_core::{Clients, ConnectionId, Untyped};
    /// # async fn example(clients: Clients<Untyped>, id: ConnectionId) -> Result<(), hub_core::HubError> {
    /// let name = clients.client(&id).ask::<String, _>("AskName", ("Who are you?",)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the client answers as an error, an answer of another type, a client that does not exist or goes away
    /// (D-94 to D-99), and a question from `on_connected` to any client (D-93).
    pub fn ask<R: Answer, A: Arguments>(&self, target: &str, arguments: A) -> Asking<R>
    where
        T: SingleTarget,
    {
        let connection = match &self.route {
            Route::Here(connection) => Ok(Arc::clone(connection)),
            Route::To(Audience::Connection(id)) => self.core.registry().connection(id).ok_or_else(|| id.clone()),
            Route::To(_) => Err(ConnectionId::from("")),
        };
        Asking::new(&self.core, connection, self.origin.clone(), target, &arguments)
    }
}

impl<T> Clone for RawProxy<T> {
    fn clone(&self) -> Self {
        let Self { core, route, origin, target } = self;
        Self { core: Arc::clone(core), route: route.clone(), origin: origin.clone(), target: *target }
    }
}

impl<T> fmt::Debug for RawProxy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_tuple("RawProxy");
        match &self.route {
            Route::Here(connection) => debug.field(connection.id()).finish(),
            Route::To(audience) => debug.field(audience).finish(),
        }
    }
}
