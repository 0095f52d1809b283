//! The backplane: what a hub asks, as commands to Redis.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::future::try_join_all;
use hub_core::{
    Audience, Backplane, ConnectionId, Delivery, HubError, LocalHub, OutgoingMessage, Question, Unanswered,
    WeakLocalHub,
};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::acks::Acks;
use crate::builder::RedisBackplaneBuilder;
use crate::bus::{Bus, Target};
use crate::channels::Channels;
use crate::error::BackplaneError;
use crate::events::{RedisCounters, RedisEvents};
use crate::inbound;
use crate::options::Options;
use crate::presence::{self, Presence};
use crate::wire::{ABORT, ADD, Ack, Asked, Completion, GroupCommand, REMOVE, write_invocation};

/// How long a command waits before it is asked whether its connection exists at all.
const FIRST_DOUBT: Duration = Duration::from_millis(20);
/// How long it waits before that is asked again.
const NEXT_DOUBT: Duration = Duration::from_secs(1);
/// How often it is asked whether a connection that has a question is still there.
const CHECK: Duration = Duration::from_secs(5);
/// How often an answer is sent again that nobody received, and the time in between.
const REPLIES: usize = 20;
const REPLY_PAUSE: Duration = Duration::from_millis(500);

/// Joins the servers of one hub over Redis.
///
/// ```no_run
/// # use hub_core::{HubDispatch, HubServer};
/// # use hub_redis::{BackplaneError, RedisBackplane};
/// # async fn example<ChatHub: HubDispatch + Default>() -> Result<(), BackplaneError> {
/// let redis = RedisBackplane::connect("redis://127.0.0.1:6379").await?;
/// let server = HubServer::builder(ChatHub::default()).backplane(redis).build();
/// # Ok(())
/// # }
/// ```
///
/// Each hub takes a backplane of its own. Clones are the same backplane: keep one to listen to its
/// [events](Self::events). Its tasks end with the last clone, and so with the server that has it.
#[derive(Clone)]
pub struct RedisBackplane {
    shared: Arc<Shared>,
    _alive: Arc<DropGuard>,
}

/// What the tasks of a backplane share.
pub(crate) struct Shared {
    pub(crate) bus: Arc<Bus>,
    pub(crate) acks: Acks,
    pub(crate) over: CancellationToken,
    /// The name of this server.
    server: String,
    hub: OnceLock<(WeakLocalHub, Channels)>,
    presence: Arc<Presence>,
    runtime: Handle,
}

/// A step that is under way.
pub(crate) type Step = BoxFuture<'static, Result<(), BackplaneError>>;

impl RedisBackplane {
    /// Connects to the Redis of this URL: `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS.
    ///
    /// # Errors
    ///
    /// If the URL makes no sense, or Redis is not there.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn connect(url: &str) -> Result<Self, BackplaneError> {
        Self::builder(url).connect().await
    }

    /// A backplane with options of its own.
    pub fn builder(url: &str) -> RedisBackplaneBuilder {
        RedisBackplaneBuilder::new(url)
    }

    pub(crate) fn start(target: Target, options: Options) -> Self {
        let over = CancellationToken::new();
        let (sender, messages) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            bus: Bus::start(target, options, sender, over.clone()),
            acks: Acks::default(),
            over: over.clone(),
            server: server_name(),
            hub: OnceLock::new(),
            presence: Arc::default(),
            runtime: Handle::current(),
        });
        tokio::spawn(inbound::run(Arc::clone(&shared), messages));
        Self { shared, _alive: Arc::new(over.drop_guard()) }
    }

    /// Waits for the first connection.
    pub(crate) async fn connected(self) -> Result<Self, BackplaneError> {
        let time = self.shared.bus.options.connect_timeout;
        self.shared.bus.connected(time).await.map(|()| self)
    }

    /// Whether there is a connection to Redis, with every channel subscribed.
    pub fn is_connected(&self) -> bool {
        self.shared.bus.is_connected()
    }

    /// What happens from now on between this server and Redis.
    pub fn events(&self) -> RedisEvents {
        self.shared.bus.journal.listen()
    }

    /// What has happened so far.
    pub fn counters(&self) -> RedisCounters {
        self.shared.bus.journal.counters()
    }

    /// The name of this server in channels and payloads: that of the machine, and a random number.
    pub fn server_name(&self) -> &str {
        &self.shared.server
    }
}

impl Shared {
    pub(crate) fn local(&self) -> Option<LocalHub> {
        self.hub.get()?.0.upgrade()
    }

    pub(crate) fn channels(&self) -> Option<&Channels> {
        self.hub.get().map(|(_, channels)| channels)
    }

    /// What marks the messages of this server that were delivered to its own connections when they were sent.
    pub(crate) fn mark(&self) -> Option<&str> {
        self.bus.options.deliver_locally.then_some(&*self.server)
    }

    /// Does work in the background, which begins at once: what is published in it keeps its place before what is
    /// published later (R-73).
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        let _entered = self.runtime.enter();
        let mut work = Box::pin(work);
        let mut context = Context::from_waker(Waker::noop());
        if work.as_mut().poll(&mut context).is_pending() {
            self.runtime.spawn(work);
        }
    }

    /// The channels; those of no hub if it has not started, which its server sees to.
    fn names(&self) -> Channels {
        self.channels().cloned().unwrap_or_else(|| Channels::new("", "", &self.server))
    }

    /// Adds a connection of this server to a group; what is still to be done.
    pub(crate) fn join(self: &Arc<Self>, local: &LocalHub, connection: &ConnectionId, group: &str) -> Option<Step> {
        let channels = self.names();
        let channel = channels.group(group);
        if !local.add_to_group(connection, group) {
            // Another call may be joining it just now.
            let subscribing = self.bus.wait_for(&channel)?;
            let bus = Arc::clone(&self.bus);
            return Some(Box::pin(async move { bus.subscribed(subscribing).await }));
        }
        let subscribing = self.bus.acquire(&channel);
        let present = self.bus.options.presence.map(|time| self.presence.joined(&channels, group, connection, time));
        if subscribing.is_none() && present.is_none() {
            return None;
        }
        let (shared, local, connection, group) =
            (Arc::clone(self), local.clone(), connection.clone(), group.to_owned());
        Some(Box::pin(async move {
            let mut joined = match subscribing {
                Some(subscribing) => shared.bus.subscribed(subscribing).await,
                None => Ok(()),
            };
            if let (Ok(()), Some(commands)) = (&joined, present) {
                joined = shared.bus.commands(&commands).await.map(drop);
            }
            if joined.is_err() {
                // Who is told that it failed is no member.
                drop(shared.leave(&local, &connection, &group));
            }
            joined
        }))
    }

    /// Removes a connection of this server from a group; what is still to be done.
    pub(crate) fn leave(self: &Arc<Self>, local: &LocalHub, connection: &ConnectionId, group: &str) -> Option<Step> {
        local.remove_from_group(connection, group).then(|| self.left(connection, group)).flatten()
    }

    /// Gives up a group for a connection that has left it.
    fn left(self: &Arc<Self>, connection: &ConnectionId, group: &str) -> Option<Step> {
        let channels = self.names();
        self.bus.release(&channels.group(group));
        self.bus.options.presence?;
        let commands = self.presence.left(&channels, group, connection);
        let bus = Arc::clone(&self.bus);
        Some(Box::pin(async move { bus.commands(&commands).await.map(drop) }))
    }

    /// Has the server that has a connection carry out a command about it. That nobody has it is no error (A-9).
    async fn command(&self, action: u8, connection: &ConnectionId, group: &str) -> Result<(), BackplaneError> {
        let channels = self.names();
        let mut waiting = self.acks.open();
        let (id, server) = (waiting.id, channels.server());
        let payload = GroupCommand { id, server, action, group, connection: connection.as_str() }.write();
        self.bus.publish(&channels.groups(), &payload).await?;
        let channel = channels.connection(connection);
        let acknowledged = async {
            let mut doubt = FIRST_DOUBT;
            while timeout(doubt, &mut waiting.acknowledged).await.is_err() {
                if self.bus.subscribers(&channel).await? == 0 {
                    return Ok(());
                }
                doubt = NEXT_DOUBT;
            }
            Ok(())
        };
        let result = timeout(self.bus.options.acknowledgement_timeout, acknowledged).await;
        result.unwrap_or(Err(BackplaneError::Unacknowledged))
    }

    pub(crate) async fn acknowledge(&self, server: &str, id: i32) {
        if let Err(error) = self.bus.publish(&self.names().ack(server), &Ack(id).write()).await {
            tracing::warn!(%error, "a group command could not be acknowledged");
        }
    }

    /// Sends the answer of a connection to the server that asked, again if that is not there just now.
    pub(crate) fn reply(self: &Arc<Self>, return_channel: &str, protocol: &'static str, message: Bytes) {
        let (shared, channel) = (Arc::clone(self), self.names().named(return_channel));
        self.begin(async move {
            let payload = Completion { protocol, message }.write();
            for _ in 0..REPLIES {
                match shared.bus.publish(&channel, &payload).await {
                    Ok(receivers) if receivers > 0 || !shared.bus.counts_all_receivers() => return,
                    Ok(_) | Err(BackplaneError::Lost(_)) => sleep(REPLY_PAUSE).await,
                    Err(BackplaneError::Unavailable { .. }) => {}
                    Err(error) => return tracing::warn!(%error, "the answer of a client could not be sent"),
                }
            }
        });
    }

    /// The channels of an audience, and who is excluded.
    fn route(&self, audience: &Audience) -> (Vec<String>, Vec<ConnectionId>) {
        let channels = self.names();
        let of_connections = |ids: &[ConnectionId]| each_once(ids).map(|id| channels.connection(id)).collect();
        let of_users = |users: &[Arc<str>]| each_once(users).map(|user| channels.user(user)).collect();
        let of_groups = |groups: &[Arc<str>]| groups.iter().map(|group| channels.group(group)).collect();
        match audience {
            Audience::All => (vec![channels.all()], Vec::new()),
            Audience::AllExcept(except) => (vec![channels.all()], except.clone()),
            Audience::Connection(id) => (vec![channels.connection(id)], Vec::new()),
            Audience::Connections(ids) => (of_connections(ids), Vec::new()),
            Audience::Group(group) => (vec![channels.group(group)], Vec::new()),
            Audience::GroupExcept(group, except) => (vec![channels.group(group)], except.clone()),
            Audience::Groups(groups) => (of_groups(groups), Vec::new()),
            Audience::User(user) => (vec![channels.user(user)], Vec::new()),
            Audience::Users(users) => (of_users(users), Vec::new()),
            _ => (Vec::new(), Vec::new()),
        }
    }
}

/// What is left to publish once the connections of this server have the message.
fn elsewhere(local: &LocalHub, audience: Audience) -> Audience {
    match audience {
        Audience::Connections(mut ids) => {
            ids.retain(|id| !local.is_connected(id));
            Audience::Connections(ids)
        }
        other => other,
    }
}

fn each_once<T: Ord>(list: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = std::collections::BTreeSet::new();
    list.iter().filter(move |element| seen.insert(*element))
}

impl Backplane for RedisBackplane {
    fn start(&self, local: &LocalHub) {
        let options = &self.shared.bus.options;
        let hub = options.hub_name.as_deref().unwrap_or(local.name());
        let channels = Channels::new(&options.channel_prefix, hub, &self.shared.server);
        let first = self.shared.hub.set((local.downgrade(), channels.clone()));
        assert!(first.is_ok(), "a Redis backplane serves one hub: connect another one for `{}`", local.name());
        for channel in channels.of_server() {
            drop(self.shared.bus.acquire(&channel));
        }
        if let Some(time) = options.presence {
            let (bus, presence) = (Arc::clone(&self.shared.bus), Arc::clone(&self.shared.presence));
            self.shared.runtime.spawn(presence::keep_alive(bus, channels, presence, time));
        }
    }

    fn send(&self, local: &LocalHub, audience: Audience, message: OutgoingMessage) -> Delivery {
        if let Audience::Groups(groups) = &audience
            && groups.iter().any(|group| group.is_empty())
        {
            let named = groups.iter().filter(|group| !group.is_empty()).cloned().collect();
            return self.send(local, Audience::Groups(named), message);
        }
        let mark = self.shared.mark();
        let audience = if mark.is_some() {
            if let Err(error) = local.deliver(&audience, &message) {
                return Delivery::Failed(error);
            }
            elsewhere(local, audience)
        } else {
            audience
        };
        let (channels, except) = self.shared.route(&audience);
        let mark = mark.filter(|_| !matches!(audience, Audience::Connection(_) | Audience::Connections(_)));
        let payload = write_invocation(&except, &message, None, mark);
        let shared = Arc::clone(&self.shared);
        Delivery::Pending(Box::pin(async move {
            // All are under way at once, in their order.
            try_join_all(channels.iter().map(|channel| shared.bus.publish(channel, &payload))).await?;
            Ok(())
        }))
    }

    fn add_to_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        if local.is_connected(connection) {
            return delivery(self.shared.join(local, connection, group));
        }
        self.command(ADD, connection, group)
    }

    fn remove_from_group(&self, local: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        if local.is_connected(connection) {
            return delivery(self.shared.leave(local, connection, group));
        }
        self.command(REMOVE, connection, group)
    }

    fn ask(&self, _: &LocalHub, connection: &ConnectionId, question: Question) -> BoxFuture<'static, Unanswered> {
        let (shared, channels) = (Arc::clone(&self.shared), self.shared.names());
        let channel = channels.connection(connection);
        Box::pin(async move {
            let asked = Asked { id: &question.id, return_channel: &channels.return_channel() };
            let payload = write_invocation(&[], &question.message, Some(asked), None);
            match shared.bus.publish(&channel, &payload).await {
                Ok(0) if shared.bus.counts_all_receivers() => return Unanswered::Unknown,
                Ok(_) => {}
                Err(error) => return Unanswered::Failed(error.into()),
            }
            loop {
                sleep(CHECK).await;
                // As long as Redis is away nobody knows.
                if matches!(shared.bus.subscribers(&channel).await, Ok(0)) {
                    return Unanswered::Disconnected;
                }
            }
        })
    }

    fn abort(&self, local: &LocalHub, connection: &ConnectionId) -> Delivery {
        if local.abort(connection) { Delivery::Done } else { self.command(ABORT, connection, "") }
    }

    fn members(&self, _: &LocalHub, group: &str) -> BoxFuture<'static, Result<Vec<ConnectionId>, HubError>> {
        let (shared, group) = (Arc::clone(&self.shared), group.to_owned());
        Box::pin(async move {
            if shared.bus.options.presence.is_none() {
                let text = "presence is off: RedisBackplaneBuilder::presence keeps the members of groups";
                return Err(BackplaneError::Configuration(text.to_owned()).into());
            }
            Ok(presence::members(&shared.bus, &shared.names(), &group).await?)
        })
    }

    fn connected(&self, _: &LocalHub, connection: &ConnectionId, user: Option<&str>) -> Delivery {
        let channels = self.shared.names();
        let own = self.shared.bus.acquire(&channels.connection(connection));
        let of_user = named(user).and_then(|user| self.shared.bus.acquire(&channels.user(user)));
        let bus = Arc::clone(&self.shared.bus);
        delivery(Some(Box::pin(async move {
            for subscribing in own.into_iter().chain(of_user) {
                bus.subscribed(subscribing).await?;
            }
            Ok(())
        })))
    }

    fn disconnected(
        &self,
        _: &LocalHub,
        connection: &ConnectionId,
        user: Option<&str>,
        groups: &[Arc<str>],
    ) -> Delivery {
        let channels = self.shared.names();
        self.shared.bus.release(&channels.connection(connection));
        let absent: Vec<Step> = groups.iter().filter_map(|group| self.shared.left(connection, group)).collect();
        if let Some(user) = named(user) {
            self.shared.bus.release(&channels.user(user));
        }
        if absent.is_empty() {
            return Delivery::Done;
        }
        delivery(Some(Box::pin(async move { try_join_all(absent).await.map(drop) })))
    }

    fn stop(&self, _: &LocalHub) -> Delivery {
        let shared = Arc::clone(&self.shared);
        delivery(Some(Box::pin(async move {
            if shared.bus.options.presence.is_some() && shared.bus.is_connected() {
                shared.bus.commands(&shared.presence.farewell(&shared.names())).await?;
            }
            for channel in shared.names().of_server() {
                shared.bus.release(&channel);
            }
            shared.bus.stop().await;
            Ok(())
        })))
    }
}

impl RedisBackplane {
    fn command(&self, action: u8, connection: &ConnectionId, group: &str) -> Delivery {
        let (shared, connection, group) = (Arc::clone(&self.shared), connection.clone(), group.to_owned());
        delivery(Some(Box::pin(async move { shared.command(action, &connection, &group).await })))
    }
}

fn delivery(step: Option<Step>) -> Delivery {
    match step {
        Some(step) => Delivery::Pending(Box::pin(async move { step.await.map_err(HubError::from) })),
        None => Delivery::Done,
    }
}

/// A user who has a name (R-4).
fn named(user: Option<&str>) -> Option<&str> {
    user.filter(|user| !user.is_empty())
}

/// The name of the machine, and a number that no other server has.
fn server_name() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let machine = machine.or_else(|| std::env::var("COMPUTERNAME").ok());
    let machine = machine.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or("server").to_owned();
    let mut number = [0; 16];
    getrandom::fill(&mut number).expect("the operating system gives randomness");
    format!("{machine}_{:032x}", u128::from_be_bytes(number))
}

impl fmt::Debug for RedisBackplane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBackplane").field("server", &self.shared.server).finish_non_exhaustive()
    }
}
