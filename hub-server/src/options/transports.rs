//! Which transports an endpoint offers.

use std::ops::BitOr;

/// A set of transports.
///
/// ```
/// use hub_server::Transports;
///
/// let without_sockets = Transports::SERVER_SENT_EVENTS | Transports::LONG_POLLING;
/// assert!(Transports::default().contains(without_sockets));
/// assert!(!without_sockets.contains(Transports::WEB_SOCKETS));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transports(u8);

impl Transports {
    /// No transport: negotiation succeeds and offers nothing (N-17).
    pub const NONE: Self = Self(0);
    /// WebSockets.
    pub const WEB_SOCKETS: Self = Self(1);
    /// Server-Sent Events; what clients say comes by POST. Text protocols only (T-36).
    pub const SERVER_SENT_EVENTS: Self = Self(2);
    /// Long polling, which gets through every proxy.
    pub const LONG_POLLING: Self = Self(4);
    /// All that there are.
    pub const ALL: Self = Self(7);

    /// Whether all of `others` are in this set.
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

impl Default for Transports {
    /// All that there are.
    fn default() -> Self {
        Self::ALL
    }
}

impl BitOr for Transports {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
