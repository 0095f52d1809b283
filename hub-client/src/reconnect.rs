//! When to try again after a connection was lost.

use std::fmt;
use std::time::Duration;

use crate::error::ConnectionError;

/// Decides whether a lost connection is opened again, and when (C-120).
///
/// Closures are policies too:
///
/// ```
/// use std::time::Duration;
///
/// use hub_client::RetryContext;
///
/// /// Every second, for a minute.
/// fn patient(retry: &RetryContext) -> Option<Duration> {
///     (retry.elapsed < Duration::from_secs(60)).then_some(Duration::from_secs(1))
/// }
/// # fn example(connector: impl hub_client::transport::Connector) {
/// let connection = hub_client::HubConnection::with_connector(connector).with_reconnect_policy(patient).build();
/// # }
/// ```
pub trait ReconnectPolicy: Send + Sync + 'static {
    /// How long to wait before the next attempt; `None` gives up. A policy that panics gives up as well (C-126).
    fn next_retry_delay(&self, retry: &RetryContext) -> Option<Duration>;
}

/// What a [`ReconnectPolicy`] decides by.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryContext {
    /// How many attempts have failed since the connection was lost; 0 before the first.
    pub previous_retries: u32,
    /// How long ago the connection was lost.
    pub elapsed: Duration,
    /// Why the connection was lost, or why the last attempt failed; `None` if the server ended the connection in order.
    pub reason: Option<ConnectionError>,
}

impl<F> ReconnectPolicy for F
where
    F: Fn(&RetryContext) -> Option<Duration> + Send + Sync + 'static,
{
    fn next_retry_delay(&self, retry: &RetryContext) -> Option<Duration> {
        self(retry)
    }
}

/// One delay for each attempt, then the end.
pub(crate) struct Delays(Box<[Duration]>);

impl Delays {
    pub(crate) fn new(delays: impl IntoIterator<Item = Duration>) -> Self {
        Self(delays.into_iter().collect())
    }
}

impl Default for Delays {
    fn default() -> Self {
        Self::new([0, 2, 10, 30].map(Duration::from_secs))
    }
}

impl ReconnectPolicy for Delays {
    fn next_retry_delay(&self, retry: &RetryContext) -> Option<Duration> {
        self.0.get(usize::try_from(retry.previous_retries).ok()?).copied()
    }
}

impl fmt::Debug for dyn ReconnectPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReconnectPolicy")
    }
}
