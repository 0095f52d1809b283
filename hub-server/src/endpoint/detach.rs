//! The request a connection remembers.

use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use bytes::{Bytes, BytesMut};

/// The same request in memory of its own. As hyper gives it, it shares the buffer it was read into, and would keep those
/// 8 KiB and more for as long as the connection lives.
pub(super) fn detach(mut request: Parts) -> Parts {
    request.headers = detach_headers(&request.headers);
    request.uri = detach_uri(request.uri);
    if let Some(OriginalUri(uri)) = request.extensions.get_mut() {
        *uri = detach_uri(std::mem::take(uri));
    }
    request
}

/// Copies all values into one buffer, which they share.
fn detach_headers(headers: &HeaderMap) -> HeaderMap {
    let mut values = BytesMut::with_capacity(headers.values().map(HeaderValue::len).sum());
    headers.values().for_each(|value| values.extend_from_slice(value.as_bytes()));
    let mut values = values.freeze();
    let mut detached = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap_or_else(|_| name.clone());
        detached.append(name, detach_value(value, values.split_to(value.len())));
    }
    detached
}

fn detach_value(value: &HeaderValue, bytes: Bytes) -> HeaderValue {
    let mut detached = HeaderValue::from_maybe_shared(bytes).unwrap_or_else(|_| value.clone());
    detached.set_sensitive(value.is_sensitive());
    detached
}

fn detach_uri(uri: Uri) -> Uri {
    uri.to_string().parse().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detached_request_says_the_same() {
        let mut request = axum::http::Request::get("/hub?id=a%20b")
            .header("host", "test")
            .header("x-custom", "one")
            .header("x-custom", "two")
            .header("empty", "")
            .header("bytes", HeaderValue::from_bytes(b"\xff\xfe").unwrap())
            .body(())
            .unwrap()
            .into_parts()
            .0;
        request.headers.get_mut("host").unwrap().set_sensitive(true);
        request.extensions.insert(OriginalUri(Uri::from_static("/api/hub?id=a%20b")));
        let before = request.clone();
        let after = detach(request);
        assert_eq!((&after.headers, &after.uri), (&before.headers, &before.uri));
        assert!(after.headers["host"].is_sensitive());
        assert_eq!(after.extensions.get::<OriginalUri>().unwrap().0, "/api/hub?id=a%20b");
        for uri in ["/", "*", "http://test/hub", "/hub?"] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(detach_uri(uri.clone()), uri);
        }
    }
}
