//! What the connections of a hub share.

use std::future::Future;
use std::sync::Arc;

use http::Extensions;
use http::request::Parts;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::authorization::Rule;
use crate::backplane::{Backplane, Delivery, LocalHub};
use crate::client::Questions;
use crate::connection::{Connection, Ending, StoredRequest};
use crate::error::HubError;
use crate::filter::Filters;
use crate::options::HubOptions;
use crate::protocols::Protocols;
use crate::registry::Registry;
use crate::user::User;

pub(super) type UserIdProvider = dyn Fn(&User, &Parts) -> Option<String> + Send + Sync;

/// What the connections of a hub share, whatever the hub's type.
pub(crate) struct Core {
    pub(super) name: &'static str,
    pub(super) protocols: Protocols,
    pub(super) options: HubOptions,
    pub(super) user_id: Option<Box<UserIdProvider>>,
    pub(super) backplane: Arc<dyn Backplane>,
    pub(super) rules: Option<Arc<[Rule]>>,
    pub(super) state: Extensions,
    pub(super) filters: Filters,
    pub(super) registry: Registry,
    pub(super) questions: Questions,
    pub(super) closing: CancellationToken,
    pub(super) connections: TaskTracker,
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

    /// Takes a connection out of its groups and makes it unknown, if it is known.
    pub(crate) fn disconnected(self: &Arc<Self>, connection: &Arc<Connection>) -> Delivery {
        let Some(groups) = self.registry.remove(connection) else { return Delivery::Done };
        self.questions.abandon(connection);
        self.protocols.left(connection.protocol());
        self.backplane.disconnected(&self.local(), connection.id(), connection.user_id(), &groups)
    }

    /// Waits for the beginning of the shutdown.
    pub(crate) fn shutting_down(&self) -> impl Future<Output = ()> + '_ {
        self.closing.cancelled()
    }

    /// Tells the backplane that the last connection has gone.
    pub(super) async fn stop_backplane(self: &Arc<Self>) -> Result<(), HubError> {
        self.backplane.stop(&self.local()).finish().await
    }

    pub(super) fn shut_down(&self) {
        self.closing.cancel();
        self.connections.close();
        for connection in &*self.registry.all() {
            connection.end(Ending::Shutdown);
        }
    }
}
