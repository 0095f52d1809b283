//! What is asked for in negotiation, and answers that cannot be used.

use std::time::Duration;

use hub_client::http::reqwest::header::{HeaderName, HeaderValue};
use hub_client::http::{HttpConnectionOptions, Transports};
use hub_client::transport::{ConnectError, ConnectRequest, TransferFormat};

use crate::scripted::{Scripted, answer, ok, stall, write};
use crate::support::{EACH, by, connect, connect_for, connect_to, wire};

async fn refused(answer: String) -> ConnectError {
    let server = Scripted::answering(answer).await;
    connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err()
}

#[tokio::test]
async fn negotiate_is_a_post_that_says_what_the_client_is() {
    let server = Scripted::offering(&["LongPolling"], |_, socket| write(socket, ok("text/plain", ""))).await;
    let options = HttpConnectionOptions::default()
        .with_header(HeaderName::from_static("x-tenant"), HeaderValue::from_static("a"));
    let connected = connect(server.address, "/hub/?x=1", options).await.unwrap();
    assert_eq!(connected.connection_id.as_deref(), Some("id1"));
    let seen = server.seen();
    assert_eq!(server.lines()[..2], ["POST /hub/negotiate?x=1&negotiateVersion=1", "GET /hub/?x=1&id=token1"]);
    for request in &seen[..2] {
        assert!(request.header("user-agent").unwrap().starts_with("Microsoft SignalR/"));
        assert_eq!(request.header("x-requested-with"), Some("XMLHttpRequest"));
        assert_eq!(request.header("accept"), Some("*/*"));
        assert_eq!(request.header("x-tenant"), Some("a"));
        assert_eq!(request.body, "");
    }
    assert_eq!(seen[0].header("content-length"), Some("0"));
}

#[tokio::test]
async fn cookies_of_negotiation_come_with_every_later_request() {
    for (transports, name) in EACH.into_iter().zip(["WebSockets", "ServerSentEvents", "LongPolling"]) {
        let server = Scripted::serve(move |request, socket| async move {
            if !request.target.contains("negotiate") {
                return write(socket, answer("404 Not Found", "text/plain", "")).await;
            }
            let offer = format!(
                "{{\"connectionId\":\"a\",\"availableTransports\":[{{\"transport\":\"{name}\",\
                 \"transferFormats\":[\"Text\"]}}]}}"
            );
            let answer = ok("application/json", &offer).replacen("\r\n", "\r\nSet-Cookie: node=7; Path=/\r\n", 1);
            write(socket, answer).await
        })
        .await;
        connect(server.address, "/hub", by(transports)).await.unwrap_err();
        let seen = server.seen();
        assert_eq!((seen[0].header("cookie"), seen[1].header("cookie")), (None, Some("node=7")), "{name}");
    }
}

#[tokio::test]
async fn a_refusal_by_status_is_a_case_of_its_own() {
    for (line, status) in [("401 Unauthorized", 401), ("403 Forbidden", 403), ("404 Not Found", 404), ("500 Oh", 500)] {
        let error = refused(answer(line, "text/plain", "go\naway")).await;
        assert!(matches!(error, ConnectError::Status { request: "negotiate", .. }), "{error:?}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.to_string().contains(": go away."), "{error}");
    }
}

#[tokio::test]
async fn a_web_page_is_told_in_part() {
    let error = refused(ok("text/html", &format!("<html>Welcome{}", " to our home page".repeat(2000)))).await;
    assert!(matches!(error, ConnectError::InvalidResponse(_)));
    let text = error.to_string();
    assert!(text.contains("It is no JSON (text/html): <html>Welcome to our"), "{text}");
    assert!(text.len() < 500, "{text}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_without_end() {
    let server = Scripted::serve(|_, socket| async move {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
        let mut socket = write(socket, head).await?;
        loop {
            socket = write(socket, " ".repeat(10_000)).await?;
        }
    })
    .await;
    let error = connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("It is longer than 65536 bytes."), "{error}");
}

#[tokio::test]
async fn the_servers_own_error_is_told() {
    let error = refused(ok("application/json", "{\"error\":\"Not today.\"}")).await;
    assert!(matches!(&error, ConnectError::Refused(text) if text == "Not today."));
}

#[tokio::test]
async fn a_version_that_the_server_does_not_want_is_its_error() {
    let url = format!("http://{}/wire-v1?negotiateVersion=0", wire().await);
    let error = connect_to(&url, HttpConnectionOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("requested version '0'"), "{error}");
}

#[tokio::test]
async fn an_id_of_no_length_is_refused() {
    let error = refused(ok("application/json", "{\"connectionId\":\"\",\"availableTransports\":[]}")).await;
    assert_eq!(error.to_string(), "Invalid connection id.");
}

#[tokio::test]
async fn a_server_that_offers_nothing_is_told() {
    let error = refused(ok("application/json", "{\"connectionId\":\"a\",\"availableTransports\":[]}")).await;
    assert!(matches!(&error, ConnectError::NoTransport(failures) if failures.is_empty()));
}

#[tokio::test]
async fn a_stateful_reconnect_that_nobody_asked_for_is_refused() {
    let body = "{\"connectionId\":\"a\",\"useStatefulReconnect\":true,\"availableTransports\":[]}";
    let error = refused(ok("application/json", body)).await;
    assert_eq!(error.to_string(), "Client didn't negotiate Stateful Reconnect but the server did.");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let silent = Scripted::serve(|_, socket| stall(socket)).await;
    let half = Scripted::serve(|_, socket| async {
        stall(write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"conn").await?).await
    })
    .await;
    for server in [silent, half] {
        let options = HttpConnectionOptions::default().with_http_timeout(Duration::from_millis(300));
        let error = connect(server.address, "/hub", options).await.unwrap_err();
        assert!(matches!(error, ConnectError::TimedOut { request: "negotiate", .. }), "{error:?}");
        assert_eq!(error.to_string(), "The negotiate request was not answered within 0.3 seconds.");
    }
}

#[tokio::test]
async fn without_negotiation_the_web_socket_is_the_first_request() {
    let address = wire().await;
    let connected = connect(address, "/wire", by(Transports::WEB_SOCKETS).with_skip_negotiation(true)).await.unwrap();
    assert!(connected.connection_id.is_none() && connected.resume.is_none() && !connected.inherent_keep_alive);
    for transports in [Transports::ALL, Transports::LONG_POLLING] {
        let error = connect(address, "/wire", by(transports).with_skip_negotiation(true)).await.unwrap_err();
        assert!(matches!(error, ConnectError::InvalidOptions(_)));
        let text = "Negotiation can only be skipped when using the WebSocket transport directly.";
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test]
async fn a_url_that_is_none_is_told_when_it_is_used() {
    for url in ["", "hub", "ftp://host/hub", "http://"] {
        let error = connect_to(url, HttpConnectionOptions::default()).await.unwrap_err();
        assert!(matches!(error, ConnectError::InvalidOptions(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn transports_that_cannot_carry_the_protocol_are_passed_over() {
    let url = format!("http://{}/wire", wire().await);
    let binary = ConnectRequest::new(TransferFormat::Binary);
    let error = connect_for(binary, &url, by(Transports::SERVER_SENT_EVENTS)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Unable to connect to the server with any of the available transports. \
         (WebSockets failed: The transport is disabled by the client.) \
         (ServerSentEvents failed: The transport does not support the 'Binary' transfer format.) \
         (LongPolling failed: The transport is disabled by the client.)"
    );
}
