//! Compressed messages over WebSockets (RFC 7692).

use std::net::SocketAddr;

use axum::Router;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use hub_server::{HttpOptions, RawConnection, RouterExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::client::{Client, UPGRADE, frame, invocation, request, serve};
use crate::http::send;
use crate::hub::{self, Endings};

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
const ANSWER: &str =
    "sec-websocket-extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";

fn options() -> HttpOptions {
    HttpOptions::default().with_web_socket_compression(true)
}

async fn hub() -> (SocketAddr, Endings) {
    let (server, endings) = hub::server();
    (serve(Router::new().route_hub_with("/hub", server, options())).await, endings)
}

/// A WebSocket whose client offers compression, and the answer to its upgrade.
async fn open(address: SocketAddr, target: &str) -> (Client<TcpStream>, String) {
    Client::upgrade_with(TcpStream::connect(address).await.unwrap(), target, OFFER).await
}

/// One on which compression was agreed upon, with the handshake done.
async fn connect(address: SocketAddr) -> Client<TcpStream> {
    let (mut client, head) = open(address, "/hub").await;
    assert!(head.to_ascii_lowercase().contains(ANSWER), "{head}");
    client.shake_hands().await;
    client
}

fn deflate(message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(message.len() + 64);
    Compress::new(Compression::best(), false).compress_vec(message, &mut payload, FlushCompress::Sync).unwrap();
    payload.truncate(payload.len() - TAIL.len());
    payload
}

fn inflate(payload: &[u8], size: usize) -> String {
    let mut message = Vec::with_capacity(size + 64);
    let whole = [payload, &TAIL].concat();
    Decompress::new(false).decompress_vec(&whole, &mut message, FlushDecompress::Sync).unwrap();
    String::from_utf8(message).unwrap()
}

fn broadcast(text: &str) -> String {
    format!("{{\"type\":1,\"target\":\"Receive\",\"arguments\":[\"{text}\"]}}\u{1e}")
}

#[tokio::test]
async fn an_offer_is_answered_where_compression_is_on() {
    let app = Router::new().route_hub_with("/on", hub::server().0, options()).route_hub("/off", hub::server().0);
    let address = serve(app).await;
    let head = |target| async move { open(address, target).await.1.to_ascii_lowercase() };
    assert!(head("/on").await.contains(ANSWER));
    assert!(!head("/off").await.contains("sec-websocket-extensions"));
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut client, head) = Client::upgrade_with(stream, "/on", "").await;
    assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{head}");
    client.shake_hands().await;
    client.write(&frame(0xc1, &deflate(b"{\"type\":6}\x1e"))).await;
    assert_eq!(client.close_code().await, 1002, "nothing was agreed upon");
}

#[tokio::test]
async fn calls_and_answers_may_be_compressed() {
    let (address, _endings) = hub().await;
    let mut client = connect(address).await;
    client.echo("short answers are not").await;
    let text = "long ones are ".repeat(200);
    let call = deflate(invocation("Echo", &text).as_bytes());
    let (start, end) = call.split_at(call.len() / 2);
    for call in [frame(0xc1, &call), frame(0xc2, &call), [frame(0x41, start), frame(0x80, end)].concat()] {
        for byte in call {
            client.write(&[byte]).await;
        }
        let answer = client.frame().await.unwrap();
        assert_eq!(answer.first, 0xc1);
        assert!(answer.payload.len() < 200, "{}", answer.payload.len());
        let expected = format!("{{\"type\":3,\"invocationId\":\"1\",\"result\":\"{text}\"}}\u{1e}");
        assert_eq!(inflate(&answer.payload, expected.len()), expected);
    }
}

#[tokio::test]
async fn a_broadcast_reaches_each_as_it_can_read() {
    let (address, _endings) = hub().await;
    let mut compressed = Vec::new();
    let mut plain = Vec::new();
    for _ in 0..5 {
        compressed.push(connect(address).await);
        plain.push(Client::connect(address, "/hub").await);
    }
    let text = "to everybody ".repeat(200);
    plain[0].send(&format!("{{\"type\":1,\"target\":\"ToAll\",\"arguments\":[\"{text}\"]}}\u{1e}")).await;
    for client in &mut plain {
        assert_eq!(client.text().await, broadcast(&text));
    }
    let first = compressed[0].frame().await.unwrap();
    assert_eq!((first.first, inflate(&first.payload, 3_000)), (0xc1, broadcast(&text)));
    for client in &mut compressed[1..] {
        assert_eq!(client.frame().await.as_ref(), Some(&first));
    }
}

#[tokio::test]
async fn what_cannot_be_expanded_is_answered_with_1007() {
    let (address, mut endings) = hub().await;
    for payload in [&[0x07][..], b"", &deflate(b"\xff")] {
        let mut client = connect(address).await;
        client.write(&frame(0xc1, payload)).await;
        assert_eq!(client.close_code().await, 1007);
        assert_eq!(client.frame().await, None);
        assert!(endings.recv().await.unwrap().is_some_and(|reason| reason.contains("WebSocket")));
    }
}

#[tokio::test]
async fn the_largest_message_is_measured_as_it_is_when_expanded() {
    let (address, mut endings) = hub().await;
    let mut client = connect(address).await;
    let bomb = deflate(&vec![b' '; 10_000_000]);
    assert!(bomb.len() < 12_000);
    client.write(&frame(0xc1, &bomb)).await;
    assert_eq!(
        client.text().await,
        "{\"type\":7,\"error\":\"Connection closed with an error.\",\"allowReconnect\":true}\u{1e}"
    );
    let reason = endings.recv().await.unwrap().unwrap();
    assert!(reason.contains("maximum message size"), "{reason}");
}

async fn measure(mut connection: RawConnection, sizes: UnboundedSender<usize>) -> std::io::Result<()> {
    while let Some(bytes) = connection.read().await? {
        let _ = sizes.send(bytes.len());
    }
    Ok(())
}

#[tokio::test]
async fn a_bomb_comes_in_portions() {
    let (sizes, mut received) = unbounded_channel();
    let app = Router::new().route_connection_with("/raw", move |raw| measure(raw, sizes.clone()), options());
    let (mut client, _) = open(serve(app).await, "/raw").await;
    let size = 10_000_000;
    client.write(&[frame(0xc2, &deflate(&vec![0; size])), frame(0x81, b"behind"), frame(0x89, b"?")].concat()).await;
    assert_eq!(client.frame().await.unwrap().payload, b"?");
    client.write(&frame(0x88, b"")).await;
    let (mut total, mut largest) = (0, 0);
    while let Some(size) = received.recv().await {
        total += size;
        largest = largest.max(size);
        if total == 10_000_000 + "behind".len() {
            break;
        }
    }
    assert!(largest <= 400_000, "{largest}");
}

const RESUMABLE: &str = "{\"protocol\":\"json\",\"version\":2}\u{1e}";

/// The target of a new connection that can be resumed, where it is served.
async fn resumable() -> (SocketAddr, String) {
    let options = options().allow_stateful_reconnects(true);
    let app = Router::new().route_hub_with("/hub", hub::server().0, options);
    let answer = send(&app, "POST", "/hub/negotiate?negotiateVersion=1&useStatefulReconnect=true", &[], "").await;
    let negotiation: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let target = format!("/hub?id={}", negotiation["connectionToken"].as_str().unwrap());
    (serve(app).await, target)
}

#[tokio::test]
async fn what_is_sent_again_is_compressed_as_it_was() {
    let (address, target) = resumable().await;
    let (mut client, _) = open(address, &target).await;
    client.send(RESUMABLE).await;
    assert_eq!(client.text().await, "{}\u{1e}");
    let text = "again and ".repeat(200);
    client.send(&invocation("Echo", &text)).await;
    let answer = client.frame().await.unwrap();
    assert_eq!(answer.first, 0xc1);
    drop(client);
    let refused = request(address, "GET", &target, UPGRADE).await;
    assert!(refused.starts_with("HTTP/1.1 409 "), "it could not be read without compression: {refused}");
    let (mut client, head) = open(address, &target).await;
    assert!(head.to_ascii_lowercase().contains(ANSWER), "{head}");
    client.send("{\"type\":9,\"sequenceId\":1}\u{1e}").await;
    assert_eq!(client.text().await, "{\"type\":9,\"sequenceId\":1}\u{1e}");
    assert_eq!(client.frame().await, Some(answer));
}

#[tokio::test]
async fn a_connection_that_began_without_compression_goes_on_without() {
    let (address, target) = resumable().await;
    let mut client = Client::open(address, &target).await;
    client.send(RESUMABLE).await;
    assert_eq!(client.text().await, "{}\u{1e}");
    let (_client, head) = open(address, &target).await;
    assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{head}");
}
