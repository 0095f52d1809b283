//! Cross-origin requests from pages of this machine.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// A layer that allows pages of this machine everything, with credentials (N-56, N-60).
pub(super) async fn allow_local(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else { return next.run(request).await };
    let preflight = preflight_headers(request.method(), request.headers());
    let mut response = match preflight {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => next.run(request).await,
    };
    if is_local(&origin) {
        let headers = response.headers_mut();
        headers.extend(preflight.unwrap_or_default());
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// The headers that allow what is asked for, if it is a preflight request that asks.
fn preflight_headers(method: &Method, asked: &HeaderMap) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let allowed = asked.get(ACCESS_CONTROL_REQUEST_METHOD).filter(|_| method == Method::OPTIONS)?;
    let mut headers = vec![(ACCESS_CONTROL_ALLOW_METHODS, allowed.clone())];
    headers
        .extend(asked.get(ACCESS_CONTROL_REQUEST_HEADERS).map(|names| (ACCESS_CONTROL_ALLOW_HEADERS, names.clone())));
    Some(headers)
}

fn is_local(origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    origin.is_some_and(|origin| matches!(origin.host(), Some("localhost" | "127.0.0.1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_this_machine_are_local() {
        for origin in ["http://localhost", "https://localhost:5", "http://127.0.0.1:80"] {
            assert!(is_local(&HeaderValue::from_static(origin)), "{origin}");
        }
        for origin in ["http://example.com", "http://localhost.example.com", "null", ""] {
            assert!(!is_local(&HeaderValue::from_static(origin)), "{origin}");
        }
    }
}
