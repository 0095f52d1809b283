//! A server that answers whatever a test wants it to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    head: String,
    pub(crate) body: String,
}

impl Seen {
    /// The value of a header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.target.split('?').next() == Some(path)
    }
}

/// The server, and what it has been asked so far.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    /// Answers each request by `script`, which gives the socket back if there may be another request.
    pub(crate) async fn serve<F>(script: impl Fn(Seen, TcpStream) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<TcpStream>> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (script, log) = (script.clone(), Arc::clone(&log));
                tokio::spawn(async move {
                    while let Some(request) = read_request(&mut socket).await {
                        log.lock().unwrap().push(request.clone());
                        let Some(next) = script(request, socket).await else { return };
                        socket = next;
                    }
                });
            }
        });
        Self { address, seen }
    }

    /// Answers everything with this.
    pub(crate) async fn answering(answer: String) -> Self {
        Self::serve(move |_, socket| write(socket, answer.clone())).await
    }

    /// Offers these transports of version 1, with ids `token1`, `token2`…; everything else is for `script`.
    pub(crate) async fn offering<F>(
        transports: &[&str],
        script: impl Fn(Seen, TcpStream) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Option<TcpStream>> + Send,
    {
        let offers: Vec<String> = transports.iter().map(|name| offer(name)).collect();
        let offers = offers.join(",");
        let count = Arc::new(Mutex::new(0));
        Self::serve(move |request, socket| {
            let negotiated = request.target.contains("/negotiate?").then(|| {
                let mut count = count.lock().unwrap();
                *count += 1;
                negotiated(*count, &offers, request.target.contains("useStatefulReconnect=true"))
            });
            let script = script.clone();
            async move {
                match negotiated {
                    Some(body) => write(socket, ok("application/json", &body)).await,
                    None => script(request, socket).await,
                }
            }
        })
        .await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// As in `POST /hub/negotiate?negotiateVersion=1`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }
}

fn negotiated(number: u32, offers: &str, stateful: bool) -> String {
    format!(
        "{{\"negotiateVersion\":1,\"connectionId\":\"id{number}\",\"connectionToken\":\"token{number}\",\
         \"useStatefulReconnect\":{stateful},\"availableTransports\":[{offers}]}}"
    )
}

fn offer(name: &str) -> String {
    format!("{{\"transport\":\"{name}\",\"transferFormats\":[\"Text\",\"Binary\"]}}")
}

async fn read_request(socket: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut words = head.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Seen { method, target, head, body: String::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + length {
        socket.read_buf(&mut bytes).await.ok()?;
    }
    request.body = String::from_utf8(bytes[end..].to_vec()).unwrap();
    Some(request)
}

/// Writes this, and goes on.
pub(crate) async fn write(mut socket: TcpStream, text: impl AsRef<[u8]>) -> Option<TcpStream> {
    socket.write_all(text.as_ref()).await.ok()?;
    Some(socket)
}

/// Says nothing any more, until the client goes.
pub(crate) async fn stall(mut socket: TcpStream) -> Option<TcpStream> {
    let mut ignored = [0; 1024];
    while socket.read(&mut ignored).await.is_ok_and(|length| length > 0) {}
    None
}

pub(crate) fn ok(content_type: &str, body: &str) -> String {
    answer("200 OK", content_type, body)
}

pub(crate) fn answer(status: &str, content_type: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The answer that makes a WebSocket of the request's connection.
pub(crate) fn switching(request: &Seen) -> String {
    let key = request.header("sec-websocket-key").unwrap();
    let digest = Sha1::new().chain_update(key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        STANDARD.encode(digest)
    )
}
