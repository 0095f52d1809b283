//! WebSockets over HTTP/2 (T-15).

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response};
use hub_server::RouterExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::client::{Client, frame, serve};
use crate::hub;

async fn connect() -> SendRequest<Body> {
    let address = serve(Router::new().route_hub("/hub", hub::server().0)).await;
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (sender, connection) = handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut SendRequest<Body>, protocol: &'static str, version: &str) -> Response<Incoming> {
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri("http://test/hub")
        .extension(Protocol::from_static(protocol))
        .header("sec-websocket-version", version);
    sender.send_request(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_extended_connect_opens_a_web_socket() {
    let mut sender = connect().await;
    let response = ask(&mut sender, "websocket", "13").await;
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key("sec-websocket-accept"));
    let upgraded = hyper::upgrade::on(response).await.unwrap();
    let mut client = Client::on(TokioIo::new(upgraded));
    client.shake_hands().await;
    client.echo("hello").await;
    client.write(&frame(0x88, b"\x03\xe8")).await;
    assert_eq!(client.close_code().await, 1000);
}

#[tokio::test]
async fn another_connect_is_refused() {
    let mut sender = connect().await;
    assert_eq!(ask(&mut sender, "connect-udp", "13").await.status(), 405);
    assert_eq!(ask(&mut sender, "websocket", "12").await.status(), 405);
}
