//! WebSockets: how they are opened, and how they end.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use hub_client::http::{HttpConnectionOptions, Transports};
use hub_client::transport::{ConnectError, ConnectRequest, Connected, TransferFormat, TransportError};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::scripted::{Scripted, Seen, answer, ok, stall, switching, write};
use crate::support::{HANDSHAKE, PATIENCE, by, connect, connect_for, ending, hear, hear_until, say, wire};

/// A server that offers WebSockets only, and opens them as `script` wants to.
async fn web_sockets<F>(script: impl Fn(Seen, TcpStream) -> F + Clone + Send + Sync + 'static) -> Scripted
where
    F: Future<Output = Option<TcpStream>> + Send,
{
    Scripted::offering(&["WebSockets"], script).await
}

async fn open(server: &Scripted) -> Result<Connected, ConnectError> {
    connect(server.address, "/hub", HttpConnectionOptions::default()).await
}

/// How a WebSocket ends that says this, and then is cut off.
async fn ending_after(frames: &'static [u8]) -> Result<(), TransportError> {
    let server = web_sockets(move |request, socket| async move {
        let socket = write(socket, switching(&request)).await?;
        let mut socket = write(socket, frames).await?;
        // Reads what the client answers, so that the socket is not reset.
        let mut ignored = [0; 100];
        let _ = timeout(Duration::from_millis(200), socket.read(&mut ignored)).await;
        None
    })
    .await;
    ending(&mut open(&server).await.unwrap().transport).await
}

/// One frame of a client, unmasked.
async fn read_frame(socket: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 6];
    socket.read_exact(&mut head).await.ok()?;
    assert_eq!(head[1] & 0x80, 0x80, "clients mask");
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    socket.read_exact(&mut payload).await.ok()?;
    payload.iter_mut().zip(head[2..].iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Some((head[0], payload))
}

/// What a server makes of the request for an upgrade.
type Answer = fn(&Seen) -> String;

type Frames = Arc<Mutex<Vec<(u8, Vec<u8>)>>>;

/// Keeps two frames, and answers them a while later by one of text and one of Close.
async fn reading_two_frames() -> (Scripted, Frames) {
    let frames = Frames::default();
    let read = Arc::clone(&frames);
    let server = web_sockets(move |request, socket| {
        let read = Arc::clone(&read);
        async move {
            let mut socket = write(socket, switching(&request)).await?;
            for _ in 0..2 {
                let frame = read_frame(&mut socket).await?;
                read.lock().unwrap().push(frame);
            }
            sleep(Duration::from_millis(300)).await;
            stall(write(socket, b"\x81\x02hi\x88\x02\x03\xe8").await?).await
        }
    })
    .await;
    (server, frames)
}

#[tokio::test]
async fn frames_are_of_the_protocols_kind() {
    for (format, first) in [(TransferFormat::Text, 0x81), (TransferFormat::Binary, 0x82)] {
        let server = web_sockets(|request, socket| async move {
            let mut socket = write(socket, switching(&request)).await?;
            let (kind, mut payload) = read_frame(&mut socket).await?;
            payload.insert(0, kind);
            let length = u8::try_from(payload.len()).unwrap();
            stall(write(socket, [vec![0x82, length], payload].concat()).await?).await
        })
        .await;
        let url = format!("http://{}/hub", server.address);
        let request = ConnectRequest::new(format);
        let mut connected = connect_for(request, &url, HttpConnectionOptions::default()).await.unwrap();
        say(&mut connected.transport, "hello").await.unwrap();
        assert_eq!(hear(&mut connected.transport, 6).await, [&[first][..], b"hello"].concat());
    }
}

#[tokio::test]
async fn a_message_that_is_no_text_cannot_be_sent_as_text() {
    let mut transport = connect(wire().await, "/echo", by(Transports::WEB_SOCKETS)).await.unwrap().transport;
    say(&mut transport, &b"\xff"[..]).await.unwrap();
    assert_eq!(ending(&mut transport).await.unwrap_err().to_string(), "A message of a text protocol is no UTF-8.");
}

#[tokio::test]
async fn close_1000_is_an_orderly_end_and_other_codes_are_errors() {
    assert!(ending_after(b"\x81\x02hi\x88\x02\x03\xe8").await.is_ok());
    let error = ending_after(b"\x88\x05\x03\xf3bye").await.unwrap_err();
    assert_eq!(error.to_string(), "WebSocket closed with status code: 1011 (bye).");
    assert!(error.is_closed_by_server());
    let error = ending_after(b"\x88\x00").await.unwrap_err();
    assert_eq!(error.to_string(), "WebSocket closed with status code: 1005 (no reason given).");
}

#[tokio::test]
async fn a_web_socket_that_is_cut_off_or_talks_nonsense_is_lost() {
    let cases: [&[u8]; 6] = [b"", b"\x81", b"\x81\x05he", b"\x01\x02he", b"\xf1\x02hi", b"\x81\x02\xff\xff"];
    for frames in cases {
        let error = ending_after(frames).await.unwrap_err();
        assert!(!error.is_closed_by_server(), "{frames:x?}: {error}");
        assert!(error.to_string().contains("WebSocket"), "{frames:x?}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_upgrade_is_told() {
    let cases: [(Answer, &str); 4] = [
        (|_| ok("text/html", "<html>"), "Its status is 200 OK in place of 101."),
        (
            |request| switching(request).replace("Accept: ", "Accept: x"),
            "Its Sec-WebSocket-Accept does not belong to the key.",
        ),
        (|request| switching(request).replace("Upgrade: websocket\r\n", "Upgrade: h2c\r\n"), "Upgrade: websocket"),
        (
            |request| {
                switching(request).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
            },
            "It accepts an extension or a protocol that was not offered.",
        ),
    ];
    for (answer, text) in cases {
        let server = web_sockets(move |request, socket| write(socket, answer(&request))).await;
        let error = open(&server).await.unwrap_err().to_string();
        assert!(error.contains("Invalid answer to the WebSocket request.") && error.contains(text), "{error}");
    }
}

#[tokio::test]
async fn a_refused_upgrade_is_told_with_its_status() {
    let server =
        web_sockets(|_, socket| write(socket, answer("404 Not Found", "text/plain", "No Connection with that ID")))
            .await;
    let error = open(&server).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(error.to_string().contains("404 Not Found: No Connection with that ID."), "{error}");
}

#[tokio::test]
async fn the_client_says_1000_and_waits_for_the_servers_close() {
    let (server, frames) = reading_two_frames().await;
    let mut transport = open(&server).await.unwrap().transport;
    say(&mut transport, "last").await.unwrap();
    let started = Instant::now();
    timeout(PATIENCE, transport.sender.close()).await.unwrap().unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(*frames.lock().unwrap(), [(0x81, b"last".to_vec()), (0x88, vec![0x03, 0xe8])]);
    assert!(ending(&mut transport).await.is_ok());
    assert!(transport.sender.send("more".into()).await.is_err());
}

#[tokio::test]
async fn a_transport_that_is_let_go_of_is_closed() {
    let (server, frames) = reading_two_frames().await;
    let mut transport = open(&server).await.unwrap().transport;
    say(&mut transport, "last").await.unwrap();
    drop(transport);
    let closed = async {
        while frames.lock().unwrap().len() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, closed).await.unwrap();
    assert_eq!(frames.lock().unwrap()[1], (0x88, vec![0x03, 0xe8]));
}

#[tokio::test]
async fn a_server_that_does_not_answer_a_close_is_left_after_the_close_timeout() {
    let server =
        web_sockets(|request, socket| async move { stall(write(socket, switching(&request)).await?).await }).await;
    let options = HttpConnectionOptions::default().with_close_timeout(Duration::from_millis(300));
    let mut transport = connect(server.address, "/hub", options).await.unwrap().transport;
    let started = Instant::now();
    timeout(PATIENCE, transport.sender.close()).await.unwrap().unwrap();
    assert!((300..3000).contains(&started.elapsed().as_millis()));
}

#[tokio::test]
async fn a_server_that_reads_nothing_does_not_hold_the_end_back() {
    let server = web_sockets(|request, socket| async move {
        let socket = write(socket, switching(&request)).await?;
        sleep(PATIENCE).await;
        Some(socket)
    })
    .await;
    let options = HttpConnectionOptions::default().with_close_timeout(Duration::from_millis(300));
    let mut transport = connect(server.address, "/hub", options).await.unwrap().transport;
    let large = "x".repeat(1024 * 1024);
    while timeout(Duration::from_millis(200), transport.sender.send(large.clone().into())).await.is_ok() {}
    timeout(PATIENCE, transport.sender.close()).await.unwrap().unwrap();
    assert!(ending(&mut transport).await.is_ok());
}

#[tokio::test]
async fn a_connection_is_resumed_by_the_same_url() {
    let address = wire().await;
    let mut request = ConnectRequest::new(TransferFormat::Text);
    request.stateful_reconnect = true;
    let url = format!("http://{address}/wire-reconnect");
    let connected = connect_for(request, &url, HttpConnectionOptions::default()).await.unwrap();
    let resume = connected.resume.expect("the server allows it");
    let mut first = connected.transport;
    say(&mut first, HANDSHAKE.replace(":1}", ":2}")).await.unwrap();
    hear_until(&mut first, "{}").await;
    let mut second = timeout(PATIENCE, resume()).await.unwrap().unwrap();
    assert!(hear_until(&mut second, "\"type\":9").await.contains("\"sequenceId\":"));
    // How the first one ends, the server may decide; but it must.
    let _ = ending(&mut first).await;
}

#[tokio::test]
async fn without_the_servers_leave_there_is_nothing_to_resume() {
    let mut request = ConnectRequest::new(TransferFormat::Text);
    request.stateful_reconnect = true;
    let url = format!("http://{}/wire", wire().await);
    assert!(connect_for(request, &url, HttpConnectionOptions::default()).await.unwrap().resume.is_none());
}
