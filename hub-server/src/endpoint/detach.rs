//! A request that outlives the HTTP connection it came by.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Copies what a request borrows from the buffer it was read into: a connection keeps its request for as long as it
/// lives, and would keep all of hyper's read buffer, 8 KiB and more, with it.
pub(super) fn detach(mut request: Parts) -> Parts {
    request.headers = headers(&request.headers);
    request.uri = uri(&request.uri).unwrap_or(request.uri);
    request
}

fn headers(headers: &HeaderMap) -> HeaderMap {
    let mut copies = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        copies.append(self::name(name), self::value(value));
    }
    copies
}

fn name(name: &HeaderName) -> HeaderName {
    HeaderName::from_bytes(name.as_str().as_bytes()).unwrap_or_else(|_| name.clone())
}

fn value(value: &HeaderValue) -> HeaderValue {
    let mut copy = HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone());
    copy.set_sensitive(value.is_sensitive());
    copy
}

fn uri(uri: &Uri) -> Option<Uri> {
    uri.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn a_detached_request_says_the_same() {
        let request = Request::get("/chat?id=a%20b")
            .header("x-own-name", "one")
            .header("x-own-name", "two")
            .header("cookie", "é")
            .body(())
            .unwrap();
        let (before, ()) = request.into_parts();
        let after = detach(before.clone());
        assert_eq!(after.headers, before.headers);
        assert_eq!(after.uri, before.uri);
        assert_eq!(after.headers.get_all("x-own-name").iter().count(), 2);
    }
}
