//! Statuses and bodies of the main endpoint (section 1.5).

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use hub_server::{HttpOptions, RouterExt, Transports};
use tower::ServiceExt as _;

use crate::client::{Client, HANDSHAKE, UPGRADE, negotiate, request, serve};
use crate::hub;

const SSE: (&str, &str) = ("accept", "text/event-stream");
const NO_ID: (u16, &str) = (400, "Connection ID required");
const UNKNOWN: (u16, &str) = (404, "No Connection with that ID");
const NO_POLLS: (u16, &str) = (404, "LongPolling transport not supported by this end point type");
const NO_EVENTS: (u16, &str) = (404, "ServerSentEvents transport not supported by this end point type");
const NOT_DELETABLE: (u16, &str) = (400, "Cannot terminate this connection using the DELETE endpoint.");

fn app() -> Router {
    Router::new().route_hub("/hub", hub::server().0)
}

/// A refusal tells what a GET was taken for.
fn app_without_transports() -> Router {
    let options = HttpOptions::default().with_transports(Transports::NONE);
    Router::new().route_hub_with("/hub", hub::server().0, options)
}

struct Answer {
    status: u16,
    body: String,
    content_type: Option<String>,
    uncached: bool,
}

impl Answer {
    fn is(&self, (status, body): (u16, &str)) -> bool {
        self.status == status && self.body == body && self.content_type.as_deref() == Some("text/plain")
    }
}

async fn ask(app: &Router, method: &str, target: &str, headers: &[(&str, &str)], body: &'static str) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let uncached = header("cache-control").as_deref() == Some("no-cache, no-store")
        && header("pragma").as_deref() == Some("no-cache")
        && header("expires").as_deref() == Some("Thu, 01 Jan 1970 00:00:00 GMT");
    let (status, content_type) = (response.status().as_u16(), header("content-type"));
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, body: String::from_utf8(body.to_vec()).unwrap(), content_type, uncached }
}

async fn token(app: &Router) -> String {
    let answer = ask(app, "POST", "/hub/negotiate?negotiateVersion=1", &[], "").await;
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    answer["connectionToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn ids_that_do_not_exist() {
    let app = app();
    for (method, headers) in [("GET", &[][..]), ("GET", &[SSE]), ("POST", &[]), ("DELETE", &[])] {
        for query in ["", "?id=", "?id", "?x=y"] {
            assert!(ask(&app, method, &format!("/hub{query}"), headers, "").await.is(NO_ID), "{method} {query}");
        }
        for query in ["?id=x", "?id=%20", "?id=%00", "?id=AAAAAAAAAAAAAAAAAAAAAA", "?id=a&id=b"] {
            assert!(ask(&app, method, &format!("/hub{query}"), headers, "").await.is(UNKNOWN), "{method} {query}");
        }
    }
}

#[tokio::test]
async fn only_polls_forbid_caches() {
    let app = app();
    assert!(ask(&app, "GET", "/hub", &[], "").await.uncached);
    assert!(ask(&app, "GET", "/hub?id=x", &[], "").await.uncached);
    assert!(!ask(&app, "GET", "/hub?id=x", &[SSE], "").await.uncached);
    assert!(!ask(&app, "POST", "/hub?id=x", &[], "").await.uncached);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let app = app();
    for method in ["HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"] {
        assert!(ask(&app, method, "/hub?id=x", &[], "").await.is((405, "")), "{method}");
    }
}

#[tokio::test]
async fn transports_that_are_not_offered() {
    let app = app_without_transports();
    let target = format!("/hub?id={}", token(&app).await);
    assert!(ask(&app, "GET", &target, &[], "").await.is(NO_POLLS));
    assert!(ask(&app, "GET", &target, &[SSE], "").await.is(NO_EVENTS));
}

#[tokio::test]
async fn which_accept_header_means_server_sent_events() {
    let app = app_without_transports();
    let target = format!("/hub?id={}", token(&app).await);
    for accept in [
        "text/event-stream",
        "TEXT/EVENT-STREAM",
        " text/event-stream ",
        "text/event-stream;",
        "text/html, text/event-stream",
        "text/event-stream, */*",
    ] {
        assert!(ask(&app, "GET", &target, &[("accept", accept)], "").await.is(NO_EVENTS), "{accept}");
    }
    assert!(ask(&app, "GET", &target, &[("accept", "text/html"), SSE], "").await.is(NO_EVENTS));
    for accept in
        ["text/event-stream;q=0.9", "text/event-stream; charset=utf-8", "text/*", "*/*", "text/event-streams", ""]
    {
        assert!(ask(&app, "GET", &target, &[("accept", accept)], "").await.is(NO_POLLS), "{accept}");
    }
}

#[tokio::test]
async fn which_id_works() {
    let app = app();
    let answer = ask(&app, "POST", "/hub/negotiate?negotiateVersion=1", &[], "").await;
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let (id, token) = (answer["connectionId"].as_str().unwrap(), answer["connectionToken"].as_str().unwrap());
    assert!(ask(&app, "POST", &format!("/hub?id={id}"), &[], "").await.is(UNKNOWN), "the public id");
    assert!(ask(&app, "POST", &format!("/hub?ID={token}"), &[], "").await.is((200, "")), "the key in capitals");
    assert!(ask(&app, "POST", &format!("/hub?id={token}&id={token}"), &[], "").await.is(UNKNOWN), "twice");
    let elsewhere = [("id", token), ("cookie", token)];
    assert!(ask(&app, "POST", "/hub", &elsewhere, "").await.is(NO_ID), "in headers");
    let version_0 = ask(&app, "POST", "/hub/negotiate", &[], "").await;
    let version_0: serde_json::Value = serde_json::from_str(&version_0.body).unwrap();
    let target = format!("/hub?id={}", version_0["connectionId"].as_str().unwrap());
    assert!(ask(&app, "POST", &target, &[], "").await.is((200, "")), "the id of version 0");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_used_is_forgotten() {
    let app = app();
    let target = format!("/hub?id={}", token(&app).await);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(ask(&app, "POST", &target, &[], "").await.is((200, "")));
    assert!(ask(&app, "DELETE", &target, &[], "").await.is(NOT_DELETABLE));
    tokio::time::advance(Duration::from_secs(5)).await;
    assert!(ask(&app, "POST", &target, &[], "").await.is(UNKNOWN));
}

#[tokio::test]
async fn a_post_before_the_start_is_read_at_the_start() {
    let address = serve(app()).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    let length = format!("Content-Length: {}\r\n\r\n{HANDSHAKE}", HANDSHAKE.len());
    let answer = request(address, "POST", &target, length.trim_end()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let mut client = Client::open(address, &target).await;
    assert_eq!(client.text().await, "{}\u{1e}");
    client.echo("x").await;
}

#[tokio::test]
async fn a_post_that_is_too_long_is_refused() {
    let options = HttpOptions::default().with_maximum_post_size(10);
    let app = Router::new().route_hub_with("/hub", hub::server().0, options);
    let target = format!("/hub?id={}", token(&app).await);
    assert!(ask(&app, "POST", &target, &[], "12345678901").await.is((400, "")));
    assert!(ask(&app, "POST", &target, &[], "1234567890").await.is((200, "")));
}

#[tokio::test(start_paused = true)]
async fn a_post_that_nobody_reads_waits_until_the_connection_is_forgotten() {
    let app = app();
    let target = format!("/hub?id={}", token(&app).await);
    let long: &'static str = "x".repeat(64 * 1024 - 1).leak();
    assert!(ask(&app, "POST", &target, &[], long).await.is((200, "")));
    let waiting = tokio::time::Instant::now();
    assert!(ask(&app, "POST", &target, &[], "x").await.is((404, "")));
    assert!(waiting.elapsed() >= Duration::from_secs(15));
}

#[tokio::test]
async fn upgrades_that_are_none_are_polls() {
    let address = serve(app_without_transports()).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    for (from, to) in [
        ("Version: 13", "Version: 12"),
        ("Sec-WebSocket-Version", "X"),
        ("Sec-WebSocket-Key", "X"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "abc"),
        ("websocket", "h2c"),
        ("Connection: Upgrade", "Connection: keep-alive"),
    ] {
        let answer = request(address, "GET", &target, &UPGRADE.replace(from, to)).await;
        assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("no-cache, no-store"), "{to}: {answer}");
    }
    let sse = format!("Accept: text/event-stream\r\n{UPGRADE}");
    let answer = request(address, "GET", &target, &sse).await;
    assert!(answer.starts_with("HTTP/1.1 404 ") && !answer.contains("no-store"), "{answer}");
    let answer = request(address, "POST", &target, UPGRADE).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn an_upgrade_of_an_unknown_connection() {
    let address = serve(app()).await;
    let answer = request(address, "GET", "/hub?id=x", UPGRADE).await;
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("transfer-encoding: chunked"), "{answer}");
    assert!(!answer.contains("content-type"), "{answer}");
}

#[tokio::test]
async fn an_upgrade_where_web_sockets_are_off() {
    let options = HttpOptions::default().with_transports(Transports::NONE);
    let address = serve(Router::new().route_hub_with("/hub", hub::server().0, options)).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    for target in [&target, "/hub"] {
        let answer = request(address, "GET", target, UPGRADE).await;
        assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("content-type: text/plain"), "{answer}");
    }
    let answer = request(address, "GET", "/hub?id=x", UPGRADE).await;
    assert!(!answer.contains("content-type"), "the id is looked up first: {answer}");
}

#[tokio::test]
async fn a_connection_that_runs() {
    let app = app();
    let address = serve(app.clone()).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    let mut client = Client::connect(address, &target).await;
    let answer = request(address, "GET", &target, UPGRADE).await;
    assert!(answer.starts_with("HTTP/1.1 409 ") && answer.contains("content-length: 0"), "{answer}");
    assert!(ask(&app, "DELETE", &target, &[], "").await.is(NOT_DELETABLE));
    let post = ask(&app, "POST", &target, &[], "x").await;
    assert!(post.is((405, "POST requests are not allowed for WebSocket connections.")));
    client.echo("still here").await;
    drop(client);
    while !ask(&app, "POST", &target, &[], "").await.is(UNKNOWN) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn without_negotiation_the_public_id_is_the_token() {
    let app = app();
    let address = serve(app.clone()).await;
    for target in ["/hub", "/hub?id="] {
        let mut client = Client::connect(address, target).await;
        client.send("{\"type\":1,\"invocationId\":\"1\",\"target\":\"WhoAmI\",\"arguments\":[]}\u{1e}").await;
        let answer = client.text().await;
        let answer: serde_json::Value = serde_json::from_str(answer.trim_end_matches('\u{1e}')).unwrap();
        let target = format!("/hub?id={}", answer["result"][0].as_str().unwrap());
        assert_eq!(ask(&app, "POST", &target, &[], "x").await.status, 405);
    }
}

#[tokio::test]
async fn a_sub_protocol_is_chosen_from_those_asked_for() {
    let options = HttpOptions::default()
        .with_web_socket_sub_protocol(|asked| asked.iter().find(|name| name.starts_with('b')).map(ToString::to_string));
    let chosen = serve(Router::new().route_hub_with("/hub", hub::server().0, options)).await;
    let default = serve(app()).await;
    let asking = format!("Sec-WebSocket-Protocol: a, b1\r\nSec-WebSocket-Protocol: b2\r\n{UPGRADE}");
    let answer = request(chosen, "GET", "/hub", &asking).await;
    assert!(answer.starts_with("HTTP/1.1 101 ") && answer.contains("sec-websocket-protocol: b1\r\n"), "{answer}");
    for (address, headers) in [(chosen, UPGRADE), (default, &asking)] {
        let answer = request(address, "GET", "/hub", headers).await;
        assert!(answer.starts_with("HTTP/1.1 101 ") && !answer.contains("sec-websocket-protocol"), "{answer}");
    }
}
