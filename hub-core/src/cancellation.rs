//! A signal that something is over.

use tokio_util::sync::CancellationToken as Token;

/// Tells a hub method that its connection is gone, or that its work is no longer wanted.
///
/// As a parameter of a hub method it costs no argument on the wire. Clones share the signal.
#[derive(Clone, Debug, Default)]
pub struct CancellationToken(Token);

impl CancellationToken {
    /// A token of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the signal was given.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits for the signal.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }

    /// Gives the signal.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// A token that is cancelled with this one, and can be cancelled alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }
}
