//! A proxy between client and server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_client::http::reqwest::Proxy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{EACH, by, close, connect, connect_to, hear, say, wire};
use crate::tls;

/// A proxy for requests in absolute form and for tunnels; counts its connections.
async fn proxy() -> (Proxy, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(pass_on(socket));
        }
    });
    (Proxy::all(format!("http://{address}")).unwrap(), count)
}

/// Connects to what the first line names. All of one connection go to the same server here, as they do in these tests.
async fn pass_on(mut client: TcpStream) -> Option<()> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|part| part == b"\r\n\r\n") {
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8(bytes.clone()).unwrap();
    let target = head.split(' ').nth(1)?;
    let host: SocketAddr = target.trim_start_matches("http://").split('/').next()?.parse().unwrap();
    let mut server = TcpStream::connect(host).await.ok()?;
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    } else {
        server.write_all(&bytes).await.ok()?;
    }
    copy_bidirectional(&mut client, &mut server).await.ok().map(drop)
}

#[tokio::test]
async fn every_transport_goes_through_a_proxy() {
    let address = wire().await;
    for transports in EACH {
        let (proxy, count) = proxy().await;
        let mut transport = connect(address, "/echo", by(transports).with_proxy(proxy)).await.unwrap().transport;
        say(&mut transport, "hello").await.unwrap();
        assert_eq!(hear(&mut transport, 5).await, "hello");
        close(transport).await;
        assert!(count.load(Ordering::Relaxed) > 0, "{transports:?}");
    }
}

#[tokio::test]
async fn tls_goes_through_a_tunnel() {
    let server = tls::Server::start().await;
    for transports in EACH {
        let (proxy, count) = proxy().await;
        let client = server.trusting().proxy(proxy).build().unwrap();
        let options = by(transports).with_http_client(client);
        let mut transport = connect_to(&server.url("/echo"), options).await.unwrap().transport;
        say(&mut transport, "hello").await.unwrap();
        assert_eq!(hear(&mut transport, 5).await, "hello");
        close(transport).await;
        assert!(count.load(Ordering::Relaxed) > 0, "{transports:?}");
    }
}
