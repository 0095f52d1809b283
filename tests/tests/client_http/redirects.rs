//! Negotiation that leads elsewhere (section 1.4).

use futures_util::SinkExt as _;
use hub_client::http::{HttpConnectionOptions, Transports};
use hub_client::transport::ConnectError;
use tokio::time::timeout;

use crate::scripted::{Scripted, ok, write};
use crate::support::{EACH, HANDSHAKE, PATIENCE, by, connect, hear_until, say, wire};

const WHO: &str = "{\"type\":1,\"invocationId\":\"1\",\"target\":\"WhoAmI\",\"arguments\":[]}\u{1e}";

#[tokio::test]
async fn the_token_of_a_redirect_replaces_that_of_the_user() {
    let address = wire().await;
    for transports in EACH {
        let options = by(transports).with_access_token_provider(async || "original");
        let mut transport = connect(address, "/negotiate-redirect", options).await.unwrap().transport;
        say(&mut transport, HANDSHAKE).await.unwrap();
        hear_until(&mut transport, "{}").await;
        say(&mut transport, WHO).await.unwrap();
        let who = hear_until(&mut transport, "\"type\":3").await;
        assert!(who.contains("redirected") && !who.contains("original"), "{transports:?}: {who}");
    }
}

#[tokio::test]
async fn the_query_of_a_redirect_is_kept_and_the_original_is_asked_first_on_the_next_start() {
    let server = Scripted::serve(|request, socket| {
        let body = if request.target.starts_with("/elsewhere/") {
            "{\"connectionId\":\"a b\",\"availableTransports\":\
             [{\"transport\":\"LongPolling\",\"transferFormats\":[\"Text\"]}]}"
        } else {
            "{\"url\":\"/elsewhere/?hub=x\"}"
        };
        write(socket, ok("application/json", body))
    })
    .await;
    let expected = [
        "POST /hub/negotiate?negotiateVersion=1",
        "POST /elsewhere/negotiate?hub=x&negotiateVersion=1",
        "GET /elsewhere/?hub=x&id=a+b",
    ];
    for start in 0..2 {
        let before = server.lines().len();
        let connected = connect(server.address, "/hub", by(Transports::LONG_POLLING)).await.unwrap();
        assert_eq!(server.lines()[before..before + 3], expected, "start {start}");
        let mut sender = connected.transport.sender;
        timeout(PATIENCE, sender.close()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_circle_ends_after_a_hundred_redirects() {
    let server = Scripted::answering(ok("application/json", "{\"url\":\"/hub\"}")).await;
    let error = connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err();
    assert!(matches!(error, ConnectError::TooManyRedirects));
    assert_eq!(error.to_string(), "Negotiate redirection limit exceeded.");
    assert_eq!(server.seen().len(), 100);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_told() {
    let server = Scripted::answering(ok("application/json", "{\"url\":\"mailto:a@b\"}")).await;
    let error = connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("It redirects to 'mailto:a@b'"), "{error}");
}

#[tokio::test]
async fn a_circle_of_http_ends_too() {
    let found = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /hub/negotiate\r\nContent-Length: 0\r\n\r\n";
    let server = Scripted::answering(found.to_owned()).await;
    let error = connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "The negotiate request could not be sent: too many redirects");
}
