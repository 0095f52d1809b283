//! The options of an endpoint.

use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use hub_core::User;

/// How a hub is reached over HTTP; given to [`route_hub_with`](crate::RouterExt::route_hub_with).
///
/// Names and defaults are those of SignalR's `HttpConnectionDispatcherOptions` (section 8.2 of the behaviour sheet).
/// What concerns the hub itself, the limits of its buffers and how long a write may take included, is an option of
/// [`HubServer::builder`](crate::HubServer::builder).
///
/// | option | default |
/// |---|---|
/// | [transports](Self::with_transports) | all that there are: WebSockets |
/// | [minimum protocol version](Self::with_minimum_protocol_version) of negotiate | 0 |
/// | [WebSocket close timeout](Self::with_web_socket_close_timeout) | 5 s |
/// | [disconnect timeout](Self::with_disconnect_timeout) | 15 s |
/// | [user](Self::with_user) | the [`User`] among the request's extensions |
///
/// ```
/// use hub_server::{HttpOptions, User};
///
/// let options = HttpOptions::default().with_user(|request| match request.headers.get("x-user") {
///     Some(name) => User::new(String::from_utf8_lossy(name.as_bytes())),
///     None => User::anonymous(),
/// });
/// ```
#[derive(Clone)]
pub struct HttpOptions {
    pub(crate) transports: Transports,
    pub(crate) minimum_protocol_version: i32,
    pub(crate) web_socket_close_timeout: Duration,
    pub(crate) disconnect_timeout: Duration,
    user: Option<UserProvider>,
}

type UserProvider = Arc<dyn Fn(&Parts) -> User + Send + Sync>;

impl HttpOptions {
    /// Offers only these transports.
    #[must_use]
    pub fn with_transports(mut self, transports: Transports) -> Self {
        self.transports = transports;
        self
    }

    /// Refuses clients that negotiate with a lower version than this one (N-10). All current clients use 1.
    #[must_use]
    pub fn with_minimum_protocol_version(mut self, version: i32) -> Self {
        self.minimum_protocol_version = version;
        self
    }

    /// How long to wait for the client's Close frame after the server has sent its own (T-8).
    #[must_use]
    pub fn with_web_socket_close_timeout(mut self, timeout: Duration) -> Self {
        self.web_socket_close_timeout = timeout;
        self
    }

    /// How long a connection that was negotiated waits to be started (N-22).
    #[must_use]
    pub fn with_disconnect_timeout(mut self, timeout: Duration) -> Self {
        self.disconnect_timeout = timeout;
        self
    }

    /// Says who is connecting, from the request that opens the connection. Without it the user is the [`User`] that an
    /// authentication layer put into the request's extensions, or anonymous.
    #[must_use]
    pub fn with_user(mut self, user: impl Fn(&Parts) -> User + Send + Sync + 'static) -> Self {
        self.user = Some(Arc::new(user));
        self
    }

    /// Who makes this request.
    pub(crate) fn user_of(&self, request: &Parts) -> User {
        match &self.user {
            Some(user) => user(request),
            None => request.extensions.get().cloned().unwrap_or_default(),
        }
    }
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            transports: Transports::default(),
            minimum_protocol_version: 0,
            web_socket_close_timeout: Duration::from_secs(5),
            disconnect_timeout: Duration::from_secs(15),
            user: None,
        }
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("transports", &self.transports)
            .field("minimum_protocol_version", &self.minimum_protocol_version)
            .field("web_socket_close_timeout", &self.web_socket_close_timeout)
            .field("disconnect_timeout", &self.disconnect_timeout)
            .finish_non_exhaustive()
    }
}

/// A set of transports.
///
/// ```
/// use hub_server::Transports;
///
/// assert!(Transports::default().contains(Transports::WEB_SOCKETS));
/// assert!(!Transports::NONE.contains(Transports::WEB_SOCKETS));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transports(u8);

impl Transports {
    /// No transport: negotiation succeeds and offers nothing (N-17).
    pub const NONE: Self = Self(0);
    /// WebSockets.
    pub const WEB_SOCKETS: Self = Self(1);

    /// Whether all of `others` are in this set.
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

impl Default for Transports {
    /// All that there are.
    fn default() -> Self {
        Self::WEB_SOCKETS
    }
}

impl BitOr for Transports {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
