//! A hub of MessagePack extensions, for the tests with clients that have codecs for them.

use futures_util::{Stream, stream};
use hub_server::{Hub, HubError, MessagePackExtension, UploadStream, hub, hub_client};
use serde::{Deserialize, Serialize};

/// The calls of an [`ExtensionHub`] to its clients.
#[hub_client]
pub trait ExtensionClient {
    /// An extension of another client.
    async fn receive(&self, extension: MessagePackExtension);
    /// A question with an extension.
    async fn ask(&self, extension: MessagePackExtension) -> MessagePackExtension;
}

/// An object with extensions in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Labelled {
    label: String,
    one: MessagePackExtension,
    many: Vec<Option<MessagePackExtension>>,
}

/// Gives back what it gets, in every way.
#[derive(Debug, Default)]
pub struct ExtensionHub;

#[allow(clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub(client = ExtensionClient)]
impl ExtensionHub {
    fn nothing(&self) {}

    fn echo(&self, extension: MessagePackExtension) -> MessagePackExtension {
        extension
    }

    fn echo_labelled(&self, labelled: Labelled) -> Labelled {
        labelled
    }

    fn stream(&self, extensions: Vec<MessagePackExtension>) -> impl Stream<Item = MessagePackExtension> + Send + use<> {
        stream::iter(extensions)
    }

    async fn collect(
        &self,
        mut extensions: UploadStream<MessagePackExtension>,
    ) -> Result<Vec<MessagePackExtension>, HubError> {
        let mut collected = Vec::new();
        while let Some(extension) = extensions.next().await {
            collected.push(extension?);
        }
        Ok(collected)
    }

    async fn to_all(&self, hub: Hub<dyn ExtensionClient>, extension: MessagePackExtension) -> Result<(), HubError> {
        hub.clients().all().receive(extension).await
    }

    async fn ask(
        &self,
        hub: Hub<dyn ExtensionClient>,
        extension: MessagePackExtension,
    ) -> Result<MessagePackExtension, HubError> {
        hub.clients().caller().ask(extension).await
    }
}
