//! A hub ready to serve connections, and the ways to reach its clients from outside.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use http::Extensions;
use http::request::Parts;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::authorization::{Policies, PolicyContext, Rule};
use crate::backplane::{Backplane, InProcess, LocalHub};
use crate::client::{Clients, Questions};
use crate::connection::{self, Connection, Ending, NewConnection, Origin, Reconnects, StoredRequest};
use crate::dispatch::{CatchPanic, HubDispatch, Methods};
use crate::error::{DisconnectError, HubError};
use crate::filter::{Filters, HubFilter};
use crate::hub::{Groups, Hub};
use crate::options::HubOptions;
use crate::protocol::{HubProtocol, JsonOptions, MessagePackOptions, PayloadNaming};
use crate::protocols::Protocols;
use crate::registry::Registry;
use crate::testing::TestClientBuilder;
use crate::transport::Transport;
use crate::user::User;

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
        HubServerBuilder {
            hub,
            options: HubOptions::default(),
            protocols: None,
            user_id: None,
            backplane: Arc::new(InProcess),
            state: Extensions::new(),
            policies: Policies::default(),
            filters: Filters::default(),
        }
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
        let serving = connection::run(self.clone(), connection, transport, None);
        self.core.connections.track_future(serving)
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
        let serving = connection::run(self.clone(), connection, transport, Some(reconnects));
        self.core.connections.track_future(serving)
    }

    /// Ends all connections, telling their clients that they may come back, and waits until the last one has ended and
    /// its running calls are over. Connections that come later are refused.
    ///
    /// axum's own graceful shutdown does not see sockets once they are upgraded: call this beside it.
    pub async fn shutdown(&self) {
        self.core.shut_down();
        self.core.connections.wait().await;
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
    Box::pin(async move { CatchPanic(Box::pin(async move { start().await })).await? })
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

type UserIdProvider = dyn Fn(&User, &Parts) -> Option<String> + Send + Sync;

/// The options of a [`HubServer`] that is to be; each has its default in [`HubOptions`].
#[must_use = "nothing is served before `build`"]
pub struct HubServerBuilder<H> {
    hub: H,
    options: HubOptions,
    protocols: Option<Vec<HubProtocol>>,
    user_id: Option<Box<UserIdProvider>>,
    backplane: Arc<dyn Backplane>,
    state: Extensions,
    policies: Policies,
    filters: Filters,
}

/// Writes the methods that set one option each.
macro_rules! options {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        $(
            $(#[$doc])*
            pub fn $name(mut self, $name: $type) -> Self {
                self.options.$name = $name;
                self
            }
        )*
    };
}

impl<H: HubDispatch> HubServerBuilder<H> {
    options! {
        /// How long a client may take to send its handshake; 15 s.
        handshake_timeout: Duration,
        /// The time between two pings to a client; 15 s.
        keep_alive_interval: Duration,
        /// How long a client that pings may be silent; 30 s. At least twice the client's ping interval is wise.
        client_timeout_interval: Duration,
        /// The largest message a client may send, in bytes; 32,768, `None` for no limit.
        maximum_receive_message_size: Option<usize>,
        /// Whether clients are told the type and text of every error; off.
        enable_detailed_errors: bool,
        /// How many calls of one client run at a time; 1, and never less.
        maximum_parallel_invocations_per_client: usize,
        /// How many items of an upload stream wait for the method; 10, and never less than 1.
        stream_buffer_capacity: usize,
        /// How payload members are named in JSON; camelCase.
        json_naming: PayloadNaming,
        /// How payload members are named in MessagePack; `PascalCase`.
        message_pack_naming: PayloadNaming,
        /// How many bytes may wait for a client before replies and sends to it alone wait; 65,536.
        outbound_buffer_size: usize,
        /// How many bytes may wait for a client before a message to many closes it; 1,048,576.
        slow_client_limit: usize,
        /// How many unacknowledged bytes are kept for a client that can reconnect before messages wait; 100,000.
        stateful_reconnect_buffer_size: usize,
        /// How long a write may make no progress, or wait for an acknowledgement; 10 s.
        transport_send_timeout: Duration,
    }

    /// The protocols that clients may choose, with options of their own: `json_naming` and `message_pack_naming` do not
    /// count for these. JSON and MessagePack, unless told otherwise.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = HubProtocol>) -> Self {
        self.protocols = Some(protocols.into_iter().collect());
        self
    }

    /// By what `clients().user(…)` reaches a connection; the user's own identifier unless told otherwise (A-13).
    pub fn user_id(mut self, provider: impl Fn(&User, &Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.user_id = Some(Box::new(provider));
        self
    }

    /// What carries messages to the other servers of the hub; [`InProcess`] unless told otherwise.
    pub fn backplane(mut self, backplane: impl Backplane) -> Self {
        self.backplane = Arc::new(backplane);
        self
    }

    /// What methods take as [`State<T>`](crate::State); one value of each type.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.state.insert(value);
        self
    }

    /// What `#[hub(authorize(policy = "name"))]` means: on a method, whether a call may be made, which is asked before
    /// each call (U-20); on the block, whether a request is served.
    ///
    /// ```
    /// # use hub_core::{HubDispatch, HubServer};
    /// # fn example<ChatHub: HubDispatch + Default>() {
    /// let server = HubServer::builder(ChatHub::default())
    ///     .policy("adults", |context| context.user().claim("age").is_some_and(|age| age.parse().is_ok_and(|age: u8| age >= 18)))
    ///     .build();
    /// # }
    /// ```
    pub fn policy(
        mut self,
        name: impl Into<String>,
        policy: impl Fn(&PolicyContext<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policies.insert(name.into(), policy);
        self
    }

    /// Runs this around every call and lifecycle method, inside of the filters that were given before (F-2).
    pub fn filter(mut self, filter: impl HubFilter) -> Self {
        self.filters.push(filter);
        self
    }

    /// The server.
    ///
    /// # Panics
    ///
    /// If a method of the hub asks for a [policy](Self::policy) that was not given; and if one marks an argument
    /// `#[hub(optional)]` whose type has no value without it.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> HubServer<H> {
        let methods = Methods::of_hub(&self.policies);
        let rules = self.policies.rules(H::REQUIREMENTS).unwrap_or_else(|policy| {
            panic!("hub `{}` asks for the policy `{policy}`, which its builder was not given", H::NAME)
        });
        let core = Core {
            name: H::NAME,
            protocols: Protocols::new(self.protocols.unwrap_or_else(|| both_protocols(&self.options))),
            options: self.options,
            user_id: self.user_id,
            backplane: self.backplane,
            rules,
            state: self.state,
            filters: self.filters,
            registry: Registry::default(),
            questions: Questions::default(),
            closing: CancellationToken::new(),
            connections: TaskTracker::new(),
        };
        HubServer { hub: Arc::new(self.hub), methods: Arc::new(methods), core: Arc::new(core) }
    }
}

impl<H: HubDispatch> fmt::Debug for HubServerBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HubServerBuilder");
        debug.field("hub", &H::NAME).field("options", &self.options).finish_non_exhaustive()
    }
}

/// The protocols there are, as the options want them.
fn both_protocols(options: &HubOptions) -> Vec<HubProtocol> {
    let json = JsonOptions::default().with_naming(options.json_naming);
    let message_pack = MessagePackOptions::default().with_naming(options.message_pack_naming);
    vec![HubProtocol::Json(json), HubProtocol::MessagePack(message_pack)]
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

/// What the connections of a hub share, whatever the hub's type.
pub(crate) struct Core {
    name: &'static str,
    protocols: Protocols,
    options: HubOptions,
    user_id: Option<Box<UserIdProvider>>,
    backplane: Arc<dyn Backplane>,
    rules: Option<Arc<[Rule]>>,
    state: Extensions,
    filters: Filters,
    registry: Registry,
    questions: Questions,
    closing: CancellationToken,
    connections: TaskTracker,
}

impl Core {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn options(&self) -> &HubOptions {
        &self.options
    }

    pub(crate) fn protocols(&self) -> &Protocols {
        &self.protocols
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn questions(&self) -> &Questions {
        &self.questions
    }

    pub(crate) fn backplane(&self) -> &dyn Backplane {
        &*self.backplane
    }

    /// What the program gave to the hub, by type.
    pub(crate) fn state(&self) -> &Extensions {
        &self.state
    }

    pub(crate) fn filters(&self) -> &Filters {
        &self.filters
    }

    pub(crate) fn local(self: &Arc<Self>) -> LocalHub {
        LocalHub(Arc::clone(self))
    }

    pub(crate) fn user_id(&self, user: &User, request: &mut StoredRequest) -> Option<String> {
        match &self.user_id {
            Some(provider) => provider(user, &request.parts()),
            None => user.id().map(str::to_owned),
        }
    }

    /// Makes a connection addressable.
    pub(crate) async fn connected(self: &Arc<Self>, connection: &Arc<Connection>) -> Result<(), HubError> {
        self.protocols.joined(connection.protocol());
        self.registry.add(connection);
        if self.closing.is_cancelled() {
            connection.end(Ending::Shutdown);
        }
        self.backplane.connected(&self.local(), connection.id(), connection.user_id()).finish().await
    }

    /// Takes a connection out of its groups and makes it unknown.
    pub(crate) async fn disconnected(self: &Arc<Self>, connection: &Arc<Connection>) -> Result<(), HubError> {
        self.registry.remove(connection);
        self.protocols.left(connection.protocol());
        self.backplane.disconnected(&self.local(), connection.id(), connection.user_id()).finish().await
    }

    /// Waits for the beginning of the shutdown.
    pub(crate) fn shutting_down(&self) -> impl Future<Output = ()> + '_ {
        self.closing.cancelled()
    }

    fn shut_down(&self) {
        self.closing.cancel();
        self.connections.close();
        for connection in &*self.registry.all() {
            connection.end(Ending::Shutdown);
        }
    }
}
