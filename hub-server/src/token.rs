//! Where clients put their tokens (U-3).

use std::borrow::Cow;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::endpoint::query;

/// The token of a request, from its `Authorization: Bearer` header or else from `access_token` in its query, where the
/// clients of browsers put it for WebSockets and Server-Sent Events (U-3, U-4).
///
/// It is only found here: whose it is, and whether it holds, is for the program to say.
///
/// ```
/// use hub_server::{HttpOptions, User, bearer_token};
/// # fn verify(token: &str) -> Option<User> { None }
///
/// let options = HttpOptions::default()
///     .with_user(|request| bearer_token(request).and_then(|token| verify(&token)).unwrap_or_default())
///     .require_authenticated_user();
/// ```
pub fn bearer_token(request: &Parts) -> Option<String> {
    from_header(request)
        .or_else(|| query::value(request.uri.query(), "access_token").map(Cow::into_owned))
        .filter(|token| !token.is_empty())
}

fn from_header(request: &Parts) -> Option<String> {
    let (scheme, token) = request.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn the_header_comes_before_the_query() {
        let token = |header: Option<&str>, uri: &str| {
            let request = Request::get(uri);
            let request = if let Some(header) = header { request.header("authorization", header) } else { request };
            bearer_token(&request.body(()).unwrap().into_parts().0)
        };
        assert_eq!(token(None, "/hub"), None);
        assert_eq!(token(None, "/hub?access_token=a%2Bb").as_deref(), Some("a+b"));
        assert_eq!(token(None, "/hub?access_token="), None);
        assert_eq!(token(Some("Bearer c"), "/hub?access_token=a").as_deref(), Some("c"));
        assert_eq!(token(Some("bearer c"), "/hub").as_deref(), Some("c"));
        assert_eq!(token(Some("Basic c"), "/hub?access_token=a").as_deref(), Some("a"));
        assert_eq!(token(Some("Bearer"), "/hub"), None);
    }
}
