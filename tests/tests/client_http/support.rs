//! Servers to connect to, and a connection without a hub on top.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt as _, StreamExt as _};
use hub_client::http::{HttpConnectionOptions, HttpConnector, Transports};
use hub_client::transport::{
    ConnectError, ConnectRequest, Connected, Connector as _, TransferFormat, Transport, TransportError,
};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Longer than anything takes that is to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const HANDSHAKE: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";

pub(crate) const EACH: [Transports; 3] =
    [Transports::WEB_SOCKETS, Transports::SERVER_SENT_EVENTS, Transports::LONG_POLLING];

/// The conformance server.
pub(crate) async fn wire() -> SocketAddr {
    serve(tests::wire::router()).await
}

/// A server of these routes, for as long as the test runs.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

pub(crate) fn by(transports: Transports) -> HttpConnectionOptions {
    HttpConnectionOptions::default().with_transports(transports)
}

pub(crate) async fn connect(
    address: SocketAddr,
    path: &str,
    options: HttpConnectionOptions,
) -> Result<Connected, ConnectError> {
    connect_to(&format!("http://{address}{path}"), options).await
}

pub(crate) async fn connect_to(url: &str, options: HttpConnectionOptions) -> Result<Connected, ConnectError> {
    connect_for(ConnectRequest::new(TransferFormat::Text), url, options).await
}

pub(crate) async fn connect_for(
    request: ConnectRequest,
    url: &str,
    options: HttpConnectionOptions,
) -> Result<Connected, ConnectError> {
    timeout(PATIENCE, HttpConnector::new(url, options).connect(request)).await.expect("an answer in time")
}

/// Says this to the server.
pub(crate) async fn say(transport: &mut Transport, text: impl Into<Bytes>) -> Result<(), TransportError> {
    timeout(PATIENCE, transport.sender.send(text.into())).await.expect("sent in time")
}

/// The next bytes, until there are so many.
pub(crate) async fn hear(transport: &mut Transport, length: usize) -> BytesMut {
    let mut heard = BytesMut::new();
    while heard.len() < length {
        let piece = timeout(PATIENCE, transport.receiver.next()).await.expect("bytes in time");
        heard.extend_from_slice(&piece.expect("no end yet").unwrap());
    }
    heard
}

/// The next messages of the JSON protocol, up to one that holds this.
pub(crate) async fn hear_until(transport: &mut Transport, part: &str) -> String {
    let mut heard = String::new();
    while !(heard.contains(part) && heard.ends_with('\u{1e}')) {
        let piece = timeout(PATIENCE, transport.receiver.next()).await.expect("bytes in time");
        let piece = piece.unwrap_or_else(|| panic!("the end, after {heard}")).unwrap();
        heard.push_str(std::str::from_utf8(&piece).unwrap());
    }
    heard
}

/// How the connection ends, after what may still come.
pub(crate) async fn ending(transport: &mut Transport) -> Result<(), TransportError> {
    let end = async {
        while let Some(piece) = transport.receiver.next().await {
            piece?;
        }
        Ok(())
    };
    timeout(PATIENCE, end).await.expect("an end in time")
}

/// Ends the connection.
pub(crate) async fn close(mut transport: Transport) {
    timeout(PATIENCE, transport.sender.close()).await.expect("closed in time").unwrap();
    assert!(ending(&mut transport).await.is_ok());
}
