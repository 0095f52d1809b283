//! The backplane: what a hub asks, as commands to Redis.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::future::try_join_all;
use hub_core::{
    Audience, Backplane, ConnectionId, Delivery, HubError, LocalHub, OutgoingMessage, Question, Unanswered,
};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::acks::Acks;
use crate::builder::RedisBackplaneBuilder;
use crate::bus::{Bus, Target};
use crate::channels::Channels;
use crate::error::BackplaneError;
use crate::events::{RedisCounters, RedisEvents};
use crate::inbound;
use crate::options::Options;
use crate::presence;
use crate::server_name::server_name;
use crate::shared::{Shared, Step};
use crate::wire::{ABORT, ADD, Asked, REMOVE, write_invocation};

/// How often it is asked whether a connection that has a question is still there.
const CHECK: Duration = Duration::from_secs(5);

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

impl fmt::Debug for RedisBackplane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBackplane").field("server", &self.shared.server).finish_non_exhaustive()
    }
}
