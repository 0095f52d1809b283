//! Servers with a certificate.

use std::net::SocketAddr;
use std::sync::Arc;

use hub_client::http::reqwest::ClientBuilder;
use hub_client::http::{HttpConnectionOptions, http_client_builder};
use hub_client::transport::ConnectError;
use rcgen::CertifiedKey;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{EACH, by, close, connect_to, hear, say, wire};

/// The conformance server behind TLS, with a certificate that it has signed itself.
pub(crate) struct Server {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = cert.der().clone();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(config)), wire().await));
        Self { address, certificate }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// A client that trusts this server, and no other.
    pub(crate) fn trusting(&self) -> ClientBuilder {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        http_client_builder().tls_backend_preconfigured(config)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, server: SocketAddr) {
    while let Ok((socket, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut client = acceptor.accept(socket).await.ok()?;
            let mut server = TcpStream::connect(server).await.ok()?;
            copy_bidirectional(&mut client, &mut server).await.ok()
        });
    }
}

#[tokio::test]
async fn a_client_of_the_programs_own_trusts_what_it_is_told_to() {
    let server = Server::start().await;
    for transports in EACH {
        let options = by(transports).with_http_client(server.trusting().build().unwrap());
        let mut transport = connect_to(&server.url("/echo"), options).await.unwrap().transport;
        say(&mut transport, "hello").await.unwrap();
        assert_eq!(hear(&mut transport, 5).await, "hello", "{transports:?}");
        close(transport).await;
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = Server::start().await;
    let error = connect_to(&server.url("/echo"), HttpConnectionOptions::default()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
}
