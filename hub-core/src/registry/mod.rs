//! Who is connected, in which groups, as which user.

mod members;

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};

use hashbrown::{DefaultHashBuilder, HashMap};

use crate::backplane::Audience;
use crate::connection::{Connection, ConnectionId};
use crate::error::HubError;
use crate::outgoing::OutgoingMessage;
use crate::sync::lock;

pub(crate) use members::Members;

/// The groups and users are spread over this many locks.
const SHARDS: usize = 16;

/// The connections of one hub on this server.
#[derive(Default)]
pub(crate) struct Registry {
    all: Mutex<Members>,
    groups: Sets,
    users: Sets,
}

impl Registry {
    pub(crate) fn add(&self, connection: &Arc<Connection>) {
        lock(&self.all).add(connection);
        if let Some(user) = connection.user_id() {
            self.users.add(&user.into(), connection);
        }
    }

    /// Forgets a connection; the groups it was in, if it was known.
    pub(crate) fn remove(&self, connection: &Arc<Connection>) -> Option<Vec<Arc<str>>> {
        let groups: Vec<_> = connection.leave_all_groups().collect();
        for group in &groups {
            self.groups.remove(group, connection.id());
        }
        if let Some(user) = connection.user_id() {
            self.users.remove(user, connection.id());
        }
        lock(&self.all).remove(connection.id()).then_some(groups)
    }

    pub(crate) fn connection(&self, id: &ConnectionId) -> Option<Arc<Connection>> {
        lock(&self.all).get(id)
    }

    /// A snapshot of all connections.
    pub(crate) fn all(&self) -> Arc<[Arc<Connection>]> {
        lock(&self.all).snapshot()
    }

    /// Adds a connection to a group; whether it is new there.
    pub(crate) fn join(&self, id: &ConnectionId, group: &str) -> bool {
        let join =
            |connection: Arc<Connection>| connection.join_group(group, |name| self.groups.add(name, &connection));
        self.connection(id).is_some_and(join)
    }

    /// Removes a connection from a group; whether it was in it.
    pub(crate) fn leave(&self, id: &ConnectionId, group: &str) -> bool {
        let leave = |connection: Arc<Connection>| connection.leave_group(group, || self.groups.remove(group, id));
        self.connection(id).is_some_and(leave)
    }

    /// The members of a group.
    pub(crate) fn members(&self, group: &str) -> Vec<ConnectionId> {
        self.groups.members(group).iter().map(|connection| connection.id().clone()).collect()
    }

    /// Queues a message for everybody in the audience; waits for nobody, and holds no lock while it does.
    pub(crate) fn deliver(&self, audience: &Audience, message: &OutgoingMessage) -> Result<(), HubError> {
        let mut fan_out = message.fan_out();
        match audience {
            Audience::All => fan_out.reach_all(&self.all()),
            Audience::AllExcept(ids) => fan_out.reach_all_except(&self.all(), ids),
            Audience::Connection(id) => fan_out.reach_all(self.connection(id).as_slice()),
            Audience::Connections(ids) => {
                for connection in each_once(ids).filter_map(|id| self.connection(id)) {
                    fan_out.reach(&connection);
                }
            }
            Audience::Group(name) => fan_out.reach_all(&self.groups.members(name)),
            Audience::GroupExcept(name, ids) => fan_out.reach_all_except(&self.groups.members(name), ids),
            Audience::Groups(names) => {
                for name in names {
                    if name.is_empty() {
                        return Err(HubError::masked(
                            "InvalidOperationException",
                            "Cannot send to an empty group name.",
                        ));
                    }
                    fan_out.reach_all(&self.groups.members(name));
                }
            }
            Audience::User(id) => fan_out.reach_all(&self.users.members(id)),
            Audience::Users(ids) => {
                for id in each_once(ids) {
                    fan_out.reach_all(&self.users.members(id));
                }
            }
        }
        Ok(())
    }
}

/// The elements of a list without repetitions.
fn each_once<T: Ord>(list: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = std::collections::BTreeSet::new();
    list.iter().filter(move |element| seen.insert(*element))
}

/// Named sets of connections; a set exists while it has members.
#[derive(Default)]
struct Sets {
    shards: [Mutex<HashMap<Arc<str>, Members>>; SHARDS],
    hashing: DefaultHashBuilder,
}

impl Sets {
    fn add(&self, name: &Arc<str>, connection: &Arc<Connection>) {
        if let Some(shard) = self.shard(name) {
            lock(shard).entry(Arc::clone(name)).or_default().add(connection);
        }
    }

    fn remove(&self, name: &str, id: &ConnectionId) {
        let Some(shard) = self.shard(name) else { return };
        let mut sets = lock(shard);
        if let Some(members) = sets.get_mut(name) {
            members.remove(id);
            if members.is_empty() {
                sets.remove(name);
            }
        }
    }

    fn members(&self, name: &str) -> Arc<[Arc<Connection>]> {
        let members = self.shard(name).and_then(|shard| lock(shard).get_mut(name).map(Members::snapshot));
        members.unwrap_or_default()
    }

    fn shard(&self, name: &str) -> Option<&Mutex<HashMap<Arc<str>, Members>>> {
        let shard = self.hashing.hash_one(name) % SHARDS as u64;
        self.shards.get(usize::try_from(shard).ok()?)
    }
}

#[cfg(test)]
mod tests;
