//! The options of an endpoint.

mod access;
mod transports;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use hub_core::User;

pub(crate) use access::Access;
use access::Requirements;
pub use transports::Transports;

/// How a hub is reached over HTTP; given to [`route_hub_with`](crate::RouterExt::route_hub_with).
///
/// Names and defaults are those of SignalR's `HttpConnectionDispatcherOptions` (section 8.2 of the behaviour sheet).
/// What concerns the hub itself, how much may wait for one client and how long a write may take included, is an option
/// of [`HubServer::builder`](crate::HubServer::builder).
///
/// | option | default |
/// |---|---|
/// | [transports](Self::with_transports) | all three |
/// | [minimum protocol version](Self::with_minimum_protocol_version) of negotiate | 0 |
/// | [WebSocket close timeout](Self::with_web_socket_close_timeout) | 5 s |
/// | [WebSocket sub-protocol](Self::with_web_socket_sub_protocol) | none |
/// | `with_web_socket_compression`, with the feature `compression` | off |
/// | [poll timeout](Self::with_poll_timeout) | 90 s |
/// | [disconnect timeout](Self::with_disconnect_timeout) | 15 s |
/// | [application buffer](Self::with_application_max_buffer_size) | 65,536 bytes |
/// | [transport buffer](Self::with_transport_max_buffer_size) | 65,536 bytes |
/// | [size of a POST](Self::with_maximum_post_size) | 30,000,000 bytes |
/// | [close on authentication expiration](Self::close_on_authentication_expiration) | off |
/// | [stateful reconnects](Self::allow_stateful_reconnects) | off |
/// | [user](Self::with_user) | the [`User`] among the request's extensions |
/// | [required user](Self::require_authenticated_user), [role](Self::require_role), [anything](Self::require) | none |
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
    pub(crate) web_socket_compression: bool,
    pub(crate) poll_timeout: Duration,
    pub(crate) disconnect_timeout: Duration,
    pub(crate) application_max_buffer_size: usize,
    pub(crate) transport_max_buffer_size: usize,
    pub(crate) maximum_post_size: usize,
    pub(crate) close_on_authentication_expiration: bool,
    pub(crate) allow_stateful_reconnects: bool,
    sub_protocol: Option<SubProtocolSelector>,
    user: Option<UserProvider>,
    requirements: Requirements,
}

type SubProtocolSelector = Arc<dyn Fn(&[&str]) -> Option<String> + Send + Sync>;
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

    /// Chooses the WebSocket sub-protocol from those that a client asks for, in its order (T-1). The official clients ask
    /// for none, and without this option none is accepted.
    #[must_use]
    pub fn with_web_socket_sub_protocol(
        mut self,
        select: impl Fn(&[&str]) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.sub_protocol = Some(Arc::new(select));
        self
    }

    /// Whether messages over WebSockets may be compressed, both ways, with clients that can (`permessage-deflate`,
    /// RFC 7692). All browsers and most other clients can. A message to many is compressed once. Messages of less than
    /// 1,024 bytes stay as they are, and so do those that would not become shorter.
    ///
    /// **Leave it off where a message may hold both a secret and something of another's choice**: the size of a compressed
    /// message tells how alike its parts are, by which somebody who can see the traffic may guess the secret (CRIME,
    /// BREACH).
    ///
    /// A client that can reconnect to its connection has to offer compression again if it did at first.
    #[cfg(feature = "compression")]
    #[must_use]
    pub fn with_web_socket_compression(mut self, compression: bool) -> Self {
        self.web_socket_compression = compression;
        self
    }

    /// How long a poll waits for something to say before it is answered without (T-63).
    #[must_use]
    pub fn with_poll_timeout(mut self, timeout: Duration) -> Self {
        self.poll_timeout = timeout;
        self
    }

    /// How long a connection that was negotiated waits to be started, one of long polling for the next poll, and one that
    /// can be resumed for its next WebSocket (N-22, T-77, S-38).
    #[must_use]
    pub fn with_disconnect_timeout(mut self, timeout: Duration) -> Self {
        self.disconnect_timeout = timeout;
        self
    }

    /// How many bytes may wait for the hub before what is sent by POST waits as well (T-90); 0 for no limit.
    #[must_use]
    pub fn with_application_max_buffer_size(mut self, bytes: usize) -> Self {
        self.application_max_buffer_size = bytes;
        self
    }

    /// How many bytes may wait for the next poll, or for the stream of events to go on, before writes wait (T-91); 0 for
    /// no limit. A hub has an `outbound_buffer_size` of its own in front of it, on every transport.
    #[must_use]
    pub fn with_transport_max_buffer_size(mut self, bytes: usize) -> Self {
        self.transport_max_buffer_size = bytes;
        self
    }

    /// How many bytes one POST may send to a connection (N-47).
    #[must_use]
    pub fn with_maximum_post_size(mut self, bytes: usize) -> Self {
        self.maximum_post_size = bytes;
        self
    }

    /// Serves signed-in users only (U-2). Anonymous requests of every kind, negotiation included, are answered 401 before
    /// anything else is looked at.
    #[must_use]
    pub fn require_authenticated_user(self) -> Self {
        self.require(|user, _| user.is_authenticated())
    }

    /// Serves users of this role only. Others are answered 403, and 401 if they have not signed in.
    #[must_use]
    pub fn require_role(self, role: impl Into<String>) -> Self {
        let role = role.into();
        self.require(move |user, _| user.has_role(&role))
    }

    /// Serves only requests that meet this requirement, and all others that are given. Others are answered 403, and 401
    /// if nobody has signed in.
    #[must_use]
    pub fn require(mut self, requirement: impl Fn(&User, &Parts) -> bool + Send + Sync + 'static) -> Self {
        self.requirements.add(requirement);
        self
    }

    /// Whether a connection ends when its user's sign-in does ([`User::expires`]); the client is told that it may come
    /// back (U-30, U-31). Polls of a user whose sign-in lasts longer prolong their connection (U-32).
    #[must_use]
    pub fn close_on_authentication_expiration(mut self, close: bool) -> Self {
        self.close_on_authentication_expiration = close;
        self
    }

    /// Whether clients that ask for it can reconnect to a connection whose WebSocket was lost, with nothing lost of what
    /// either side sent (SignalR's `AllowStatefulReconnects`, S-1). Ids, groups and running calls stay; the hub hears
    /// nothing of it, unless the client stays away for longer than the
    /// [disconnect timeout](Self::with_disconnect_timeout).
    ///
    /// Clients opt in by `withStatefulReconnect()`. What they have not acknowledged is kept for them: see
    /// [`stateful_reconnect_buffer_size`](hub_core::HubServerBuilder::stateful_reconnect_buffer_size). Raw connections
    /// cannot be resumed.
    #[must_use]
    pub fn allow_stateful_reconnects(mut self, allow: bool) -> Self {
        self.allow_stateful_reconnects = allow;
        self
    }

    /// Says who is connecting, from the request that opens the connection. Without it the user is the [`User`] that an
    /// authentication layer put into the request's extensions, or anonymous.
    #[must_use]
    pub fn with_user(mut self, user: impl Fn(&Parts) -> User + Send + Sync + 'static) -> Self {
        self.user = Some(Arc::new(user));
        self
    }

    /// The sub-protocol for a client that asks for these.
    pub(crate) fn sub_protocol(&self, requested: &[&str]) -> Option<String> {
        self.sub_protocol.as_ref().and_then(|select| select(requested))
    }

    /// Whether this user may make this request.
    pub(crate) fn access(&self, user: &User, request: &Parts) -> Access {
        self.requirements.access(user, request)
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
            web_socket_compression: false,
            poll_timeout: Duration::from_secs(90),
            disconnect_timeout: Duration::from_secs(15),
            application_max_buffer_size: 64 * 1024,
            transport_max_buffer_size: 64 * 1024,
            maximum_post_size: 30_000_000,
            close_on_authentication_expiration: false,
            allow_stateful_reconnects: false,
            sub_protocol: None,
            user: None,
            requirements: Requirements::default(),
        }
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("transports", &self.transports)
            .field("minimum_protocol_version", &self.minimum_protocol_version)
            .field("web_socket_close_timeout", &self.web_socket_close_timeout)
            .field("web_socket_compression", &self.web_socket_compression)
            .field("poll_timeout", &self.poll_timeout)
            .field("disconnect_timeout", &self.disconnect_timeout)
            .field("application_max_buffer_size", &self.application_max_buffer_size)
            .field("transport_max_buffer_size", &self.transport_max_buffer_size)
            .field("maximum_post_size", &self.maximum_post_size)
            .field("close_on_authentication_expiration", &self.close_on_authentication_expiration)
            .field("allow_stateful_reconnects", &self.allow_stateful_reconnects)
            .finish_non_exhaustive()
    }
}
