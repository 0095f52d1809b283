//! A handler that can be taken back.

use std::fmt;
use std::sync::{Arc, Weak};

use super::method::Method;
use super::registry::Handlers;

/// A registered handler, from [`HubConnection::on`](crate::HubConnection::on).
///
/// Dropping it changes nothing: the handler stays until [`off`](Self::off) is called.
pub struct Subscription {
    handlers: Weak<Handlers>,
    name: String,
    method: Arc<Method>,
}

impl Subscription {
    pub(crate) fn new(handlers: &Arc<Handlers>, name: &str, method: Arc<Method>) -> Self {
        Self { handlers: Arc::downgrade(handlers), name: name.to_owned(), method }
    }

    /// Removes the handler. Calls that have come already still reach it.
    pub fn off(self) {
        if let Some(handlers) = self.handlers.upgrade() {
            handlers.remove(&self.name, &self.method);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscription").field(&self.name).finish()
    }
}
