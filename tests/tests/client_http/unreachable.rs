//! Servers that are not there, go away, or speak something else.

use hub_client::http::{HttpConnectionOptions, Transports};
use hub_client::transport::ConnectError;
use tokio::net::TcpListener;

use crate::scripted::{Scripted, write};
use crate::support::{EACH, by, connect, connect_to};

#[tokio::test]
async fn a_refused_connection_is_told() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = connect(address, "/hub?secret=1", HttpConnectionOptions::default()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    assert!(error.to_string().starts_with("The negotiate request could not be sent: Connection refused"), "{error}");
    assert!(!format!("{error:?}").contains("secret"));
    let error = connect(address, "/hub", by(Transports::WEB_SOCKETS).with_skip_negotiation(true)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_told() {
    let error = connect_to("http://host.invalid/hub", HttpConnectionOptions::default()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_hangs_up_or_speaks_something_else_is_told() {
    for words in ["", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 200 OK\r\nContent-Le"] {
        let server = Scripted::serve(move |_, socket| async move {
            write(socket, words).await;
            None
        })
        .await;
        let error = connect(server.address, "/hub", HttpConnectionOptions::default()).await.unwrap_err();
        assert!(matches!(error, ConnectError::Unreachable(_)), "{words}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_that_goes_after_negotiation_is_told_for_each_transport() {
    for (transports, name) in EACH.into_iter().zip(["WebSockets", "ServerSentEvents", "LongPolling"]) {
        let server = Scripted::offering(&[name], |_, _| async { None }).await;
        let error = connect(server.address, "/hub", by(transports)).await.unwrap_err();
        assert!(error.to_string().contains(&format!("({name} failed: The ")), "{error}");
    }
}
