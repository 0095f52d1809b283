//! The hub of most tests.

use hub_server::{CancellationToken, DisconnectError, Hub, HubServer, HubServerBuilder, hub};

use super::Probe;

/// Writes down what it is asked to do.
pub(crate) struct Basic(pub Probe);

#[hub]
impl Basic {
    fn on_connected(&self) {
        self.0.note("connected");
    }

    fn on_disconnected(&self, reason: Option<&DisconnectError>) {
        self.0.note(match reason {
            None => "disconnected".to_owned(),
            Some(reason) => format!("disconnected by {}: {}", reason.kind(), reason.text()),
        });
    }

    fn echo(&self, text: String) -> String {
        text
    }

    fn note(&self, text: String) {
        self.0.note(text);
    }

    /// Waits at a gate.
    async fn pass(&self, gate: String) -> String {
        self.0.note(format!("{gate} begins"));
        self.0.pass(&gate).await;
        self.0.note(format!("{gate} ends"));
        gate
    }

    /// Waits for the end of the connection, and then at a gate.
    async fn outlive(&self, token: CancellationToken, gate: String) {
        token.cancelled().await;
        self.0.note(format!("{gate} is cancelled"));
        self.0.pass(&gate).await;
        self.0.note(format!("{gate} ends"));
    }

    fn abort(&self, hub: Hub) {
        hub.abort();
    }

    fn not_a_number(&self) -> f64 {
        f64::NAN
    }

    fn large(&self, size: usize) -> String {
        "x".repeat(size)
    }
}

/// A server of [`Basic`] with the default options.
pub(crate) fn basic() -> (HubServer<Basic>, Probe) {
    basic_with(|builder| builder)
}

/// A server of [`Basic`] with these options.
pub(crate) fn basic_with(
    options: impl FnOnce(HubServerBuilder<Basic>) -> HubServerBuilder<Basic>,
) -> (HubServer<Basic>, Probe) {
    let probe = Probe::default();
    (options(HubServer::builder(Basic(probe.clone()))).build(), probe)
}
