//! A hub behind TLS: no bare TCP connection to take out, so the bytes go through the upgraded stream.

use std::sync::Arc;

use axum::Router;
use hub_server::RouterExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::client::{Client, frame};
use crate::hub;

#[tokio::test]
async fn a_hub_works_over_tls() {
    let (server, mut endings) = hub::server();
    let (acceptor, connector) = tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = TowerToHyperService::new(Router::new().route_hub("/hub", server));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, service) = (acceptor.clone(), service.clone());
            tokio::spawn(async move {
                let io = TokioIo::new(acceptor.accept(stream).await.unwrap());
                auto::Builder::new(TokioExecutor::new()).serve_connection_with_upgrades(io, service).await
            });
        }
    });

    let stream = TcpStream::connect(address).await.unwrap();
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    let mut client = Client::upgrade(stream, "/hub", "").await;
    client.shake_hands().await;
    for text in ["a", "b", &"c".repeat(20_000)] {
        client.echo(text).await;
    }
    client.send("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Large\",\"arguments\":[3000000]}\u{1e}").await;
    assert!(client.text().await.len() > 3_000_000);
    client.write(&frame(0x88, b"\x03\xe8")).await;
    assert_eq!(client.close_code().await, 1000);
    assert_eq!(client.frame().await, None);
    assert_eq!(endings.recv().await, Some(None));
}

fn tls() -> (TlsAcceptor, TlsConnector) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = certified.cert.der().clone();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)))
}
