//! The end of a server with open connections.

use std::time::Duration;

use axum::Router;
use hub_server::RouterExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::client::{Client, frame};
use crate::hub;

#[tokio::test]
async fn sockets_are_closed_and_awaited_beside_axums_own_shutdown() {
    let (server, mut endings) = hub::server();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let app = Router::new().route_hub("/hub", server.clone());
    let serving =
        tokio::spawn(
            async move { axum::serve(listener, app).with_graceful_shutdown(async { drop(stopped.await) }).await },
        );
    let mut client = Client::connect(address, "/hub").await;

    stop.send(()).unwrap();
    let shutting_down = tokio::spawn(async move { server.shutdown().await });
    assert_eq!(client.text().await, "{\"type\":7,\"allowReconnect\":true}\u{1e}");
    assert_eq!(client.close_code().await, 1000);
    client.write(&frame(0x88, b"\x03\xe8")).await;
    timeout(Duration::from_secs(4), shutting_down).await.expect("no need to wait for the close timeout").unwrap();
    assert_eq!(endings.recv().await, Some(None));
    timeout(Duration::from_secs(4), serving).await.expect("axum does not wait for the socket").unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
