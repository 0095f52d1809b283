//! The protocols a hub speaks, and which of them somebody speaks with it.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::protocol::HubProtocol;

/// The protocols of a hub, in the order of its options.
pub(crate) struct Protocols(Vec<Offered>);

struct Offered {
    protocol: HubProtocol,
    /// How many connections speak it.
    connections: AtomicUsize,
}

impl Protocols {
    pub(crate) fn new(protocols: Vec<HubProtocol>) -> Self {
        let offered = |protocol| Offered { protocol, connections: AtomicUsize::new(0) };
        Self(protocols.into_iter().map(offered).collect())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &HubProtocol> {
        self.0.iter().map(|offered| &offered.protocol)
    }

    /// Those that connections of this server speak.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &HubProtocol> {
        let spoken = self.0.iter().filter(|offered| offered.connections.load(Ordering::Relaxed) > 0);
        spoken.map(|offered| &offered.protocol)
    }

    /// The protocol of this name, in whatever case (H-5).
    pub(crate) fn named(&self, name: &str) -> Option<&HubProtocol> {
        self.all().find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }

    /// Notes a connection that speaks this protocol.
    pub(crate) fn joined(&self, protocol: &HubProtocol) {
        self.count(protocol, |connections| connections.fetch_add(1, Ordering::Relaxed));
    }

    /// Forgets a connection that [`joined`](Self::joined).
    pub(crate) fn left(&self, protocol: &HubProtocol) {
        self.count(protocol, |connections| connections.fetch_sub(1, Ordering::Relaxed));
    }

    fn count(&self, protocol: &HubProtocol, change: impl FnOnce(&AtomicUsize) -> usize) {
        if let Some(offered) = self.0.iter().find(|offered| offered.protocol.name() == protocol.name()) {
            change(&offered.connections);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(protocols: impl Iterator<Item = &'a HubProtocol>) -> Vec<&'static str> {
        protocols.map(HubProtocol::name).collect()
    }

    #[test]
    fn a_protocol_is_spoken_while_a_connection_speaks_it() {
        let protocols = Protocols::new(vec![HubProtocol::json(), HubProtocol::message_pack()]);
        assert_eq!(names(protocols.all()), ["json", "messagepack"]);
        assert_eq!(names(protocols.spoken()), Vec::<&str>::new());
        protocols.joined(&HubProtocol::message_pack());
        protocols.joined(&HubProtocol::message_pack());
        protocols.joined(&HubProtocol::json());
        assert_eq!(names(protocols.spoken()), ["json", "messagepack"]);
        protocols.left(&HubProtocol::message_pack());
        protocols.left(&HubProtocol::json());
        assert_eq!(names(protocols.spoken()), ["messagepack"]);
        protocols.left(&HubProtocol::message_pack());
        assert_eq!(names(protocols.spoken()), Vec::<&str>::new());
    }

    #[test]
    fn names_are_found_in_any_case() {
        let protocols = Protocols::new(vec![HubProtocol::message_pack()]);
        assert_eq!(protocols.named("MessagePack").map(HubProtocol::name), Some("messagepack"));
        assert!(protocols.named("json").is_none());
    }
}
