//! What a program is told about its connection.

use std::sync::{Arc, Mutex};

use crate::error::ConnectionError;
use crate::panics::catch;
use crate::sync::lock;

/// The handlers of the three events, in the order in which they were registered.
#[derive(Default)]
pub(crate) struct Events {
    closed: Event<Option<ConnectionError>>,
    reconnecting: Event<Option<ConnectionError>>,
    reconnected: Event<Option<String>>,
}

type Handlers<T> = Arc<Vec<Arc<dyn Fn(T) + Send + Sync>>>;

struct Event<T>(Mutex<Handlers<T>>);

impl Events {
    pub(crate) fn on_closed(&self, handler: impl Fn(Option<ConnectionError>) + Send + Sync + 'static) {
        self.closed.add(handler);
    }

    pub(crate) fn on_reconnecting(&self, handler: impl Fn(Option<ConnectionError>) + Send + Sync + 'static) {
        self.reconnecting.add(handler);
    }

    pub(crate) fn on_reconnected(&self, handler: impl Fn(Option<String>) + Send + Sync + 'static) {
        self.reconnected.add(handler);
    }

    pub(crate) fn closed(&self, reason: Option<ConnectionError>) {
        self.closed.fire("closed", reason);
    }

    pub(crate) fn reconnecting(&self, reason: Option<ConnectionError>) {
        self.reconnecting.fire("reconnecting", reason);
    }

    pub(crate) fn reconnected(&self, connection_id: Option<String>) {
        self.reconnected.fire("reconnected", connection_id);
    }
}

impl<T: Clone> Event<T> {
    fn add(&self, handler: impl Fn(T) + Send + Sync + 'static) {
        Arc::make_mut(&mut lock(&self.0)).push(Arc::new(handler));
    }

    /// Calls the handlers; none of them can harm the connection (C-43).
    fn fire(&self, name: &str, value: T) {
        let handlers = Arc::clone(&lock(&self.0));
        for handler in handlers.iter() {
            if let Err(panic) = catch(|| handler(value.clone())) {
                tracing::error!(event = name, panic, "a handler of an event panicked");
            }
        }
    }
}

impl<T> Default for Event<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
