//! `POST {path}/negotiate` (section 1).

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use hub_server::{HttpOptions, RouterExt, Transports};
use tower::ServiceExt as _;

use crate::hub;

const NOT_AN_INTEGER: &str = r#"{"error":"The client requested a non-integer protocol version."}"#;

fn app(options: HttpOptions) -> Router {
    Router::new().route_hub_with("/hub", hub::server().0, options)
}

async fn ask(app: &Router, method: &str, target: &str, body: &'static str) -> Response<Body> {
    let request = Request::builder().method(method).uri(target).body(Body::from(body)).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

async fn body_of(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

/// The answer with ids and tokens by name.
async fn negotiate(app: &Router, query: &str) -> String {
    let response = ask(app, "POST", &format!("/hub/negotiate{query}"), "").await;
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    assert_eq!(response.headers()["content-type"], "application/json", "{query}");
    let length = response.headers()["content-length"].to_str().unwrap().to_owned();
    let body = body_of(response).await;
    assert_eq!(length, body.len().to_string(), "{query}");
    let mut shown = body.clone();
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    for name in ["connectionId", "connectionToken"] {
        if let Some(value) = answer[name].as_str() {
            assert!(
                value.len() == 22 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
                "{value}"
            );
            shown = shown.replace(value, name);
        }
    }
    shown
}

fn unsupported(version: &str) -> String {
    format!(r#"{{"error":"The client requested version '{version}', but the server does not support this version."}}"#)
}

#[tokio::test]
async fn versions() {
    const TRANSPORTS: &str = concat!(
        r#""availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]},"#,
        r#"{"transport":"ServerSentEvents","transferFormats":["Text"]},"#,
        r#"{"transport":"LongPolling","transferFormats":["Text","Binary"]}]"#
    );
    let version_0 = format!(r#"{{"negotiateVersion":0,"connectionId":"connectionId",{TRANSPORTS}}}"#);
    let version_1 = format!(
        r#"{{"negotiateVersion":1,"connectionId":"connectionId","connectionToken":"connectionToken",{TRANSPORTS}}}"#
    );
    let app = app(HttpOptions::default());
    for query in ["", "?", "?negotiateVersion=0", "?negotiateVersion=-0", "?x=1&&=&y"] {
        assert_eq!(negotiate(&app, query).await, version_0, "{query}");
    }
    for query in [
        "?negotiateVersion=1",
        "?negotiateVersion=2",
        "?negotiateVersion=99",
        "?negotiateVersion=2147483647",
        "?negotiateVersion=%2B1",
        "?negotiateVersion=+1",
        "?negotiateVersion=%201%20",
        "?negotiateVersion=1%09",
        "?negotiateVersion=1%00",
        "?negotiateVersion=0001",
        "?NEGOTIATEVERSION=1",
        "?negotiate%56ersion=1",
        "?a=b&negotiateVersion=1&c=d&&=&e",
        "?negotiateVersion=1&useStatefulReconnect=true&id=abc",
    ] {
        assert_eq!(negotiate(&app, query).await, version_1, "{query}");
    }
    for query in [
        "?negotiateVersion=2147483648",
        "?negotiateVersion=-2147483649",
        "?negotiateVersion=",
        "?negotiateVersion",
        "?negotiateVersion=1.0",
        "?negotiateVersion=1e0",
        "?negotiateVersion=abc",
        "?negotiateVersion=%3Cb%3E%22%27%26%2B%C3%A9%E6%97%A5%F0%9F%98%80",
        "?negotiateVersion=0x1",
        "?negotiateVersion=1,000",
        "?negotiateVersion=1&negotiateVersion=1",
        "?negotiateVersion=%C2%A01",
        "?negotiateVersion=%D9%A1",
    ] {
        assert_eq!(negotiate(&app, query).await, NOT_AN_INTEGER, "{query}");
    }
    assert_eq!(negotiate(&app, "?negotiateVersion=-1").await, unsupported("-1"));
    assert_eq!(negotiate(&app, "?negotiateVersion=-2147483648").await, unsupported("-2147483648"));
}

#[tokio::test]
async fn a_minimum_version() {
    let app = app(HttpOptions::default().with_minimum_protocol_version(1));
    assert_eq!(negotiate(&app, "").await, unsupported("0"));
    assert_eq!(negotiate(&app, "?negotiateVersion=0").await, unsupported("0"));
    assert_eq!(negotiate(&app, "?negotiateVersion=-1").await, unsupported("-1"));
    assert_eq!(negotiate(&app, "?negotiateVersion=x").await, NOT_AN_INTEGER);
    assert!(negotiate(&app, "?negotiateVersion=1").await.contains("connectionToken"));
    assert!(negotiate(&app, "?negotiateVersion=2").await.starts_with(r#"{"negotiateVersion":1"#));
}

#[tokio::test]
async fn no_transports() {
    let app = app(HttpOptions::default().with_transports(Transports::NONE));
    assert!(negotiate(&app, "").await.ends_with(r#""availableTransports":[]}"#));
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let app = app(HttpOptions::default());
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] {
        let response = ask(&app, method, "/hub/negotiate?negotiateVersion=1", "").await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.headers()["content-type"], "text/plain", "{method}");
        assert!(response.headers().get("allow").is_none(), "{method}");
        assert_eq!(response.headers().contains_key("content-length"), method != "HEAD", "{method}");
        assert_eq!(body_of(response).await, "", "{method}");
    }
}

#[tokio::test]
async fn the_body_is_ignored() {
    let app = app(HttpOptions::default());
    for body in [r#"{"negotiateVersion":0}"#, "{{{", "hello"] {
        let response = ask(&app, "POST", "/hub/negotiate?negotiateVersion=1", body).await;
        assert!(body_of(response).await.starts_with(r#"{"negotiateVersion":1"#));
    }
}

#[tokio::test]
async fn ids_and_tokens_are_always_new() {
    let app = app(HttpOptions::default());
    let mut seen = std::collections::HashSet::new();
    for _ in 0..10 {
        let answer = body_of(ask(&app, "POST", "/hub/negotiate?negotiateVersion=1", "").await).await;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        for name in ["connectionId", "connectionToken"] {
            assert!(seen.insert(answer[name].as_str().unwrap().to_owned()), "{answer}");
        }
    }
}

#[tokio::test]
async fn hubs_may_be_nested_and_mounted_at_the_root() {
    let inner = Router::new().route_hub("/hub", hub::server().0);
    let app = Router::new().nest("/api", inner).route_hub("/", hub::server().0).with_state(());
    for target in ["/api/hub/negotiate", "/negotiate"] {
        assert_eq!(ask(&app, "POST", target, "").await.status(), StatusCode::OK, "{target}");
    }
}
