//! The options of connections over HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Proxy};

use super::Transports;
use super::access_token::{AccessTokenProvider, IntoAccessToken};

/// How a server is reached over HTTP; given to a [`HttpConnector`](super::HttpConnector).
///
/// Names and defaults are those of the .NET client's `HttpConnectionOptions` (section 8.3 of the behaviour sheet).
///
/// | option | default |
/// |---|---|
/// | [transports](Self::with_transports) | all three, in the order of the server |
/// | [skip negotiation](Self::with_skip_negotiation) | no |
/// | [access token provider](Self::with_access_token_provider) | none |
/// | [headers](Self::with_header) | those of SignalR (C-20) |
/// | [close timeout](Self::with_close_timeout) | 5 s |
/// | [HTTP timeout](Self::with_http_timeout) | 120 s |
/// | [proxies](Self::with_proxy) | those of the environment |
/// | [HTTP client](Self::with_http_client) | [`http_client_builder`](super::http_client_builder) |
///
/// ```
/// use hub_client::http::{HttpConnectionOptions, HttpConnector, Transports};
/// # async fn login() -> Result<String, std::io::Error> { Ok("token".to_owned()) }
///
/// let options = HttpConnectionOptions::default()
///     .with_transports(Transports::WEB_SOCKETS | Transports::LONG_POLLING)
///     .with_access_token_provider(login);
/// let connector = HttpConnector::new("https://example.com/chathub", options);
/// ```
#[derive(Clone)]
pub struct HttpConnectionOptions {
    pub(super) transports: Transports,
    pub(super) skip_negotiation: bool,
    pub(super) access_token_provider: Option<AccessTokenProvider>,
    pub(super) headers: HeaderMap,
    pub(super) close_timeout: Duration,
    pub(super) http_timeout: Duration,
    pub(super) proxies: Vec<Proxy>,
    pub(super) client: Option<Client>,
}

impl HttpConnectionOptions {
    /// Uses no other transports than these. Which of them comes first is the server's to say (C-3).
    #[must_use]
    pub fn with_transports(mut self, transports: Transports) -> Self {
        self.transports = transports;
        self
    }

    /// Whether to start with the WebSocket at once, which saves a request. It works with WebSockets as the only transport
    /// (C-6), not with servers that redirect, and without stateful reconnects (S-2); the connection's id stays unknown.
    #[must_use]
    pub fn with_skip_negotiation(mut self, skip: bool) -> Self {
        self.skip_negotiation = skip;
        self
    }

    /// Asks for the token that goes with requests as `Authorization: Bearer`.
    ///
    /// It is called for each negotiation and each WebSocket, and so for each reconnect too. Other requests use the token of
    /// the latest call; if that is refused with 401, it is called once more and the request repeated (U-5, U-6). After a
    /// redirect with a token of its own, that one is used instead until the next start (N-26).
    ///
    /// ```
    /// use hub_client::http::HttpConnectionOptions;
    ///
    /// let fixed = HttpConnectionOptions::default().with_access_token_provider(async || "a token");
    /// ```
    #[must_use]
    pub fn with_access_token_provider<F, R>(mut self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output: IntoAccessToken> + Send + 'static,
    {
        self.access_token_provider = Some(Arc::new(move || {
            let token = provider();
            Box::pin(async move { token.await.into_access_token() })
        }));
        self
    }

    /// Sends this header with every request, in place of the client's own of that name. An empty `User-Agent` sends none
    /// (C-20).
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// How long the end of a connection may take when the client ends it: until all is sent, and the server has answered the
    /// WebSocket's Close frame (C-31) or the long polling's DELETE (C-36). Then it is broken off.
    #[must_use]
    pub fn with_close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// How long the answer to a request may take (C-25). It does not limit how long a transport lives, and a poll that is
    /// not answered in this time is sent again.
    #[must_use]
    pub fn with_http_timeout(mut self, timeout: Duration) -> Self {
        self.http_timeout = timeout;
        self
    }

    /// Goes through this proxy, where it applies; several may be given, and the first that applies is used. WebSockets of
    /// `http` URLs go through it only if it passes an upgrade on; those of `https` URLs go through a tunnel.
    ///
    /// It means nothing together with [a client of the program's own](Self::with_http_client).
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxies.push(proxy);
        self
    }

    /// Sends all requests, WebSockets included, by this client. It is best made from
    /// [`http_client_builder`](super::http_client_builder), or else should keep cookies for sticky sessions (C-22), speak
    /// only HTTP/1.1 where WebSockets are to work with `https`, and have no timeout of its own for whole responses.
    #[must_use]
    pub fn with_http_client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }
}

impl Default for HttpConnectionOptions {
    fn default() -> Self {
        Self {
            transports: Transports::ALL,
            skip_negotiation: false,
            access_token_provider: None,
            headers: HeaderMap::new(),
            close_timeout: Duration::from_secs(5),
            http_timeout: Duration::from_secs(120),
            proxies: Vec::new(),
            client: None,
        }
    }
}

impl fmt::Debug for HttpConnectionOptions {
    /// Without values of headers, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConnectionOptions")
            .field("transports", &self.transports)
            .field("skip_negotiation", &self.skip_negotiation)
            .field("access_token_provider", &self.access_token_provider.is_some())
            .field("headers", &self.headers.keys())
            .field("close_timeout", &self.close_timeout)
            .field("http_timeout", &self.http_timeout)
            .finish_non_exhaustive()
    }
}
