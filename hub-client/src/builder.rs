//! The options of a connection, and the connection they make.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hub_core::protocol::HubProtocol;

use crate::connection::HubConnection;
use crate::reconnect::{Delays, ReconnectPolicy};
use crate::transport::Connector;

/// What a connection is to do, with SignalR's names and defaults where SignalR has the option (section 8.3).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub(crate) struct Options {
    pub(crate) protocol: HubProtocol,
    pub(crate) server_timeout: Duration,
    pub(crate) keep_alive_interval: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) maximum_receive_message_size: Option<usize>,
    pub(crate) reconnect: Option<Arc<dyn ReconnectPolicy>>,
    pub(crate) stateful_reconnect: bool,
    pub(crate) stateful_reconnect_buffer_size: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            protocol: HubProtocol::json(),
            server_timeout: Duration::from_secs(30),
            keep_alive_interval: Duration::from_secs(15),
            handshake_timeout: Duration::from_secs(15),
            maximum_receive_message_size: Some(64 * 1024 * 1024),
            reconnect: None,
            stateful_reconnect: false,
            stateful_reconnect_buffer_size: 100_000,
        }
    }
}

/// A [`HubConnection`] that is to be, over a connector of type `C`.
#[must_use = "there is no connection before `build`"]
pub struct HubConnectionBuilder<C> {
    pub(crate) connector: C,
    pub(crate) options: Options,
}

impl<C> HubConnectionBuilder<C> {
    pub(crate) fn new(connector: C) -> Self {
        Self { connector, options: Options::default() }
    }

    #[cfg(feature = "http")]
    pub(crate) fn map_connector<D>(self, change: impl FnOnce(C) -> D) -> HubConnectionBuilder<D> {
        HubConnectionBuilder { connector: change(self.connector), options: self.options }
    }

    /// The hub protocol; JSON. Give it the naming of the server's, where that differs from the default.
    pub fn protocol(mut self, protocol: HubProtocol) -> Self {
        self.options.protocol = protocol;
        self
    }

    /// How long the server may be silent before the connection counts as lost; 30 s (C-100). At least twice the server's
    /// ping interval is wise.
    pub fn server_timeout(mut self, time: Duration) -> Self {
        self.options.server_timeout = time;
        self
    }

    /// After how long without a message to the server it is pinged; 15 s (C-102). At most half of the server's client
    /// timeout is wise.
    pub fn keep_alive_interval(mut self, interval: Duration) -> Self {
        self.options.keep_alive_interval = interval;
        self
    }

    /// How long the server may take to answer the handshake; 15 s (C-10).
    pub fn handshake_timeout(mut self, time: Duration) -> Self {
        self.options.handshake_timeout = time;
        self
    }

    /// The largest message that is taken from the server, in bytes with what frames it; 64 MiB, `None` for no limit.
    ///
    /// The official clients have no limit, so a server's mistake can take all memory. The default is larger than what
    /// servers send on purpose, and what libraries for WebSockets allow. Beyond it the connection ends with
    /// [`ConnectionError::MessageTooLarge`](crate::ConnectionError::MessageTooLarge).
    pub fn maximum_receive_message_size(mut self, bytes: Option<usize>) -> Self {
        self.options.maximum_receive_message_size = bytes;
        self
    }

    /// Reconnects when the connection is lost, after 0, 2, 10 and 30 seconds, and then gives up (C-120).
    ///
    /// The server sees a new connection, with another id and in no groups, and nothing is sent again (C-122). Only a
    /// connection that was started once is reconnected (C-125), and not if the server closed it for good (C-112).
    pub fn with_automatic_reconnect(self) -> Self {
        self.with_reconnect_policy(Delays::default())
    }

    /// Reconnects when the connection is lost, with these delays before the attempts, and then gives up.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn example(connector: impl hub_client::transport::Connector) {
    /// let connection = hub_client::HubConnection::with_connector(connector)
    ///     .with_reconnect_delays([0, 1, 5].map(Duration::from_secs))
    ///     .build();
    /// # }
    /// ```
    pub fn with_reconnect_delays(self, delays: impl IntoIterator<Item = Duration>) -> Self {
        self.with_reconnect_policy(Delays::new(delays))
    }

    /// Reconnects when the connection is lost, as this policy says.
    pub fn with_reconnect_policy(mut self, policy: impl ReconnectPolicy) -> Self {
        self.options.reconnect = Some(Arc::new(policy));
        self
    }

    /// Asks the server for a stateful reconnect: a transport that is lost is opened again, once and at once, with the
    /// same connection id and without a message lost or doubled (section 9). Servers that do not offer it are used
    /// without.
    ///
    /// It hides short interruptions. For longer ones add [`with_automatic_reconnect`](Self::with_automatic_reconnect).
    pub fn with_stateful_reconnect(mut self) -> Self {
        self.options.stateful_reconnect = true;
        self
    }

    /// How many bytes of messages that the server has not acknowledged are kept for a stateful reconnect, before further
    /// ones wait; 100,000 (S-20).
    pub fn stateful_reconnect_buffer_size(mut self, bytes: usize) -> Self {
        self.options.stateful_reconnect_buffer_size = bytes;
        self
    }
}

impl<C: Connector> HubConnectionBuilder<C> {
    /// The connection, which is still to be [started](HubConnection::start).
    pub fn build(self) -> HubConnection {
        HubConnection::new(Arc::new(self.connector), self.options)
    }
}

impl<C> fmt::Debug for HubConnectionBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubConnectionBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}
