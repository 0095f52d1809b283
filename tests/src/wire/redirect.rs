//! A negotiate endpoint that sends clients elsewhere (N-25).

use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde::Serialize;

/// Where to go, and with which token.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Redirection {
    url: String,
    access_token: &'static str,
}

/// Sends everybody to `/wire` of the same host.
pub(super) async fn negotiate(headers: HeaderMap) -> Json<Redirection> {
    let host = headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes())).unwrap_or_default();
    Json(Redirection { url: format!("http://{host}/wire"), access_token: "redirected" })
}
