//! The connection as a program holds it.

mod active;
mod driver;
mod handshake;
mod history;
mod inbound;
mod reader;
mod resumable;
mod session;
mod status;
mod timer;
mod unread;
mod writer;

use std::fmt;
use std::sync::{Arc, Weak};

use hub_core::protocol::HubProtocol;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use self::driver::Driver;
pub(crate) use self::session::Session;
pub use self::status::ConnectionState;
use self::status::{Life, Status};
use crate::builder::{HubConnectionBuilder, Options};
use crate::call::{Arguments, HubResult, HubStream};
use crate::error::{ConnectionError, InvocationError, StartError};
use crate::events::Events;
use crate::handlers::{Handler, Handlers, Method, Subscription};
use crate::transport::Connector;

/// A connection to a hub.
///
/// Clones are handles of the same connection. When the last one is dropped, the connection is stopped: a handler that
/// needs its connection holds a [`WeakHubConnection`].
///
/// ```
/// # use hub_client::HubConnection;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connection = HubConnection::builder("http://127.0.0.1:5000/chathub").with_automatic_reconnect().build();
/// connection.on("ReceiveMessage", |user: String, message: String| println!("{user}: {message}"));
/// connection.start().await?;
/// connection.invoke::<()>("SendMessage", ("Ada", "hello")).await?;
/// connection.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HubConnection {
    handle: Arc<Handle>,
}

/// What stops the connection when nobody holds it any more.
struct Handle(Arc<Shared>);

/// A handle that does not keep its connection alive.
#[derive(Clone)]
pub struct WeakHubConnection {
    handle: Weak<Handle>,
}

/// What a connection's handles and its driver share.
struct Shared {
    connector: Arc<dyn Connector>,
    options: Options,
    handlers: Arc<Handlers>,
    events: Events,
    status: watch::Sender<Status>,
    /// Cancelled when nobody holds the connection any more.
    abandoned: CancellationToken,
}

impl HubConnection {
    /// A connection that reaches its server through this connector.
    pub fn with_connector<C: Connector>(connector: C) -> HubConnectionBuilder<C> {
        HubConnectionBuilder::new(connector)
    }

    pub(crate) fn new(connector: Arc<dyn Connector>, options: Options) -> Self {
        let shared = Shared {
            connector,
            options,
            handlers: Arc::default(),
            events: Events::default(),
            status: watch::Sender::default(),
            abandoned: CancellationToken::default(),
        };
        Self { handle: Arc::new(Handle(Arc::new(shared))) }
    }

    /// Starts the connection: opens a transport and shakes hands. Dropping the future gives up (C-11).
    ///
    /// A connection that has ended can be started again.
    ///
    /// # Errors
    ///
    /// If the connection is not disconnected, or is stopped meanwhile, or the server cannot be reached or refuses it.
    /// There are no attempts to reconnect here (C-9).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, which has to have its timers enabled.
    pub async fn start(&self) -> Result<(), StartError> {
        let life = Life::default();
        let can_start = |status: &mut Status| {
            let is_idle = status.state() == ConnectionState::Disconnected;
            if is_idle {
                *status = Status::Connecting(life.clone());
            }
            is_idle
        };
        if !self.shared().status.send_if_modified(can_start) {
            return Err(StartError::NotDisconnected);
        }
        let given_up = life.stop.clone().drop_guard();
        let (sender, started) = oneshot::channel();
        Driver::spawn(Arc::clone(self.shared()), life, sender);
        let result = started.await.unwrap_or(Err(StartError::Stopped));
        given_up.disarm();
        result
    }

    /// Stops the connection, in whatever state it is, and waits until it has ended: what was sent before reaches the
    /// transport, the server is told, calls without an answer fail, and the closed event comes (C-110).
    ///
    /// It ends within about five seconds, even if the server does not answer.
    pub async fn stop(&self) {
        let life = self.shared().status.borrow().life().cloned();
        if let Some(life) = life {
            life.stop.cancel();
            life.over.cancelled().await;
        }
    }

    /// What the connection is doing.
    pub fn state(&self) -> ConnectionState {
        self.shared().status.borrow().state()
    }

    /// The id under which the server knows the connection, while it is connected; `None` also if negotiation was skipped
    /// (C-44).
    pub fn connection_id(&self) -> Option<String> {
        self.shared().status.borrow().session()?.connection_id().map(str::to_owned)
    }

    /// Calls a hub method with a tuple of arguments and waits for its result, an `R`; `()` if it returns nothing.
    ///
    /// While the connection is being started the call waits (C-46). To drop the future is to give up; the server is not
    /// told, but uploads of the call are cancelled (C-53).
    ///
    /// # Errors
    ///
    /// The ways in which a call can fail, told apart by [`InvocationError`].
    ///
    /// ```
    /// # use hub_client::{HubConnection, InvocationError};
    /// # async fn example(connection: HubConnection) -> Result<(), InvocationError> {
    /// let sum: i64 = connection.invoke("Add", (1, 2)).await?;
    /// connection.invoke::<()>("Reset", ()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invoke<R: HubResult>(&self, target: &str, arguments: impl Arguments) -> Result<R, InvocationError> {
        self.session().await?.invoke(target, arguments).await
    }

    /// Calls a hub method with a tuple of arguments and does not ask for its result, nor whether it fails (C-52).
    ///
    /// Ready when the message waits for the transport, of which there is bounded room. It is lost if the connection is,
    /// unless that is resumed.
    ///
    /// # Errors
    ///
    /// If the connection is not active, or the arguments cannot be serialized.
    pub async fn send(&self, target: &str, arguments: impl Arguments) -> Result<(), InvocationError> {
        self.session().await?.call(target, arguments).await
    }

    /// Calls a hub method that answers by a stream of `T`. Ready when the call is sent; what the server says to it comes
    /// from the stream.
    ///
    /// # Errors
    ///
    /// If the connection is not active, or the arguments cannot be serialized.
    pub async fn stream<T: HubResult>(
        &self,
        target: &str,
        arguments: impl Arguments,
    ) -> Result<HubStream<T>, InvocationError> {
        self.session().await?.stream(target, arguments).await
    }

    /// Registers a handler for calls of this name, in exact case, by the server.
    ///
    /// Handlers are closures, `async` or not, with the types of their arguments written out; several of one name run one
    /// after the other, in the order in which they were registered (C-90). So do calls, each of which is waited for,
    /// but for those that ask for an answer: these are begun in their turn (C-96). Handlers run beside the connection, and may
    /// call the hub, or stop the connection. Their panics are logged. Calls that wait for slow handlers are kept, however
    /// many they are, as in the official clients.
    ///
    /// A handler that returns something else than `()` answers a server that asks for a value (a client result). What
    /// the server reads of an error is its text (C-94).
    ///
    /// ```
    /// # use hub_client::HubConnection;
    /// # use hub_client::HubError;
    /// # fn example(connection: HubConnection) {
    /// connection.on("ReceiveMessage", |user: String, message: String| async move { println!("{user}: {message}") });
    /// connection.on("AskName", |prompt: String| async move { format!("{prompt} Ada") });
    /// connection.on("Divide", |a: u32, b: u32| a.checked_div(b).ok_or(HubError::new("There is no answer.")));
    /// # }
    /// ```
    ///
    /// The handler stays until [`Subscription::off`] is called, whether the connection is started or not.
    ///
    /// # Panics
    ///
    /// If it returns a value and another handler of that name does, too (C-93).
    #[track_caller]
    pub fn on<M>(&self, name: &str, handler: impl Handler<M>) -> Subscription {
        self.on_method(name, handler.into_method())
    }

    /// Registers a method without types.
    #[track_caller]
    pub(crate) fn on_method(&self, name: &str, method: Method) -> Subscription {
        let handlers = &self.shared().handlers;
        Subscription::new(handlers, name, handlers.add(name, method))
    }

    /// Removes all handlers of this name.
    pub fn off(&self, name: &str) {
        self.shared().handlers.remove_all(name);
    }

    /// Has a closure called when the connection has ended: with the reason, or without one if it was stopped, or if the
    /// server ended it in order (C-41). The state is disconnected by then.
    ///
    /// A connection that never started does not end. The closure must not wait, but may spawn a task, which may start the
    /// connection again:
    ///
    /// ```
    /// # fn example(connection: hub_client::HubConnection) {
    /// let weak = connection.downgrade();
    /// connection.on_closed(move |reason| {
    ///     println!("closed: {reason:?}");
    ///     if let Some(connection) = weak.upgrade() {
    ///         tokio::spawn(async move { connection.start().await });
    ///     }
    /// });
    /// # }
    /// ```
    pub fn on_closed(&self, handler: impl Fn(Option<ConnectionError>) + Send + Sync + 'static) {
        self.shared().events.on_closed(handler);
    }

    /// Has a closure called when the connection was lost and is to be reconnected, before the first attempt, with the
    /// reason (C-42). The closure must not wait.
    pub fn on_reconnecting(&self, handler: impl Fn(Option<ConnectionError>) + Send + Sync + 'static) {
        self.shared().events.on_reconnecting(handler);
    }

    /// Has a closure called when the connection is back, with its new id (C-42). The closure must not wait, but may spawn
    /// a task that joins the groups again, for instance.
    pub fn on_reconnected(&self, handler: impl Fn(Option<String>) + Send + Sync + 'static) {
        self.shared().events.on_reconnected(handler);
    }

    /// A handle that does not keep the connection alive.
    pub fn downgrade(&self) -> WeakHubConnection {
        WeakHubConnection { handle: Arc::downgrade(&self.handle) }
    }

    /// The session to call the hub on, once the connection is not just being started.
    async fn session(&self) -> Result<Arc<Session>, InvocationError> {
        let now = |status: &Status| status.session().cloned();
        if let Some(session) = now(&self.shared().status.borrow()) {
            return Ok(session);
        }
        let mut status = self.shared().status.subscribe();
        let settled = status.wait_for(|status| status.state() != ConnectionState::Connecting).await;
        settled.ok().and_then(|status| now(&status)).ok_or(InvocationError::NotConnected)
    }

    /// The protocol of its messages (C-140).
    pub(crate) fn protocol(&self) -> &HubProtocol {
        &self.shared().options.protocol
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.handle.0
    }
}

impl WeakHubConnection {
    /// The connection, if somebody still holds it.
    pub fn upgrade(&self) -> Option<HubConnection> {
        self.handle.upgrade().map(|handle| HubConnection { handle })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.abandoned.cancel();
        let life = self.0.status.borrow().life().cloned();
        if let Some(life) = life {
            life.stop.cancel();
        }
    }
}

impl fmt::Debug for HubConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubConnection").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl fmt::Debug for WeakHubConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakHubConnection").finish_non_exhaustive()
    }
}
