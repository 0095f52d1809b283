//! The slot a plain call holds while it runs (section 6.7).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Connection;

/// The slot of one call. It can be freed before the call is over, once (D-86).
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot(Option<Arc<AtomicBool>>);

/// Where a message to clients comes from, which decides whether its answer can be awaited.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// From outside of a hub method, or from `on_disconnected`.
    Elsewhere,
    /// From `on_connected`, before which is over no answer is read (D-93).
    Connecting,
    /// From a call of this connection, with its slot.
    Call(Arc<Connection>, Slot),
}

impl Slot {
    /// The slot, which from now on can be freed by who has a clone of it.
    pub(crate) fn share(&mut self) -> Self {
        self.0.get_or_insert_default();
        self.clone()
    }

    /// Frees the slot; false if it was free already.
    pub(super) fn free(&self) -> bool {
        self.0.as_ref().is_some_and(|freed| !freed.swap(true, Ordering::AcqRel))
    }

    pub(super) fn is_held(&self) -> bool {
        !self.0.as_ref().is_some_and(|freed| freed.load(Ordering::Acquire))
    }
}
