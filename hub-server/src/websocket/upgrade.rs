//! The opening handshake (RFC 6455, section 4.2).

use axum::http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

const ACCEPT_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request for a WebSocket that may be granted.
#[derive(Debug)]
pub(crate) struct Upgrade {
    /// What proves over HTTP/1.1 that the request was understood.
    accept: Option<HeaderValue>,
}

impl Upgrade {
    /// What a GET request asks for; `None` when it is no WebSocket upgrade, or one that is not as it has to be: then it
    /// is taken for a poll (N-51).
    pub(crate) fn from_request(version: Version, headers: &HeaderMap) -> Option<Self> {
        let asks = version == Version::HTTP_11
            && lists(headers, &CONNECTION, "upgrade")
            && lists(headers, &UPGRADE, "websocket")
            && only(headers, &SEC_WEBSOCKET_VERSION)? == b"13";
        if !asks {
            return None;
        }
        let key = only(headers, &SEC_WEBSOCKET_KEY)?;
        is_nonce(key).then(|| Self { accept: Some(accept(key)) })
    }

    /// What a CONNECT request over HTTP/2 asks for; `None` when it is no WebSocket (RFC 8441, T-15).
    #[cfg(feature = "http2")]
    pub(crate) fn from_connect(request: &axum::http::request::Parts) -> Option<Self> {
        let protocol = request.extensions.get::<hyper::ext::Protocol>()?;
        let asks = protocol.as_str() == "websocket" && only(&request.headers, &SEC_WEBSOCKET_VERSION)? == b"13";
        asks.then_some(Self { accept: None })
    }

    /// The value of `Sec-WebSocket-Accept`; over HTTP/2 there is none.
    pub(crate) fn into_accept(self) -> Option<HeaderValue> {
        self.accept
    }
}

/// The sub-protocols that a client asks for, in its order.
pub(crate) fn sub_protocols(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Whether the comma-separated values of a header contain `token`, in any case.
fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|element| element.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.as_bytes().trim_ascii();
    values.next().is_none().then_some(value)
}

/// Whether a key is 16 bytes in base64, which are 24 characters.
fn is_nonce(key: &[u8]) -> bool {
    STANDARD.decode_slice(key, &mut [0; 18]) == Ok(16)
}

fn accept(key: &[u8]) -> HeaderValue {
    let digest = Sha1::new().chain_update(key).chain_update(ACCEPT_SUFFIX).finalize();
    let mut text = [0; 28];
    // 20 bytes make 28 characters, which may stand in a header.
    let _ = STANDARD.encode_slice(digest, &mut text);
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROPER: [(&str, &str); 4] = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn upgrade(headers: &[(&'static str, &'static str)]) -> Option<HeaderValue> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            });
        Upgrade::from_request(Version::HTTP_11, &headers).and_then(Upgrade::into_accept)
    }

    fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
        PROPER.iter().map(|header| if header.0 == name { (name, value) } else { *header }).collect()
    }

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        assert_eq!(upgrade(&PROPER).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn case_and_lists_do_not_matter() {
        assert!(upgrade(&with("connection", "keep-alive, upgrade")).is_some());
        assert!(upgrade(&with("connection", "keep-alive,UPGRADE")).is_some());
        assert!(upgrade(&with("upgrade", "WebSocket")).is_some());
        assert!(
            upgrade(&[&PROPER[1..], &[("connection", "keep-alive"), ("connection", "Upgrade")]].concat()).is_some()
        );
    }

    #[test]
    fn anything_missing_or_wrong_makes_it_no_upgrade() {
        for (missing, (name, _)) in PROPER.iter().enumerate() {
            let mut headers = PROPER.to_vec();
            headers.remove(missing);
            assert!(upgrade(&headers).is_none(), "without {name}");
        }
        let wrong = [
            ("connection", "keep-alive"),
            ("upgrade", "h2c"),
            ("sec-websocket-version", "12"),
            ("sec-websocket-version", "13, 8"),
            ("sec-websocket-key", ""),
            ("sec-websocket-key", "abc"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25j"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ"),
            ("sec-websocket-key", "!!hlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in wrong {
            assert!(upgrade(&with(name, value)).is_none(), "{name}: {value}");
        }
        assert!(upgrade(&[&PROPER[..], &[PROPER[3]]].concat()).is_none(), "two keys");
    }

    #[test]
    fn sub_protocols_are_listed_in_order() {
        let mut all = HeaderMap::new();
        for value in ["b, a,,", "c"] {
            all.append(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(value));
        }
        assert_eq!(sub_protocols(&all), ["b", "a", "c"]);
        assert!(sub_protocols(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn only_http_1_1_upgrades() {
        let headers =
            PROPER.into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        assert!(Upgrade::from_request(Version::HTTP_10, &headers.clone().collect()).is_none());
        assert!(Upgrade::from_request(Version::HTTP_11, &headers.collect()).is_some());
    }
}
