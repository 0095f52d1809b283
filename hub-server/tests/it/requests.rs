//! The transports that are made of requests, over real HTTP connections.

use std::time::Duration;

use axum::Router;
use hub_server::RouterExt;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{HANDSHAKE, invocation, negotiate, request, serve};
use crate::hub;

const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a request without waiting for its answer.
async fn begin(address: std::net::SocketAddr, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head} HTTP/1.1\r\nHost: test\r\n{body}").as_bytes()).await.unwrap();
    stream
}

async fn post(address: std::net::SocketAddr, target: &str, body: &str) {
    let length = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = begin(address, &format!("POST {target}"), &length).await;
    let mut answer = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

/// Reads until `text` has come.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut received = Vec::new();
    while !String::from_utf8_lossy(&received).contains(text) {
        let read = timeout(PATIENCE, stream.read_buf(&mut received)).await.expect("more to come").unwrap();
        assert_ne!(read, 0, "the end, after {}", String::from_utf8_lossy(&received));
    }
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn a_stream_of_events_goes_on_until_its_client_vanishes() {
    let (server, mut endings) = hub::server();
    let address = serve(Router::new().route_hub("/hub", server)).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    let mut events = begin(address, &format!("GET {target}"), "Accept: text/event-stream\r\n\r\n").await;
    let head = read_until(&mut events, ":\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked"), "{head}");
    post(address, &target, HANDSHAKE).await;
    read_until(&mut events, "data: {}\u{1e}\r\n\r\n").await;
    for text in ["one", "two", "three"] {
        post(address, &target, &invocation("Echo", text)).await;
        read_until(&mut events, text).await;
    }
    drop(events);
    assert_eq!(timeout(PATIENCE, endings.recv()).await.unwrap(), Some(None));
}

#[tokio::test]
async fn a_poll_whose_client_vanishes_takes_nothing_along() {
    let (server, _endings) = hub::server();
    let address = serve(Router::new().route_hub("/hub", server)).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    assert!(request(address, "GET", &target, "").await.contains("application/octet-stream"));
    post(address, &target, HANDSHAKE).await;
    let mut poll = begin(address, &format!("GET {target}"), "\r\n").await;
    read_until(&mut poll, "{}\u{1e}").await;
    let vanishing = begin(address, &format!("GET {target}"), "\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(vanishing);
    tokio::time::sleep(Duration::from_millis(100)).await;
    post(address, &target, &invocation("Echo", "kept")).await;
    let mut poll = begin(address, &format!("GET {target}"), "\r\n").await;
    read_until(&mut poll, "kept").await;
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_what_came() {
    let (server, _endings) = hub::server();
    let address = serve(Router::new().route_hub("/hub", server)).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    let (half, rest) = HANDSHAKE.split_at(10);
    let length = format!("Content-Length: {}\r\n\r\n{half}", HANDSHAKE.len());
    let broken = begin(address, &format!("POST {target}"), &length).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(broken);
    post(address, &target, rest).await;
    request(address, "GET", &target, "").await;
    let mut poll = begin(address, &format!("GET {target}"), "\r\n").await;
    read_until(&mut poll, "{}\u{1e}").await;
}

#[tokio::test]
async fn a_body_said_to_be_too_large_is_refused_before_it_comes() {
    let address = serve(Router::new().route_hub("/hub", hub::server().0)).await;
    let target = format!("/hub?id={}", negotiate(address, "/hub").await);
    let mut stream = begin(address, &format!("POST {target}"), "Content-Length: 30000001\r\n\r\n").await;
    read_until(&mut stream, "HTTP/1.1 400").await;
}

#[tokio::test]
async fn many_pollers_at_once() {
    const CLIENTS: usize = 100;
    let address = serve(Router::new().route_hub("/hub", hub::server().0)).await;
    let mut polls = Vec::new();
    let mut targets = Vec::new();
    for _ in 0..CLIENTS {
        let target = format!("/hub?id={}", negotiate(address, "/hub").await);
        request(address, "GET", &target, "").await;
        post(address, &target, HANDSHAKE).await;
        read_until(&mut begin(address, &format!("GET {target}"), "\r\n").await, "{}\u{1e}").await;
        polls.push(begin(address, &format!("GET {target}"), "\r\n").await);
        targets.push(target);
    }
    post(address, &targets[0], &invocation("ToAll", "to everybody")).await;
    for mut poll in polls {
        read_until(&mut poll, "to everybody").await;
    }
}
