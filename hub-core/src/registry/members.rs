//! A set of connections that is read as a whole far more often than it changes.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::connection::{Connection, ConnectionId};

/// Connections by id, and the list of them as it was when somebody last asked.
#[derive(Default)]
pub(crate) struct Members {
    by_id: HashMap<ConnectionId, Arc<Connection>>,
    snapshot: Option<Arc<[Arc<Connection>]>>,
}

impl Members {
    pub(crate) fn add(&mut self, connection: &Arc<Connection>) {
        self.snapshot = None;
        self.by_id.insert(connection.id().clone(), Arc::clone(connection));
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, id: &ConnectionId) -> bool {
        let known = self.by_id.remove(id).is_some();
        if known {
            self.snapshot = None;
        }
        known
    }

    pub(crate) fn get(&self, id: &ConnectionId) -> Option<Arc<Connection>> {
        self.by_id.get(id).cloned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The members as they are now; made anew only after a change.
    pub(crate) fn snapshot(&mut self) -> Arc<[Arc<Connection>]> {
        let Self { by_id, snapshot } = self;
        Arc::clone(snapshot.get_or_insert_with(|| by_id.values().cloned().collect()))
    }
}
