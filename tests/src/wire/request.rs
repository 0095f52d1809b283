//! What hubs tell of the request that connected, in the words of ASP.NET Core.

use axum::http::header::COOKIE;
use axum::http::request::Parts;

/// The values of a header, with commas between them.
pub(super) fn header(request: &Parts, name: &str) -> Option<String> {
    joined(request.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()))
}

/// The values of a key of the query, with commas between them.
pub(super) fn query(request: &Parts, key: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes());
    joined(pairs.filter(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value.into_owned()))
}

/// The value of a cookie.
pub(super) fn cookie(request: &Parts, name: &str) -> Option<String> {
    let cookies = header(request, COOKIE.as_str())?;
    let mut pairs = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
}

fn joined(values: impl Iterator<Item = String>) -> Option<String> {
    values.reduce(|joined, value| joined + "," + &value)
}
