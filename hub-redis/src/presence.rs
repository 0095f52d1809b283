//! Who is in which group, on all servers together, if that is asked for.
//!
//! Redis keeps a hash for each group, from connections to the servers that have them, and a sorted set of the servers
//! with the times until which they count as alive. A server that dies takes its connections with it once its time is
//! over; hashes that no living server renews expire.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_core::ConnectionId;
use redis::{Cmd, Value, cmd};

use crate::bus::Bus;
use crate::channels::Channels;
use crate::error::BackplaneError;

/// How often a server renews what it says within the time that it counts.
const RENEWALS: u32 = 3;

/// What this server says of its own connections.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    groups: Mutex<HashMap<Arc<str>, HashSet<ConnectionId>>>,
}

impl Presence {
    /// Notes a member; what Redis is to be told.
    pub(crate) fn joined(&self, channels: &Channels, group: &str, id: &ConnectionId, time: Duration) -> Vec<Cmd> {
        self.with(|groups| groups.entry(group.into()).or_default().insert(id.clone()));
        let key = channels.presence(group);
        let mut set = cmd("HSET");
        set.arg(&key).arg(id.as_str()).arg(channels.server());
        vec![set, expire(&key, time)]
    }

    /// Forgets a member; what Redis is to be told.
    pub(crate) fn left(&self, channels: &Channels, group: &str, id: &ConnectionId) -> Vec<Cmd> {
        self.with(|groups| {
            if let Some(members) = groups.get_mut(group) {
                members.remove(id);
                if members.is_empty() {
                    groups.remove(group);
                }
            }
        });
        let mut delete = cmd("HDEL");
        delete.arg(channels.presence(group)).arg(id.as_str());
        vec![delete]
    }

    /// What keeps this server and the groups of its connections alive; with every member of them where Redis may have
    /// forgotten.
    fn renewal(&self, channels: &Channels, now: u64, time: Duration, everything: bool) -> Vec<Cmd> {
        let mut commands = vec![alive(channels, now, time)];
        self.with(|groups| {
            for (group, members) in groups.iter() {
                let key = channels.presence(group);
                if everything {
                    let mut set = cmd("HSET");
                    set.arg(&key);
                    for id in members {
                        set.arg(id.as_str()).arg(channels.server());
                    }
                    commands.push(set);
                }
                commands.push(expire(&key, time));
            }
        });
        commands
    }

    /// What takes everything back that this server has said.
    pub(crate) fn farewell(&self, channels: &Channels) -> Vec<Cmd> {
        let mut remove = cmd("ZREM");
        remove.arg(channels.servers()).arg(channels.server());
        let mut commands = vec![remove];
        for (group, members) in self.with(std::mem::take) {
            let mut delete = cmd("HDEL");
            delete.arg(channels.presence(&group));
            for id in members {
                delete.arg(id.as_str());
            }
            commands.push(delete);
        }
        commands
    }

    fn with<R>(&self, work: impl FnOnce(&mut HashMap<Arc<str>, HashSet<ConnectionId>>) -> R) -> R {
        work(&mut self.groups.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Renews what this server says, and says everything again after an outage.
pub(crate) async fn keep_alive(bus: Arc<Bus>, channels: Channels, presence: Arc<Presence>, time: Duration) {
    let mut seen = None;
    loop {
        if bus.connected(Duration::MAX).await.is_err() {
            return;
        }
        let restored = bus.journal.counters().restored;
        let everything = seen != Some(restored);
        match renew(&bus, &channels, &presence, time, everything).await {
            Ok(()) => seen = Some(restored),
            Err(error) => tracing::warn!(%error, "presence could not be renewed"),
        }
        tokio::select! {
            () = tokio::time::sleep(time / RENEWALS) => {}
            () = bus.restored_after(restored) => {}
        }
    }
}

async fn renew(
    bus: &Bus,
    channels: &Channels,
    presence: &Presence,
    time: Duration,
    everything: bool,
) -> Result<(), BackplaneError> {
    let now = now(bus).await?;
    bus.commands(&presence.renewal(channels, now, time, everything)).await.map(drop)
}

/// The members of a group whose servers are alive.
pub(crate) async fn members(bus: &Bus, channels: &Channels, group: &str) -> Result<Vec<ConnectionId>, BackplaneError> {
    let now = now(bus).await?;
    let mut all = cmd("HGETALL");
    all.arg(channels.presence(group));
    let mut alive = cmd("ZRANGEBYSCORE");
    alive.arg(channels.servers()).arg(now).arg("+inf");
    let replies = bus.commands(&[all, alive]).await?;
    let [all, alive] = <[Value; 2]>::try_from(replies).unwrap_or([Value::Nil, Value::Nil]);
    let all: HashMap<String, String> = redis::from_redis_value(all).unwrap_or_default();
    let alive: HashSet<String> = redis::from_redis_value(alive).unwrap_or_default();
    let present = all.into_iter().filter(|(_, server)| alive.contains(server));
    Ok(present.map(|(id, _)| ConnectionId::from(&*id)).collect())
}

/// The time that Redis has, in milliseconds: the servers' clocks may differ.
async fn now(bus: &Bus) -> Result<u64, BackplaneError> {
    let reply = bus.commands(&[cmd("TIME")]).await?.pop().unwrap_or(Value::Nil);
    let (seconds, microseconds): (u64, u64) = redis::from_redis_value(reply).unwrap_or_default();
    Ok(seconds.saturating_mul(1000).saturating_add(microseconds / 1000))
}

fn alive(channels: &Channels, now: u64, time: Duration) -> Cmd {
    let mut add = cmd("ZADD");
    add.arg(channels.servers()).arg(now.saturating_add(milliseconds(time))).arg(channels.server());
    add
}

fn expire(key: &str, time: Duration) -> Cmd {
    let mut expire = cmd("PEXPIRE");
    expire.arg(key).arg(milliseconds(time));
    expire
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
