//! The HTTP client that connections use unless they are given another.

use std::time::Duration;

use reqwest::ClientBuilder;

/// How long a host may take to accept a connection. Without it a poll to a host that is gone would be repeated for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// What connections use unless they are given [a client of their own](super::HttpConnectionOptions::with_http_client), to be
/// changed by the program.
///
/// It keeps cookies (C-22), speaks HTTP/1.1, because an HTTP/2 connection cannot become a WebSocket, waits up to 30 s for a
/// connection, takes proxies from the environment, and with the feature `tls` does TLS by rustls over ring, and trusts what
/// the operating system trusts. To trust others, or to show a certificate, give it a configuration of rustls:
///
/// ```
/// # #[cfg(feature = "tls")] {
/// use hub_client::http::{HttpConnectionOptions, http_client_builder};
/// # fn own_tls() -> rustls::ClientConfig {
/// #     let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
/// #     let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
/// #     builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
/// # }
///
/// let client = http_client_builder().tls_backend_preconfigured(own_tls()).build()?;
/// let options = HttpConnectionOptions::default().with_http_client(client);
/// # }
/// # Ok::<_, hub_client::http::reqwest::Error>(())
/// ```
pub fn http_client_builder() -> ClientBuilder {
    let builder = ClientBuilder::new().cookie_store(true).http1_only().connect_timeout(CONNECT_TIMEOUT);
    #[cfg(feature = "tls")]
    let builder = builder.tls_backend_preconfigured(tls::config());
    builder
}

#[cfg(feature = "tls")]
mod tls {
    use std::sync::{Arc, LazyLock};

    use rustls::client::WantsClientCert;
    use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, crypto};
    use rustls_platform_verifier::BuilderVerifierExt as _;

    /// Shared by all clients: to read what the operating system trusts takes time and memory.
    static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| trusting_the_system().with_no_client_auth());

    pub(super) fn config() -> ClientConfig {
        CONFIG.clone()
    }

    /// Without trust in anybody where the system has no certificates, so that all but `https` goes on working.
    fn trusting_the_system() -> ConfigBuilder<ClientConfig, WantsClientCert> {
        builder().with_platform_verifier().unwrap_or_else(|error| {
            tracing::warn!(%error, "the certificates of the system cannot be read: no server is trusted");
            builder().with_root_certificates(RootCertStore::empty())
        })
    }

    fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
        ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring can do every version of TLS that rustls can")
    }
}
