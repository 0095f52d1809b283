//! What comes over the channels, carried out with the connections of this server.

use std::sync::Arc;

use bytes::Bytes;
use hub_core::{Audience, ConnectionId, LocalHub};
use tokio::sync::mpsc;

use crate::bus::Message;
use crate::channels::Kind;
use crate::events::{Journal, RedisEvent};
use crate::shared::Shared;
use crate::wire::{ABORT, ADD, Ack, Completion, GroupCommand, Invocation, REMOVE, Unreadable};

/// How many messages are carried out before their receivers are written to.
const AT_A_TIME: usize = 64;

/// Carries out what comes until the bus is over.
pub(crate) async fn run(shared: Arc<Shared>, mut messages: mpsc::UnboundedReceiver<Message>) {
    let (mut some, mut told) = (Vec::with_capacity(AT_A_TIME), 0);
    loop {
        tokio::select! {
            () = shared.over.cancelled() => return,
            count = messages.recv_many(&mut some, AT_A_TIME) => if count == 0 { return },
        }
        if let Some(local) = shared.local() {
            local.together(|| some.iter().for_each(|message| shared.take(&local, message)));
        }
        shared.bus.delivered(some.drain(..).map(|message| message.size()).sum());
        told = tell_dropped(&shared, told);
        // Others have a say in between.
        tokio::task::consume_budget().await;
    }
}

/// Tells how many messages were dropped since `told`.
fn tell_dropped(shared: &Shared, told: u64) -> u64 {
    let dropped = shared.bus.journal.counters().dropped;
    if dropped > told {
        tracing::warn!(messages = dropped - told, "messages from Redis were dropped: this server does not keep up");
        shared.bus.journal.tell(RedisEvent::Dropped { messages: dropped - told });
    }
    dropped
}

impl Shared {
    /// Carries out a message; one that cannot be understood is skipped.
    fn take(self: &Arc<Self>, local: &LocalHub, message: &Message) {
        let channel = String::from_utf8_lossy(&message.channel);
        if let Err(error) = self.try_take(local, &channel, &message.payload) {
            tracing::warn!(%channel, %error, "unreadable message from Redis");
            Journal::count(&self.bus.journal.unreadable, 1);
        }
    }

    fn try_take(self: &Arc<Self>, local: &LocalHub, channel: &str, payload: &Bytes) -> Result<(), Unreadable> {
        match self.channels().and_then(|channels| channels.kind(channel)) {
            Some(Kind::All) => self.deliver(local, payload, |except| match except {
                except if except.is_empty() => Audience::All,
                except => Audience::AllExcept(except),
            }),
            Some(Kind::Group(group)) => self.deliver(local, payload, |except| match except {
                except if except.is_empty() => Audience::Group(group.into()),
                except => Audience::GroupExcept(group.into(), except),
            }),
            // The list counts for all and for groups only.
            Some(Kind::User(user)) => self.deliver(local, payload, |_| Audience::User(user.into())),
            Some(Kind::Connection(id)) => self.deliver_or_ask(local, payload, &id.into()),
            Some(Kind::Groups) => GroupCommand::read(payload).map(|command| self.obey(local, &command)),
            Some(Kind::Ack) => Ack::read(payload).map(|Ack(id)| self.acks.acknowledge(id)),
            Some(Kind::Return) => {
                let Completion { protocol, message } = Completion::read(payload)?;
                local.answer(protocol, &message).map_err(|_| Unreadable("There is no completion in it."))
            }
            None => Ok(()),
        }
    }

    fn deliver(
        &self,
        local: &LocalHub,
        payload: &Bytes,
        audience: impl FnOnce(Vec<ConnectionId>) -> Audience,
    ) -> Result<(), Unreadable> {
        let invocation = Invocation::read(payload)?;
        let is_own = invocation.third.as_deref() == self.mark();
        // With a mark it was delivered when it was sent.
        if invocation.third.is_none() || !is_own {
            // Several groups, which alone can fail, are several messages.
            let _ = local.deliver(&audience(invocation.excluded), &invocation.message);
        }
        Ok(())
    }

    fn deliver_or_ask(
        self: &Arc<Self>,
        local: &LocalHub,
        payload: &Bytes,
        id: &ConnectionId,
    ) -> Result<(), Unreadable> {
        let Invocation { message, third, return_channel, .. } = Invocation::read(payload)?;
        let asked = third.filter(|question| !question.is_empty()).zip(return_channel);
        let Some((question, return_channel)) = asked else {
            let _ = local.deliver(&Audience::Connection(id.clone()), &message);
            return Ok(());
        };
        let shared = Arc::clone(self);
        local.ask(id, &question, &message, move |protocol, message| shared.reply(&return_channel, protocol, message));
        Ok(())
    }

    /// Carries out a command about a connection of this server, and acknowledges it. What it changes is changed
    /// at once, so that the next command finds it done.
    fn obey(self: &Arc<Self>, local: &LocalHub, command: &GroupCommand<'_>) {
        let connection = ConnectionId::from(command.connection);
        if !local.is_connected(&connection) {
            return;
        }
        let done = match command.action {
            ADD => self.join(local, &connection, command.group),
            REMOVE => self.leave(local, &connection, command.group),
            ABORT => {
                local.abort(&connection);
                None
            }
            // Others are acknowledged as well.
            _ => None,
        };
        let (shared, id, server) = (Arc::clone(self), command.id, command.server.to_owned());
        self.begin(async move {
            let result = match done {
                Some(done) => done.await,
                None => Ok(()),
            };
            match result {
                Ok(()) => shared.acknowledge(&server, id).await,
                Err(error) => tracing::warn!(%error, "a group command of another server failed"),
            }
        });
    }
}
