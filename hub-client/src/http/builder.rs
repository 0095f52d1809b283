//! The options of connections over HTTP, where a connection is built.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use reqwest::{Client, Proxy};

use super::{HttpConnectionOptions, HttpConnector, IntoAccessToken, Transports};
use crate::builder::HubConnectionBuilder;
use crate::connection::HubConnection;

/// The hub at a URL, and how it is to be reached: what [`HubConnection::builder`] begins with.
#[derive(Clone, Debug)]
pub struct HttpEndpoint {
    url: String,
    options: HttpConnectionOptions,
}

impl HubConnection {
    /// A connection to the hub at this `http` or `https` URL; `ws` and `wss` mean the same.
    ///
    /// A URL that is none makes [`start`](Self::start) fail.
    ///
    /// ```
    /// use hub_client::HubConnection;
    /// use hub_client::http::Transports;
    ///
    /// let connection = HubConnection::builder("https://example.com/chathub")
    ///     .transports(Transports::WEB_SOCKETS)
    ///     .access_token_provider(async || "a token")
    ///     .with_automatic_reconnect()
    ///     .build();
    /// ```
    pub fn builder(url: impl Into<String>) -> HubConnectionBuilder<HttpEndpoint> {
        HubConnectionBuilder::new(HttpEndpoint { url: url.into(), options: HttpConnectionOptions::default() })
    }
}

impl HubConnectionBuilder<HttpEndpoint> {
    /// Reaches the server with these options, in place of those given before.
    pub fn http_options(self, options: HttpConnectionOptions) -> Self {
        self.map_options(|_| options)
    }

    /// Uses no other [transports](HttpConnectionOptions::with_transports) than these.
    pub fn transports(self, transports: Transports) -> Self {
        self.map_options(|options| options.with_transports(transports))
    }

    /// Whether to [start with the WebSocket at once](HttpConnectionOptions::with_skip_negotiation).
    pub fn skip_negotiation(self, skip: bool) -> Self {
        self.map_options(|options| options.with_skip_negotiation(skip))
    }

    /// Asks for the [token](HttpConnectionOptions::with_access_token_provider) that goes with requests.
    pub fn access_token_provider<F, R>(self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output: IntoAccessToken> + Send + 'static,
    {
        self.map_options(|options| options.with_access_token_provider(provider))
    }

    /// Sends this [header](HttpConnectionOptions::with_header) with every request.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.map_options(|options| options.with_header(name, value))
    }

    /// How long the [end](HttpConnectionOptions::with_close_timeout) of a connection may take; 5 s.
    pub fn close_timeout(self, timeout: Duration) -> Self {
        self.map_options(|options| options.with_close_timeout(timeout))
    }

    /// How long the answer to a [request](HttpConnectionOptions::with_http_timeout) may take; 120 s.
    pub fn http_timeout(self, timeout: Duration) -> Self {
        self.map_options(|options| options.with_http_timeout(timeout))
    }

    /// Goes through this [proxy](HttpConnectionOptions::with_proxy), where it applies.
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.map_options(|options| options.with_proxy(proxy))
    }

    /// Sends all requests by this [client](HttpConnectionOptions::with_http_client).
    pub fn http_client(self, client: Client) -> Self {
        self.map_options(|options| options.with_http_client(client))
    }

    /// The connection, which is still to be [started](HubConnection::start).
    pub fn build(self) -> HubConnection {
        self.map_connector(|endpoint| HttpConnector::new(&endpoint.url, endpoint.options)).build()
    }

    fn map_options(self, change: impl FnOnce(HttpConnectionOptions) -> HttpConnectionOptions) -> Self {
        self.map_connector(|HttpEndpoint { url, options }| HttpEndpoint { url, options: change(options) })
    }
}
