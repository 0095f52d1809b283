//! What can be told to a backplane.

use std::time::Duration;

/// The options of a backplane.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) channel_prefix: String,
    pub(crate) hub_name: Option<String>,
    pub(crate) send_timeout: Duration,
    pub(crate) queue_limit: usize,
    pub(crate) backlog_limit: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) acknowledgement_timeout: Duration,
    pub(crate) deliver_locally: bool,
    pub(crate) sharded: bool,
    pub(crate) presence: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            channel_prefix: String::new(),
            hub_name: None,
            send_timeout: Duration::from_secs(5),
            queue_limit: 10_000,
            backlog_limit: 64 * 1024 * 1024,
            connect_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            acknowledgement_timeout: Duration::from_secs(5),
            deliver_locally: false,
            sharded: false,
            presence: None,
        }
    }
}
