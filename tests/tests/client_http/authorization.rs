//! Tokens (section 10 of the behaviour sheet).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hub_client::http::{HttpConnectionOptions, Transports};
use hub_client::transport::ConnectError;
use tokio::time::sleep;

use crate::scripted::{Scripted, Seen, answer, ok, switching, write};
use crate::support::{EACH, HANDSHAKE, by, connect, ending, hear_until, say, wire};

/// Gives `token1`, `token2`…
fn numbered(options: HttpConnectionOptions) -> HttpConnectionOptions {
    let calls = Arc::new(AtomicUsize::new(0));
    options.with_access_token_provider(move || {
        let number = calls.fetch_add(1, Ordering::Relaxed) + 1;
        async move { format!("token{number}") }
    })
}

fn tokens(seen: &[Seen]) -> Vec<Option<&str>> {
    seen.iter().map(|request| request.header("authorization")).collect()
}

#[tokio::test]
async fn a_hub_that_wants_a_user_gets_one_over_each_transport() {
    let address = wire().await;
    for transports in EACH {
        let error = connect(address, "/wire-auth", by(transports)).await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
        let options = by(transports).with_access_token_provider(async || "alice");
        let mut transport = connect(address, "/wire-auth", options).await.unwrap().transport;
        say(&mut transport, HANDSHAKE).await.unwrap();
        hear_until(&mut transport, "{}").await;
        say(&mut transport, "{\"type\":1,\"invocationId\":\"1\",\"target\":\"WhoAmI\",\"arguments\":[]}\u{1e}")
            .await
            .unwrap();
        assert!(hear_until(&mut transport, "\"type\":3").await.contains("alice"), "{transports:?}");
    }
}

#[tokio::test]
async fn the_provider_is_asked_for_negotiation_and_for_the_web_socket() {
    let server = Scripted::offering(&["WebSockets"], |request, socket| async move {
        write(socket, switching(&request)).await;
        None
    })
    .await;
    connect(server.address, "/hub", numbered(HttpConnectionOptions::default())).await.unwrap();
    assert_eq!(tokens(&server.seen()), [Some("Bearer token1"), Some("Bearer token2")]);
}

#[tokio::test]
async fn other_requests_use_the_token_of_negotiation_until_it_is_refused() {
    let server = Scripted::offering(&["LongPolling"], |request, socket| async move {
        // The third poll is to be refused, and what comes of it is to go on.
        let refused = request.method == "POST" && request.header("authorization") == Some("Bearer token1");
        if request.method == "GET" {
            sleep(Duration::from_millis(20)).await;
        }
        let status = if refused { "401 Unauthorized" } else { "200 OK" };
        write(socket, answer(status, "text/plain", "")).await
    })
    .await;
    let mut connected = connect(server.address, "/hub", numbered(HttpConnectionOptions::default())).await.unwrap();
    say(&mut connected.transport, "hello").await.unwrap();
    let posts = loop {
        let seen = server.seen();
        let posts: Vec<_> = seen.into_iter().filter(|request| request.is("POST", "/hub")).collect();
        if posts.len() == 2 {
            break posts;
        }
        sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(tokens(&posts), [Some("Bearer token1"), Some("Bearer token2")]);
    assert_eq!((posts[0].body.as_str(), posts[1].body.as_str()), ("hello", "hello"));
    assert_eq!(tokens(&server.seen()[..2]), [Some("Bearer token1"), Some("Bearer token1")]);
}

#[tokio::test]
async fn a_request_that_is_refused_twice_ends_the_transport() {
    let server = Scripted::offering(&["LongPolling"], |request, socket| async move {
        if request.method == "GET" && request.header("authorization") == Some("Bearer token1") {
            return write(socket, ok("text/plain", "")).await;
        }
        write(socket, answer("401 Unauthorized", "text/plain", "")).await
    })
    .await;
    let mut connected = connect(server.address, "/hub", numbered(HttpConnectionOptions::default())).await.unwrap();
    say(&mut connected.transport, "hello").await.unwrap();
    let error = ending(&mut connected.transport).await.unwrap_err();
    assert!(error.to_string().contains("answered with status 401"), "{error}");
}

#[tokio::test]
async fn a_refused_negotiation_is_final() {
    let server = Scripted::answering(answer("401 Unauthorized", "text/plain", "")).await;
    let error = connect(server.address, "/hub", numbered(HttpConnectionOptions::default())).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_provider_that_fails_is_told() {
    let server = Scripted::answering(ok("text/plain", "")).await;
    let options = by(Transports::ALL).with_access_token_provider(async || Err::<String, _>("not logged in"));
    let error = connect(server.address, "/hub", options).await.unwrap_err();
    assert!(matches!(error, ConnectError::AccessToken(_)));
    assert_eq!(error.to_string(), "The access token provider has failed: not logged in");
    assert!(server.seen().is_empty());
}
