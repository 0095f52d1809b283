//! The request by which an HTTP connection becomes a WebSocket (RFC 6455, section 4.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use reqwest::{Response, Upgraded, Url};
use sha1::{Digest as _, Sha1};

use super::super::failure;
use super::super::requests::{Request, Requests};
use crate::transport::{ConnectError, TransportError};

const NAME: &str = "WebSocket";

/// By which a server proves that it knows what a WebSocket is.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A connection over which frames can go.
pub(super) async fn upgrade(requests: &Requests, url: &Url) -> Result<Upgraded, ConnectError> {
    let key = new_key()?;
    let request = Request::new(NAME, Method::GET, url)
        .with_header(CONNECTION, HeaderValue::from_static("Upgrade"))
        .with_header(UPGRADE, HeaderValue::from_static("websocket"))
        .with_header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
        .with_header(SEC_WEBSOCKET_KEY, key.clone());
    let response = requests.send_with_fresh_token(&request).await?;
    let response = switched(response).await?;
    check(response.headers(), &key).map_err(|why| invalid(&why))?;
    requests.in_time(NAME, async { response.upgrade().await.map_err(failed) }).await
}

async fn switched(response: Response) -> Result<Response, ConnectError> {
    match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => Ok(response),
        status if status.is_success() => Err(invalid(&not_switched(response.version(), status))),
        _ => Err(failure::refused(NAME, response).await),
    }
}

fn not_switched(version: Version, status: StatusCode) -> String {
    if version == Version::HTTP_2 {
        return "It came over HTTP/2; the HTTP client must be one for HTTP/1.1 only.".to_owned();
    }
    format!("Its status is {status} in place of 101.")
}

/// What the answer must say, in any case, and by itself or among others.
fn check(headers: &HeaderMap, key: &HeaderValue) -> Result<(), String> {
    if !lists(headers.get_all(UPGRADE), "websocket") {
        return Err("It does not say 'Upgrade: websocket'.".to_owned());
    }
    if !lists(headers.get_all(CONNECTION), "upgrade") {
        return Err("It does not say 'Connection: Upgrade'.".to_owned());
    }
    if headers.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes) != Some(accept(key).as_bytes()) {
        return Err("Its Sec-WebSocket-Accept does not belong to the key.".to_owned());
    }
    if headers.contains_key("sec-websocket-extensions") || headers.contains_key("sec-websocket-protocol") {
        return Err("It accepts an extension or a protocol that was not offered.".to_owned());
    }
    Ok(())
}

fn lists<'a>(values: impl IntoIterator<Item = &'a HeaderValue>, word: &str) -> bool {
    let mut texts = values.into_iter().filter_map(|value| value.to_str().ok());
    texts.any(|text| text.split(',').any(|element| element.trim().eq_ignore_ascii_case(word)))
}

fn accept(key: &HeaderValue) -> String {
    STANDARD.encode(Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize())
}

fn new_key() -> Result<HeaderValue, ConnectError> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(|error| {
        TransportError::new("The operating system gives no random bytes.").with_source(std::io::Error::from(error))
    })?;
    HeaderValue::try_from(STANDARD.encode(key)).map_err(|error| invalid(&error.to_string()))
}

fn invalid(why: &str) -> ConnectError {
    let text = format!("Invalid answer to the {NAME} request. {why}");
    ConnectError::InvalidResponse(TransportError::new(text))
}

fn failed(error: reqwest::Error) -> ConnectError {
    let error = error.without_url();
    let text = format!("The {NAME} could not be opened: {}", failure::cause(&error));
    ConnectError::Unreachable(TransportError::new(text).with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: HeaderValue = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");

    fn answer(upgrade: &'static str, connection: &'static str, accept: &'static str) -> Result<(), String> {
        let headers = HeaderMap::from_iter([
            (UPGRADE, HeaderValue::from_static(upgrade)),
            (CONNECTION, HeaderValue::from_static(connection)),
            (SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static(accept)),
        ]);
        check(&headers, &KEY)
    }

    #[test]
    fn an_answer_must_belong_to_the_key() {
        // The example of RFC 6455, section 1.3.
        assert_eq!(answer("websocket", "Upgrade", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), Ok(()));
        assert_eq!(answer("WebSocket", "keep-alive, upgrade", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), Ok(()));
        assert!(answer("websocket", "Upgrade", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=").is_err());
        assert!(answer("h2c", "Upgrade", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").is_err());
        assert!(answer("websocket", "close", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").is_err());
    }

    #[test]
    fn keys_are_of_16_bytes_and_differ() {
        let (one, other) = (new_key().unwrap(), new_key().unwrap());
        assert_ne!(one, other);
        assert_eq!(STANDARD.decode(one.as_bytes()).unwrap().len(), 16);
    }
}
