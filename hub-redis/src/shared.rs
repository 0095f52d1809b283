//! What a backplane and its tasks share, and the steps that both take.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use hub_core::{Audience, ConnectionId, LocalHub, WeakLocalHub};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::acks::Acks;
use crate::bus::Bus;
use crate::channels::Channels;
use crate::error::BackplaneError;
use crate::presence::Presence;
use crate::wire::{Ack, Completion, GroupCommand};

/// How long a command waits before it is asked whether its connection exists at all.
const FIRST_DOUBT: Duration = Duration::from_millis(20);
/// How long it waits before that is asked again.
const NEXT_DOUBT: Duration = Duration::from_secs(1);
/// How often an answer is sent again that nobody received, and the time in between.
const REPLIES: usize = 20;
const REPLY_PAUSE: Duration = Duration::from_millis(500);

/// What the tasks of a backplane share.
pub(crate) struct Shared {
    pub(crate) bus: Arc<Bus>,
    pub(crate) acks: Acks,
    pub(crate) over: CancellationToken,
    /// The name of this server.
    pub(crate) server: String,
    pub(crate) hub: OnceLock<(WeakLocalHub, Channels)>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) runtime: Handle,
}

/// A step that is under way.
pub(crate) type Step = BoxFuture<'static, Result<(), BackplaneError>>;

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
    /// published later.
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        let _entered = self.runtime.enter();
        let mut work = Box::pin(work);
        let mut context = Context::from_waker(Waker::noop());
        if work.as_mut().poll(&mut context).is_pending() {
            self.runtime.spawn(work);
        }
    }

    /// The channels; those of no hub if it has not started, which its server sees to.
    pub(crate) fn names(&self) -> Channels {
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
    pub(crate) fn left(self: &Arc<Self>, connection: &ConnectionId, group: &str) -> Option<Step> {
        let channels = self.names();
        self.bus.release(&channels.group(group));
        self.bus.options.presence?;
        let commands = self.presence.left(&channels, group, connection);
        let bus = Arc::clone(&self.bus);
        Some(Box::pin(async move { bus.commands(&commands).await.map(drop) }))
    }

    /// Has the server that has a connection carry out a command about it. That nobody has it is no error.
    pub(crate) async fn command(
        &self,
        action: u8,
        connection: &ConnectionId,
        group: &str,
    ) -> Result<(), BackplaneError> {
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
    pub(crate) fn route(&self, audience: &Audience) -> (Vec<String>, Vec<ConnectionId>) {
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

fn each_once<T: Ord>(list: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = BTreeSet::new();
    list.iter().filter(move |element| seen.insert(*element))
}
