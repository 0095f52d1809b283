//! Which transports a client may use.

use std::ops::BitOr;

/// A set of transports.
///
/// ```
/// use hub_client::http::Transports;
///
/// let without_sockets = Transports::SERVER_SENT_EVENTS | Transports::LONG_POLLING;
/// assert!(Transports::default().contains(without_sockets));
/// assert!(!without_sockets.contains(Transports::WEB_SOCKETS));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transports(u8);

impl Transports {
    /// WebSockets.
    pub const WEB_SOCKETS: Self = Self(1);
    /// Server-Sent Events; what the client says goes by POST. Text protocols only.
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

/// One transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransportKind {
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

impl TransportKind {
    /// By the name that servers offer it by.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "WebSockets" => Some(Self::WebSockets),
            "ServerSentEvents" => Some(Self::ServerSentEvents),
            "LongPolling" => Some(Self::LongPolling),
            _ => None,
        }
    }

    pub(super) fn set(self) -> Transports {
        match self {
            Self::WebSockets => Transports::WEB_SOCKETS,
            Self::ServerSentEvents => Transports::SERVER_SENT_EVENTS,
            Self::LongPolling => Transports::LONG_POLLING,
        }
    }
}
