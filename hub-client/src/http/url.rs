//! The URLs of a connection (N-27, N-28, C-7, C-23).

use form_urlencoded::{byte_serialize, parse as parse_query};
use reqwest::Url;

use crate::transport::TransportError;

/// The URL of a hub.
pub(super) fn parse(text: &str) -> Result<Url, TransportError> {
    let url = Url::parse(text)
        .map_err(|error| TransportError::new(format!("Not a URL: '{text}' ({error}).")).with_source(error))?;
    with_http_scheme(url).ok_or_else(|| TransportError::new(format!("Not an HTTP URL: '{text}'.")))
}

/// The URL that a negotiation has redirected to; also one that is relative.
pub(super) fn redirected(from: &Url, to: &str) -> Option<Url> {
    from.join(to).ok().and_then(with_http_scheme)
}

/// The URL to negotiate at.
pub(super) fn negotiate(hub: &Url, stateful_reconnect: bool) -> Url {
    let mut url = hub.clone();
    let path = if url.path().ends_with('/') { "negotiate" } else { "/negotiate" };
    url.set_path(&format!("{}{path}", hub.path()));
    if value(hub, "negotiateVersion").is_none() {
        append(&mut url, "negotiateVersion=1");
    }
    if stateful_reconnect && value(hub, "useStatefulReconnect").is_none() {
        append(&mut url, "useStatefulReconnect=true");
    }
    url
}

/// The URL of a negotiated connection.
pub(super) fn connect(hub: &Url, token: &str) -> Url {
    let mut url = hub.clone();
    append(&mut url, &format!("id={}", byte_serialize(token.as_bytes()).collect::<String>()));
    url
}

/// Whether the URL itself asks for stateful reconnects (N-27).
pub(super) fn asks_for_stateful_reconnect(hub: &Url) -> bool {
    value(hub, "useStatefulReconnect").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// What may be logged: neither a query nor a password.
pub(super) fn without_secrets(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn with_http_scheme(mut url: Url) -> Option<Url> {
    let scheme = match url.scheme() {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return None,
    };
    url.set_scheme(scheme).ok()?;
    url.set_fragment(None);
    Some(url)
}

/// The value of a key of the query, in any case.
fn value(url: &Url, key: &str) -> Option<String> {
    let pairs = parse_query(url.query().unwrap_or_default().as_bytes());
    pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.into_owned())
}

/// Adds to the query, which otherwise stays as it is written.
fn append(url: &mut Url, pair: &str) {
    let query = match url.query() {
        None | Some("") => pair.to_owned(),
        Some(query) => format!("{query}&{pair}"),
    };
    url.set_query(Some(&query));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(hub: &str, stateful_reconnect: bool) -> String {
        negotiate(&parse(hub).unwrap(), stateful_reconnect).into()
    }

    #[test]
    fn negotiate_comes_behind_the_path_and_before_the_query() {
        assert_eq!(negotiated("http://a/hub", false), "http://a/hub/negotiate?negotiateVersion=1");
        assert_eq!(negotiated("http://a/hub/", false), "http://a/hub/negotiate?negotiateVersion=1");
        assert_eq!(negotiated("http://a", false), "http://a/negotiate?negotiateVersion=1");
        assert_eq!(negotiated("http://a/hub?x=%2f#y", false), "http://a/hub/negotiate?x=%2f&negotiateVersion=1");
        assert_eq!(negotiated("http://a/hub?", false), "http://a/hub/negotiate?negotiateVersion=1");
    }

    #[test]
    fn what_the_query_says_already_is_not_said_again() {
        assert_eq!(negotiated("http://a/?negotiateVersion=0", false), "http://a/negotiate?negotiateVersion=0");
        assert_eq!(
            negotiated("http://a/?x=negotiateVersion", true),
            "http://a/negotiate?x=negotiateVersion&negotiateVersion=1&useStatefulReconnect=true"
        );
        let asking = "http://a/?useStatefulReconnect=true&negotiateVersion=1";
        assert_eq!(negotiated(asking, true), asking.replace("/?", "/negotiate?"));
        assert!(asks_for_stateful_reconnect(&parse(asking).unwrap()));
    }

    #[test]
    fn the_id_comes_behind_the_query() {
        let connected = |hub: &str, token: &str| String::from(connect(&parse(hub).unwrap(), token));
        assert_eq!(connected("http://a/hub", "abc-_"), "http://a/hub?id=abc-_");
        assert_eq!(connected("wss://a/hub?x=1", "a=&b"), "https://a/hub?x=1&id=a%3D%26b");
    }

    #[test]
    fn other_schemes_are_refused() {
        assert_eq!(parse("ftp://a").unwrap_err().to_string(), "Not an HTTP URL: 'ftp://a'.");
        assert!(parse("/hub").unwrap_err().to_string().starts_with("Not a URL: '/hub'"));
    }

    #[test]
    fn a_redirect_may_be_relative() {
        let hub = parse("http://a/hub").unwrap();
        assert_eq!(redirected(&hub, "/other?x=1").unwrap().as_str(), "http://a/other?x=1");
        assert_eq!(redirected(&hub, "https://b/hub").unwrap().as_str(), "https://b/hub");
        assert!(redirected(&hub, "mailto:a@b").is_none());
    }
}
