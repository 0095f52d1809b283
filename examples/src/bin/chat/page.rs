//! The page and what it loads.

use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

/// The official client, where Microsoft's documentation takes it from.
const CDN: &str = "https://cdnjs.cloudflare.com/ajax/libs/microsoft-signalr/8.0.7/signalr.min.js";
/// Where npm may have put it, seen from this package.
const INSTALLS: [&str; 2] = ["node_modules", "../tests/browser/node_modules"];
const SCRIPT: &str = "@microsoft/signalr/dist/browser/signalr.min.js";

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(Html(include_str!("page/index.html"))))
        .route("/style.css", get(([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page/style.css"))))
        .route("/chat.js", get(javascript(include_str!("page/chat.js"))))
        .route("/signalr.min.js", get(signalr))
}

async fn signalr() -> Response {
    for install in INSTALLS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(install).join(SCRIPT);
        if let Ok(script) = tokio::fs::read_to_string(path).await {
            return javascript(script).into_response();
        }
    }
    Redirect::temporary(CDN).into_response()
}

fn javascript<S>(script: S) -> ([(axum::http::HeaderName, &'static str); 1], S) {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script)
}
