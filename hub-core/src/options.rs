//! The options of a hub and their defaults.

use std::time::Duration;

use crate::protocol::PayloadNaming;

/// What a hub allows and how long it waits; set through [`HubServer::builder`](crate::HubServer::builder).
///
/// Names and defaults are SignalR's (section 8.1 of the behaviour sheet) where SignalR has the option.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubOptions {
    /// How long a client may take to send its handshake; 15 s (H-12).
    pub handshake_timeout: Duration,
    /// The time between two pings to a client; 15 s (D-140).
    pub keep_alive_interval: Duration,
    /// How long a client that pings may be silent before it counts as gone; 30 s (D-143).
    pub client_timeout_interval: Duration,
    /// The largest message a client may send, in bytes with its terminator; 32,768, `None` for no limit (D-150).
    pub maximum_receive_message_size: Option<usize>,
    /// Whether clients are told the type and text of every error; off (D-20).
    pub enable_detailed_errors: bool,
    /// How many calls of one client run at a time; 1 (D-81). At least 1.
    pub maximum_parallel_invocations_per_client: usize,
    /// How many streams one client may have open, both ways together; `None`, the default, for no limit (SignalR has none).
    ///
    /// A call that streams to the client counts as one, and each stream that it uploads as one more, until the call is
    /// over: such calls run beside all others (D-51, D-66), and this is what bounds them. A call that would exceed the
    /// limit is not made; its caller reads `The maximum of 100 streams per client was exceeded.`, and the connection
    /// goes on.
    pub maximum_streams_per_client: Option<usize>,
    /// How many items of an upload stream wait for the method before its connection is not read any further; 10 (D-62).
    /// At least 1.
    pub stream_buffer_capacity: usize,
    /// How payload members are named in JSON; camelCase (J-9).
    pub json_naming: PayloadNaming,
    /// How payload members are named in MessagePack; `PascalCase` (M-50).
    pub message_pack_naming: PayloadNaming,
    /// How many bytes may wait for a client before replies and sends to it alone wait as well; 65,536 (T-91).
    pub outbound_buffer_size: usize,
    /// How many bytes may wait for a client before a message to many connections closes it instead of being
    /// queued; 1,048,576. A message finds room in an empty queue whatever its size.
    pub slow_client_limit: usize,
    /// How many bytes of messages that were sent but not acknowledged may be kept for a client that can reconnect to its
    /// connection, before the next message waits; 100,000 (S-20). Messages to many connections do not wait: they may
    /// take up to `slow_client_limit`.
    pub stateful_reconnect_buffer_size: usize,
    /// How long a write may make no progress, or a message wait for acknowledgements, before the connection is ended;
    /// 10 s (T-13, S-24).
    pub transport_send_timeout: Duration,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(15),
            keep_alive_interval: Duration::from_secs(15),
            client_timeout_interval: Duration::from_secs(30),
            maximum_receive_message_size: Some(32 * 1024),
            enable_detailed_errors: false,
            maximum_parallel_invocations_per_client: 1,
            maximum_streams_per_client: None,
            stream_buffer_capacity: 10,
            json_naming: PayloadNaming::CamelCase,
            message_pack_naming: PayloadNaming::PascalCase,
            outbound_buffer_size: 64 * 1024,
            slow_client_limit: 1024 * 1024,
            stateful_reconnect_buffer_size: 100_000,
            transport_send_timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 8.1, and `TransportSendTimeout` and `TransportMaxBufferSize` of 8.2.
    #[test]
    fn defaults_are_those_of_signalr() {
        let options = HubOptions::default();
        let seconds = [
            options.handshake_timeout,
            options.keep_alive_interval,
            options.client_timeout_interval,
            options.transport_send_timeout,
        ];
        assert_eq!(seconds.map(|time| time.as_secs()), [15, 15, 30, 10]);
        assert_eq!(options.maximum_receive_message_size, Some(32_768));
        assert_eq!((options.enable_detailed_errors, options.maximum_parallel_invocations_per_client), (false, 1));
        assert_eq!((options.stream_buffer_capacity, options.maximum_streams_per_client), (10, None));
        assert_eq!((options.outbound_buffer_size, options.stateful_reconnect_buffer_size), (65_536, 100_000));
        assert_eq!(options.json_naming, PayloadNaming::CamelCase);
        assert_eq!(options.message_pack_naming, PayloadNaming::PascalCase);
    }
}
