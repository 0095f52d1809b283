//! Requests of one connection: with its headers, its token, and a limit on their time.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::{Client, Response, Url};
use tokio::time::{Instant, timeout};

use super::HttpConnectionOptions;
use super::access_token::AccessTokens;
use super::failure;
use crate::transport::{ConnectError, TransportError};

/// Sends the requests of one start and of the transport that comes of it.
#[derive(Clone)]
pub(super) struct Requests {
    client: Client,
    pub(super) options: Arc<HttpConnectionOptions>,
    pub(super) tokens: AccessTokens,
}

/// A request before it has headers.
pub(super) struct Request<'a> {
    /// What errors call it.
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl<'a> Request<'a> {
    pub(super) fn new(name: &'static str, method: Method, url: &'a Url) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("*/*"))]);
        Self { name, method, url, headers, body: Bytes::new() }
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(super) fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }
}

impl Requests {
    pub(super) fn new(client: Client, options: Arc<HttpConnectionOptions>) -> Self {
        let tokens = AccessTokens::new(options.access_token_provider.clone());
        Self { client, options, tokens }
    }

    /// With the latest token, and again with a fresh one if that is refused (U-6).
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response, ConnectError> {
        self.in_time(request.name, async {
            let Some(token) = self.tokens.latest() else { return self.with_fresh_token(request).await };
            let response = self.once(request, Some(token)).await?;
            if response.status() == StatusCode::UNAUTHORIZED {
                self.with_fresh_token(request).await
            } else {
                Ok(response)
            }
        })
        .await
    }

    /// With a token that is asked for just now: negotiation and WebSockets (U-5).
    pub(super) async fn send_with_fresh_token(&self, request: &Request<'_>) -> Result<Response, ConnectError> {
        self.in_time(request.name, self.with_fresh_token(request)).await
    }

    /// Until a request is answered, or part of an answer has come.
    pub(super) async fn in_time<T>(
        &self,
        request: &'static str,
        answer: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let after = self.options.http_timeout;
        timeout(after, answer).await.unwrap_or(Err(ConnectError::TimedOut { request, after }))
    }

    async fn with_fresh_token(&self, request: &Request<'_>) -> Result<Response, ConnectError> {
        let token = self.tokens.fresh().await?;
        self.once(request, token).await
    }

    async fn once(&self, request: &Request<'_>, token: Option<String>) -> Result<Response, ConnectError> {
        let headers = self.headers(request, token)?;
        let started = Instant::now();
        let builder = self.client.request(request.method.clone(), request.url.clone()).headers(headers);
        let builder = if request.method == Method::POST { builder.body(request.body.clone()) } else { builder };
        builder.send().await.map_err(|error| failure::unanswered(request.name, error, started.elapsed()))
    }

    /// Those of the user come before the client's own, but not before the token and what the request itself needs.
    fn headers(&self, request: &Request<'_>, token: Option<String>) -> Result<HeaderMap, ConnectError> {
        let mut headers = own_headers();
        headers.extend(self.options.headers.clone());
        if headers.get(USER_AGENT).is_some_and(HeaderValue::is_empty) {
            headers.remove(USER_AGENT);
        }
        headers.extend(request.headers.clone());
        if request.method == Method::POST && request.body.is_empty() {
            // There are servers that insist on it (411).
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, bearer(&token)?);
        }
        Ok(headers)
    }
}

/// What SignalR's clients say of themselves (C-20).
fn own_headers() -> HeaderMap {
    let agent = concat!(
        "Microsoft SignalR/",
        env!("CARGO_PKG_VERSION_MAJOR"),
        ".",
        env!("CARGO_PKG_VERSION_MINOR"),
        " (",
        env!("CARGO_PKG_VERSION"),
    );
    let agent = format!("{agent}; {}; Rust; Unknown Runtime Version)", std::env::consts::OS);
    let agent = HeaderValue::try_from(agent).unwrap_or(HeaderValue::from_static("Microsoft SignalR"));
    let requested_with = HeaderName::from_static("x-requested-with");
    HeaderMap::from_iter([(USER_AGENT, agent), (requested_with, HeaderValue::from_static("XMLHttpRequest"))])
}

fn bearer(token: &str) -> Result<HeaderValue, ConnectError> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| ConnectError::AccessToken(TransportError::new("The access token cannot stand in a header.")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::super::http_client_builder;
    use super::*;

    fn headers(options: HttpConnectionOptions, token: Option<&str>) -> Result<HeaderMap, ConnectError> {
        let url = Url::parse("http://a/hub").unwrap();
        let requests = Requests::new(http_client_builder().build().unwrap(), Arc::new(options));
        requests.headers(&Request::new("poll", Method::GET, &url), token.map(str::to_owned))
    }

    #[test]
    fn every_request_says_what_sends_it() {
        let headers = headers(HttpConnectionOptions::default(), None).unwrap();
        assert!(headers[USER_AGENT].to_str().unwrap().starts_with("Microsoft SignalR/0.1 (0.1.0; "));
        assert_eq!(headers["x-requested-with"], "XMLHttpRequest");
        assert_eq!(headers[ACCEPT], "*/*");
        assert!(!headers.contains_key(AUTHORIZATION));
    }

    #[test]
    fn headers_of_the_user_replace_those_of_the_client() {
        let options = HttpConnectionOptions::default()
            .with_header(USER_AGENT, HeaderValue::from_static(""))
            .with_header(AUTHORIZATION, HeaderValue::from_static("Basic x"));
        let without = headers(options.clone(), None).unwrap();
        assert!(!without.contains_key(USER_AGENT));
        assert_eq!(without[AUTHORIZATION], "Basic x");
        assert_eq!(headers(options, Some("abc")).unwrap()[AUTHORIZATION], "Bearer abc");
    }

    #[test]
    fn a_token_that_is_no_header_is_told_without_being_shown() {
        let error = headers(HttpConnectionOptions::default(), Some("se\ncret")).unwrap_err();
        assert!(matches!(&error, ConnectError::AccessToken(_)));
        assert!(!format!("{error} {error:?}").contains("cret"));
    }
}
