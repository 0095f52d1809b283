//! Hubs under this crate's own server.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use hub_server::{RouterExt, listen, serve};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::client::{self, Client, UPGRADE, frame};
use crate::http::CLOSE_AND_COME_BACK;
use crate::hub;

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_hub_and_other_routes_are_served() {
    let (server, _endings) = hub::server();
    let app = Router::new().route("/", get(async || "a page")).route_hub("/hub", server);
    let listener = listen("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, app).into_future());
    assert!(client::request(address, "GET", "/", "").await.contains("200 OK"));
    assert!(client::request(address, "GET", "/nowhere", "").await.contains("404 Not Found"));
    let token = client::negotiate(address, "/hub").await;
    let _client = Client::connect(address, &format!("/hub?id={token}")).await;
    assert!(client::request(address, "GET", &format!("/hub?id={token}"), UPGRADE).await.contains("409 Conflict"));

    serving.abort();
    assert!(serving.await.unwrap_err().is_cancelled());
    timeout(PATIENCE, async { while TcpStream::connect(address).await.is_ok() {} })
        .await
        .expect("nothing is accepted once it is dropped");
}

#[tokio::test]
async fn requests_know_their_client_if_they_are_told() {
    let app = Router::new().route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()));
    for told in [false, true] {
        let listener = listen("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = serve(listener, app.clone());
        tokio::spawn(if told { server.with_connect_info() } else { server }.into_future());
        let answer = client::request(address, "GET", "/", "").await;
        assert_eq!(answer.contains("200 OK"), told, "{answer}");
    }
}

#[tokio::test]
async fn a_graceful_shutdown_waits_for_requests_and_not_for_sockets() {
    let (server, mut endings) = hub::server();
    let (answer, answered) = oneshot::channel::<()>();
    let answered = std::sync::Arc::new(tokio::sync::Mutex::new(Some(answered)));
    let slow = async move || {
        if let Some(answered) = answered.lock().await.take() {
            let _ = answered.await;
        }
        "at last"
    };
    let app = Router::new().route("/slow", get(slow)).route_hub("/hub", server.clone());
    let listener = listen("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let signal = async { drop(stopped.await) };
    let mut serving = tokio::spawn(serve(listener, app).with_graceful_shutdown(signal).into_future());
    let mut socket = Client::connect(address, "/hub").await;
    let request = tokio::spawn(async move { client::request(address, "GET", "/slow", "").await });
    tokio::time::sleep(Duration::from_millis(50)).await;

    stop.send(()).unwrap();
    assert!(timeout(Duration::from_millis(50), &mut serving).await.is_err(), "a request is not answered yet");
    assert!(TcpStream::connect(address).await.is_err());
    answer.send(()).unwrap();
    assert!(request.await.unwrap().contains("200 OK"));
    timeout(PATIENCE, serving).await.expect("it does not wait for the socket").unwrap().unwrap();

    let shutting_down = tokio::spawn(async move { server.shutdown().await });
    assert_eq!(socket.text().await, CLOSE_AND_COME_BACK);
    socket.write(&frame(0x88, b"\x03\xe8")).await;
    timeout(PATIENCE, shutting_down).await.unwrap().unwrap();
    assert_eq!(endings.recv().await, Some(None));
}

#[tokio::test]
async fn an_address_in_use_is_refused() {
    let listener = listen("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(listen(address).await.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}
