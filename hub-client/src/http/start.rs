//! The start of a connection: negotiates, and tries the transports one after another (C-3).

use std::sync::Arc;

use reqwest::Url;

use super::connector::Target;
use super::negotiate::{Negotiated, Offer, negotiate};
use super::requests::Requests;
use super::transports::TransportKind;
use super::{HttpConnectionOptions, Transports, long_polling, server_sent_events, url, websocket};
use crate::transport::{
    ConnectError, ConnectRequest, Connected, Resume, TransferFormat, TransportError, TransportFailure,
};

/// Opens a new connection.
pub(super) async fn start(target: &Target, request: ConnectRequest) -> Result<Connected, ConnectError> {
    let start = Start { requests: target.requests(), hub: target.url.clone(), request };
    if target.options.skip_negotiation { start.without_negotiation().await } else { start.negotiated().await }
}

struct Start {
    requests: Requests,
    /// Where to negotiate, after redirects.
    hub: Url,
    request: ConnectRequest,
}

impl Start {
    async fn without_negotiation(self) -> Result<Connected, ConnectError> {
        if self.requests.options.transports != Transports::WEB_SOCKETS {
            let text = "Negotiation can only be skipped when using the WebSocket transport directly.";
            return Err(ConnectError::InvalidOptions(TransportError::new(text)));
        }
        websocket::start(&self.requests, &self.hub, self.request.transfer_format).await.map(Connected::new)
    }

    async fn negotiated(mut self) -> Result<Connected, ConnectError> {
        let mut first = self.negotiate(self.request.stateful_reconnect).await?;
        let offers = std::mem::take(&mut first.offers);
        let mut negotiated = Some(first);
        let mut failures = Vec::new();
        for offer in offers {
            let started = match usable(&offer, &self.requests.options, self.request.transfer_format) {
                Ok(kind) => self.attempt(kind, negotiated.take()).await,
                Err(why) => Err(TransportError::new(why).into()),
            };
            match started {
                Ok(connected) => return Ok(connected),
                Err(error) => failures.push(failed(offer, error)),
            }
        }
        Err(ConnectError::NoTransport(failures))
    }

    /// Starts a transport of the connection that was negotiated, or of a new one if that has been tried already.
    async fn attempt(
        &mut self,
        kind: TransportKind,
        negotiated: Option<Negotiated>,
    ) -> Result<Connected, ConnectError> {
        let negotiated = match negotiated {
            Some(negotiated) => negotiated,
            None => self.negotiate(self.request.stateful_reconnect && kind == TransportKind::WebSockets).await?,
        };
        let url = url::connect(&self.hub, &negotiated.token);
        let mut connected = self.start_transport(kind, &url).await?;
        tracing::debug!(transport = ?kind, "connected");
        connected.connection_id = Some(negotiated.id);
        connected.inherent_keep_alive = kind == TransportKind::LongPolling;
        let resumable = kind == TransportKind::WebSockets && negotiated.stateful_reconnect;
        connected.resume = (resumable && self.request.stateful_reconnect).then(|| self.resume(url));
        Ok(connected)
    }

    async fn negotiate(&mut self, stateful_reconnect: bool) -> Result<Negotiated, ConnectError> {
        negotiate(&mut self.requests, &mut self.hub, stateful_reconnect).await
    }

    async fn start_transport(&self, kind: TransportKind, url: &Url) -> Result<Connected, ConnectError> {
        let transport = match kind {
            TransportKind::WebSockets => websocket::start(&self.requests, url, self.request.transfer_format).await,
            TransportKind::ServerSentEvents => server_sent_events::start(&self.requests, url).await,
            TransportKind::LongPolling => long_polling::start(&self.requests, url).await,
        };
        transport.map(Connected::new)
    }

    /// The same URL again, without negotiation (S-30).
    fn resume(&self, url: Url) -> Resume {
        let (requests, format) = (self.requests.clone(), self.request.transfer_format);
        Arc::new(move || {
            let (requests, url) = (requests.clone(), url.clone());
            Box::pin(async move { websocket::start(&requests, &url, format).await })
        })
    }
}

/// Which transport an offer is, or why it cannot be used (C-5).
fn usable(offer: &Offer, options: &HttpConnectionOptions, format: TransferFormat) -> Result<TransportKind, String> {
    let Some(kind) = TransportKind::named(&offer.transport) else {
        return Err("The transport is not supported by the client.".to_owned());
    };
    if !options.transports.contains(kind.set()) {
        return Err("The transport is disabled by the client.".to_owned());
    }
    let format = format.to_string();
    if !offer.transfer_formats.contains(&format) {
        return Err(format!("The transport does not support the '{format}' transfer format."));
    }
    Ok(kind)
}

fn failed(offer: Offer, error: ConnectError) -> TransportFailure {
    tracing::debug!(transport = offer.transport, %error, "the transport is passed over");
    TransportFailure::new(offer.transport, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(transport: &str, formats: &[&str]) -> Result<TransportKind, String> {
        let offer = Offer {
            transport: transport.to_owned(),
            transfer_formats: formats.iter().map(|format| (*format).to_owned()).collect(),
        };
        let options =
            HttpConnectionOptions::default().with_transports(Transports::SERVER_SENT_EVENTS | Transports::LONG_POLLING);
        usable(&offer, &options, TransferFormat::Binary)
    }

    #[test]
    fn what_cannot_be_used_is_passed_over_and_told() {
        let why = |transport, formats| offered(transport, formats).unwrap_err();
        assert_eq!(why("Pigeons", &["Binary"]), "The transport is not supported by the client.");
        assert_eq!(why("WebSockets", &["Binary"]), "The transport is disabled by the client.");
        assert_eq!(why("ServerSentEvents", &["Text"]), "The transport does not support the 'Binary' transfer format.");
        assert_eq!(offered("LongPolling", &["Text", "Binary"]), Ok(TransportKind::LongPolling));
    }
}
