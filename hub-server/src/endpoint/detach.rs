//! What a connection must not remember of its request.

use axum::extract::OriginalUri;
use axum::http::Uri;
use axum::http::request::Parts;

/// Gives the URI that axum put aside memory of its own. As hyper gives it, it shares the buffer that the request was read
/// into, and would keep those 8 KiB and more for as long as the connection lives.
pub(super) fn detach(mut request: Parts) -> Parts {
    if let Some(OriginalUri(uri)) = request.extensions.get_mut() {
        *uri = copy(uri);
    }
    request
}

fn copy(uri: &Uri) -> Uri {
    match uri.path_and_query() {
        Some(path) if uri.authority().is_none() => path.as_str().parse(),
        _ => uri.to_string().parse(),
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_uri_stays_the_same() {
        for uri in ["/api/hub?id=a%20b", "/", "*", "http://test/hub", "/hub?"] {
            let mut request = axum::http::Request::new(());
            request.extensions_mut().insert(OriginalUri(uri.parse().unwrap()));
            let request = detach(request.into_parts().0);
            assert_eq!(request.extensions.get::<OriginalUri>().unwrap().0, uri);
        }
    }
}
