//! The transports one after another (C-3).

use std::time::Duration;

use hub_client::http::HttpConnectionOptions;
use hub_client::transport::{ConnectRequest, TransferFormat};
use tokio::net::TcpStream;

use crate::scripted::{Scripted, Seen, answer, ok, stall, write};
use crate::support::{connect, connect_for};

const ALL: [&str; 4] = ["Pigeons", "WebSockets", "ServerSentEvents", "LongPolling"];

fn is_web_socket(request: &Seen) -> bool {
    request.header("upgrade").is_some()
}

/// Refuses WebSockets, and has no Server-Sent Events.
async fn only_polls(request: Seen, socket: TcpStream) -> Option<TcpStream> {
    if is_web_socket(&request) {
        return write(socket, answer("400 Bad Request", "text/plain", "no upgrade here")).await;
    }
    if request.header("accept") == Some("text/event-stream") {
        return write(socket, ok("text/html", "<html>")).await;
    }
    write(socket, ok("application/octet-stream", "")).await
}

#[tokio::test]
async fn each_next_transport_is_negotiated_anew_and_only_web_sockets_ask_to_be_resumed() {
    let server = Scripted::offering(&ALL, only_polls).await;
    let mut request = ConnectRequest::new(TransferFormat::Text);
    request.stateful_reconnect = true;
    let url = format!("http://{}/hub", server.address);
    let connected = connect_for(request, &url, HttpConnectionOptions::default()).await.unwrap();
    assert_eq!(connected.connection_id.as_deref(), Some("id3"));
    assert!(connected.inherent_keep_alive && connected.resume.is_none());
    let expected = [
        "POST /hub/negotiate?negotiateVersion=1&useStatefulReconnect=true",
        "GET /hub?id=token1",
        "POST /hub/negotiate?negotiateVersion=1",
        "GET /hub?id=token2",
        "POST /hub/negotiate?negotiateVersion=1",
        "GET /hub?id=token3",
    ];
    assert_eq!(server.lines()[..6], expected);
}

#[tokio::test]
async fn why_each_transport_failed_is_told() {
    let server = Scripted::offering(&ALL, |request, socket| async move {
        if request.header("accept") == Some("*/*") && !is_web_socket(&request) {
            return write(socket, answer("503 Service Unavailable", "text/html", "<html>")).await;
        }
        only_polls(request, socket).await
    })
    .await;
    let error = connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Unable to connect to the server with any of the available transports. \
         (Pigeons failed: The transport is not supported by the client.) \
         (WebSockets failed: The WebSocket request was answered with status 400 Bad Request: no upgrade here.) \
         (ServerSentEvents failed: The Server-Sent Events request was answered with 'text/html' in place of \
         'text/event-stream'.) \
         (LongPolling failed: The poll request was answered with status 503 Service Unavailable.)"
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
}

#[tokio::test]
async fn a_web_socket_that_stalls_is_passed_over() {
    let server = Scripted::offering(&["WebSockets", "LongPolling"], |request, socket| async move {
        if is_web_socket(&request) { stall(socket).await } else { only_polls(request, socket).await }
    })
    .await;
    let options = HttpConnectionOptions::default().with_http_timeout(Duration::from_millis(500));
    let connected = connect(server.address, "/hub", options).await.unwrap();
    assert_eq!(connected.connection_id.as_deref(), Some("id2"));
}
