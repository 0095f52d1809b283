//! What a hub keeps about one connection.

use std::sync::Mutex;

use http::Extensions;

use crate::sync::lock;

/// Values that a hub keeps with one connection, one of each type (SignalR's `Context.Items`).
///
/// ```
/// # use hub_core::Items;
/// #[derive(Clone, PartialEq, Debug)]
/// struct Nickname(String);
///
/// # let items = Items::default();
/// items.insert(Nickname("Ada".into()));
/// assert_eq!(items.get::<Nickname>(), Some(Nickname("Ada".into())));
/// ```
#[derive(Debug, Default)]
pub struct Items(Mutex<Extensions>);

impl Items {
    /// Keeps a value; returns the one of its type that was there.
    pub fn insert<T: Clone + Send + Sync + 'static>(&self, value: T) -> Option<T> {
        lock(&self.0).insert(value)
    }

    /// A copy of the value of this type.
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        lock(&self.0).get::<T>().cloned()
    }

    /// Takes the value of this type out.
    pub fn remove<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        lock(&self.0).remove::<T>()
    }

    /// Changes the value of this type in place, or its default if there is none yet.
    ///
    /// `change` runs under the lock of the items: it must not use them itself.
    pub fn update<T: Clone + Default + Send + Sync + 'static, R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(lock(&self.0).get_or_insert_default::<T>())
    }
}
