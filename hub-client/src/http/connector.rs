//! The way to one server.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use reqwest::Url;

use super::requests::Requests;
use super::{HttpConnectionOptions, client, failure, start, url};
use crate::transport::{ConnectError, ConnectRequest, Connected, Connector, TransportError};

/// Connects to the hub at a URL by the first transport that works (C-3).
///
/// Connections of one connector, also of its clones, share an HTTP client, and with it cookies and sockets.
#[derive(Clone)]
pub struct HttpConnector {
    target: Arc<Result<Target, ConnectError>>,
}

/// Where connections go, and how.
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) client: reqwest::Client,
    pub(super) options: Arc<HttpConnectionOptions>,
}

impl HttpConnector {
    /// To the hub at this `http` or `https` URL; `ws` and `wss` mean the same.
    ///
    /// A URL that is none, or an HTTP client that cannot be built, is told of by each connect as
    /// [`ConnectError::InvalidOptions`].
    #[must_use]
    pub fn new(url: &str, options: HttpConnectionOptions) -> Self {
        Self { target: Arc::new(Target::new(url, options)) }
    }
}

impl Connector for HttpConnector {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<'static, Result<Connected, ConnectError>> {
        let target = Arc::clone(&self.target);
        Box::pin(async move {
            match &*target {
                Ok(target) => start::start(target, request).await,
                Err(error) => Err(error.clone()),
            }
        })
    }
}

impl Target {
    fn new(url: &str, mut options: HttpConnectionOptions) -> Result<Self, ConnectError> {
        let url = url::parse(url).map_err(ConnectError::InvalidOptions)?;
        let client = match options.client.take() {
            Some(client) => client,
            None => build_client(&options).map_err(ConnectError::InvalidOptions)?,
        };
        Ok(Self { url, client, options: Arc::new(options) })
    }

    /// What one start sends its requests by.
    pub(super) fn requests(&self) -> Requests {
        Requests::new(self.client.clone(), Arc::clone(&self.options))
    }
}

fn build_client(options: &HttpConnectionOptions) -> Result<reqwest::Client, TransportError> {
    let builder = client::http_client_builder();
    let builder = options.proxies.iter().fold(builder, |builder, proxy| builder.proxy(proxy.clone()));
    builder.build().map_err(|error| {
        TransportError::new(format!("The HTTP client cannot be built: {}", failure::cause(&error))).with_source(error)
    })
}

impl fmt::Debug for HttpConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HttpConnector");
        match &*self.target {
            Ok(target) => debug.field("url", &url::without_secrets(&target.url)).field("options", &target.options),
            Err(error) => debug.field("error", error),
        };
        debug.finish()
    }
}
