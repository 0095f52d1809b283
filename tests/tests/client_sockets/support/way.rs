//! The ways in which a hub can be reached.

use std::time::Duration;

use hub_client::http::Transports;
use hub_core::protocol::HubProtocol;
use tokio::time::timeout;

/// Longer than a case takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A transport and a protocol that goes over it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    transport: Transports,
    protocol: Protocol,
}

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Json,
    MessagePack,
}

impl Way {
    pub(crate) const WEB_SOCKETS_JSON: Self = Self::new(Transports::WEB_SOCKETS, Protocol::Json);
    pub(crate) const WEB_SOCKETS_MESSAGE_PACK: Self = Self::new(Transports::WEB_SOCKETS, Protocol::MessagePack);
    pub(crate) const SERVER_SENT_EVENTS_JSON: Self = Self::new(Transports::SERVER_SENT_EVENTS, Protocol::Json);
    pub(crate) const LONG_POLLING_JSON: Self = Self::new(Transports::LONG_POLLING, Protocol::Json);
    pub(crate) const LONG_POLLING_MESSAGE_PACK: Self = Self::new(Transports::LONG_POLLING, Protocol::MessagePack);

    /// All but MessagePack over Server-Sent Events, which there is not (C-140).
    pub(crate) const ALL: [Self; 5] = [
        Self::WEB_SOCKETS_JSON,
        Self::WEB_SOCKETS_MESSAGE_PACK,
        Self::SERVER_SENT_EVENTS_JSON,
        Self::LONG_POLLING_JSON,
        Self::LONG_POLLING_MESSAGE_PACK,
    ];

    const fn new(transport: Transports, protocol: Protocol) -> Self {
        Self { transport, protocol }
    }

    /// The same protocol, and these transports to choose from.
    pub(crate) fn by(self, transport: Transports) -> Self {
        Self { transport, ..self }
    }

    pub(crate) fn transport(self) -> Transports {
        self.transport
    }

    pub(crate) fn protocol(self) -> HubProtocol {
        match self.protocol {
            Protocol::Json => HubProtocol::json(),
            Protocol::MessagePack => HubProtocol::message_pack(),
        }
    }

    /// As the server's hubs know it.
    pub(crate) fn transport_name(self) -> &'static str {
        match self.transport {
            Transports::WEB_SOCKETS => "WebSockets",
            Transports::SERVER_SENT_EVENTS => "ServerSentEvents",
            _ => "LongPolling",
        }
    }

    /// Whether neither side pings, so that only requests can time out (C-103).
    pub(crate) fn is_long_polling(self) -> bool {
        self.transport == Transports::LONG_POLLING
    }

    /// Runs a case, which must not hang.
    pub(crate) async fn run(self, case: impl AsyncFnOnce(Self)) {
        assert!(timeout(PATIENCE, case(self)).await.is_ok(), "{self:?} hangs");
    }
}

/// A test of each of these cases for each way; they are named after both.
macro_rules! each_way {
    ($($case:ident,)+) => {$(
        mod $case {
            use crate::support::Way;

            #[tokio::test]
            async fn over_web_sockets_in_json() {
                Way::WEB_SOCKETS_JSON.run(super::$case).await;
            }

            #[tokio::test]
            async fn over_web_sockets_in_message_pack() {
                Way::WEB_SOCKETS_MESSAGE_PACK.run(super::$case).await;
            }

            #[tokio::test]
            async fn over_server_sent_events_in_json() {
                Way::SERVER_SENT_EVENTS_JSON.run(super::$case).await;
            }

            #[tokio::test]
            async fn over_long_polling_in_json() {
                Way::LONG_POLLING_JSON.run(super::$case).await;
            }

            #[tokio::test]
            async fn over_long_polling_in_message_pack() {
                Way::LONG_POLLING_MESSAGE_PACK.run(super::$case).await;
            }
        }
    )+};
}

pub(crate) use each_way;
