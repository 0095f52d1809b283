//! A WebSocket client without manners of its own: it sends exactly the bytes a test wants.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const HANDSHAKE: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
pub(crate) const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                           Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Serves a router with `axum::serve` on a port of its own.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// One request on a connection of its own; the whole answer as text.
pub(crate) async fn request(address: SocketAddr, method: &str, target: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{method} {target} HTTP/1.1\r\nHost: test\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut client = Client { stream, received: Vec::new() };
    client.head().await
}

/// The token of a new connection.
pub(crate) async fn negotiate(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST {path}/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let answer: serde_json::Value = serde_json::from_str(body).unwrap();
    answer["connectionToken"].as_str().unwrap().to_owned()
}

/// A WebSocket as the client sees it.
pub(crate) struct Client<S> {
    pub(crate) stream: S,
    received: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Client<TcpStream> {
    /// Upgrades a new TCP connection.
    pub(crate) async fn open(address: SocketAddr, target: &str) -> Self {
        Self::upgrade(TcpStream::connect(address).await.unwrap(), target, "").await
    }

    /// The same with the hub's handshake done.
    pub(crate) async fn connect(address: SocketAddr, target: &str) -> Self {
        let mut client = Self::open(address, target).await;
        client.shake_hands().await;
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// A WebSocket that is open already.
    pub(crate) fn on(stream: S) -> Self {
        Self { stream, received: Vec::new() }
    }

    /// Upgrades `stream`; `behind` is sent together with the request.
    pub(crate) async fn upgrade(stream: S, target: &str, behind: impl AsRef<[u8]>) -> Self {
        Self::upgrade_by(stream, target, "", behind.as_ref()).await.0
    }

    /// The same with further headers; also returns the answer's head.
    pub(crate) async fn upgrade_with(stream: S, target: &str, headers: &str) -> (Self, String) {
        Self::upgrade_by(stream, target, headers, b"").await
    }

    async fn upgrade_by(stream: S, target: &str, headers: &str, behind: &[u8]) -> (Self, String) {
        let mut client = Self { stream, received: Vec::new() };
        let head = format!("GET {target} HTTP/1.1\r\nHost: test\r\n{UPGRADE}{headers}\r\n");
        client.write(&[head.as_bytes(), behind].concat()).await;
        let head = client.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.to_ascii_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        (client, head)
    }

    pub(crate) async fn shake_hands(&mut self) {
        self.send(HANDSHAKE).await;
        assert_eq!(self.text().await, "{}\u{1e}");
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.write(&frame(0x81, text.as_bytes())).await;
    }

    /// Calls `Echo` and waits for its completion.
    pub(crate) async fn echo(&mut self, text: &str) {
        self.send(&invocation("Echo", text)).await;
        assert_eq!(self.text().await, format!("{{\"type\":3,\"invocationId\":\"1\",\"result\":\"{text}\"}}\u{1e}"));
    }

    /// The payload of the next frame, which has to be Text.
    pub(crate) async fn text(&mut self) -> String {
        let frame = self.frame().await.expect("a frame");
        assert_eq!(frame.first, 0x81, "{frame:?}");
        String::from_utf8(frame.payload).unwrap()
    }

    /// The next frame; `None` when the connection is over.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, size)) = parse(&self.received) {
                self.received.drain(..size);
                return Some(frame);
            }
            if !self.read().await {
                assert!(self.received.is_empty(), "the server stopped within a frame: {:x?}", self.received);
                return None;
            }
        }
    }

    /// The code of the Close frame that has to come next, whatever Text frames come before it.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            let frame = self.frame().await.expect("a Close frame");
            if frame.first != 0x81 {
                assert_eq!(frame.first, 0x88, "{frame:?}");
                return u16::from_be_bytes(frame.payload.as_slice().try_into().expect("a code and no reason"));
            }
        }
    }

    async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = self.received.drain(..end + 4).collect();
                return String::from_utf8(head).unwrap();
            }
            assert!(self.read().await, "the server hung up: {}", String::from_utf8_lossy(&self.received));
        }
    }

    async fn read(&mut self) -> bool {
        let read =
            timeout(PATIENCE, self.stream.read_buf(&mut self.received)).await.expect("the server says something");
        read.is_ok_and(|length| length > 0)
    }
}

/// An invocation with one string argument and the id 1.
pub(crate) fn invocation(target: &str, argument: &str) -> String {
    format!("{{\"type\":1,\"invocationId\":\"1\",\"target\":\"{target}\",\"arguments\":[\"{argument}\"]}}\u{1e}")
}

/// A masked frame with a short or a 16-bit length.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    let length = u16::try_from(payload.len()).unwrap();
    match u8::try_from(length) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        Ok(_) | Err(_) => {
            frame.push(0xfe);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

fn parse(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (start, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap())).unwrap()),
        length => (2, usize::from(length)),
    };
    let payload = bytes.get(start..start + length)?.to_vec();
    Some((Frame { first: bytes[0], payload }, start + length))
}
