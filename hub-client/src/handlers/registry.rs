//! Which methods there are.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::method::Method;
use crate::sync::lock;

/// The methods of the client by name, in exact case (C-90).
#[derive(Default)]
pub(crate) struct Handlers(Mutex<HashMap<String, Arc<Vec<Entry>>>>);

/// A registered method.
pub(super) type Entry = Arc<Method>;

impl Handlers {
    /// Registers a method behind those of the same name.
    ///
    /// # Panics
    ///
    /// If it returns a value and another of that name does, too (C-93).
    #[track_caller]
    pub(crate) fn add(&self, name: &str, method: Method) -> Entry {
        let method = Arc::new(method);
        let mut methods = lock(&self.0);
        let entries = methods.entry(name.to_owned()).or_default();
        let is_second = method.returns_value() && entries.iter().any(|other| other.returns_value());
        if !is_second {
            Arc::make_mut(entries).push(Arc::clone(&method));
        }
        drop(methods);
        assert!(
            !is_second,
            "'{name}' already has a value returning handler. Multiple return values are not supported."
        );
        method
    }

    /// Removes one method; its calls that have begun go on.
    pub(super) fn remove(&self, name: &str, method: &Entry) {
        let mut methods = lock(&self.0);
        let Some(entries) = methods.get_mut(name) else { return };
        Arc::make_mut(entries).retain(|entry| !Arc::ptr_eq(entry, method));
        if entries.is_empty() {
            methods.remove(name);
        }
    }

    /// Removes all methods of a name.
    pub(crate) fn remove_all(&self, name: &str) {
        lock(&self.0).remove(name);
    }

    /// The methods of a name, in the order in which they were registered.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Vec<Entry>>> {
        lock(&self.0).get(name).cloned()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(lock(&self.0).keys()).finish()
    }
}
