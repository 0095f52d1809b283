//! The hubs of the official JavaScript functional tests.

use futures_util::stream::{self, Empty};
use futures_util::{Stream, StreamExt as _};
use hub_server::{CancellationToken, ConnectionId, Hub, HubError, UploadStream, hub};

use super::contract::{ComplexObject, CustomObject, TestClient};
use super::errors::InvalidOperationException;
use super::{request, streams};

/// What the official tests call.
#[derive(Debug, Default)]
pub struct TestHub;

#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub(client = TestClient)]
impl TestHub {
    fn echo(&self, message: Option<String>) -> Option<String> {
        message
    }

    fn get_caller_connection_id(&self, id: ConnectionId) -> ConnectionId {
        id
    }

    fn get_num_redirects(&self, hub: Hub<dyn TestClient>) -> Result<i32, HubError> {
        Ok(hub.query("numRedirects").unwrap_or_default().parse()?)
    }

    fn throw_exception(&self, message: Option<String>) -> Result<(), InvalidOperationException> {
        Err(InvalidOperationException(message.unwrap_or_default()))
    }

    async fn invoke_with_string(&self, hub: Hub<dyn TestClient>, message: Option<String>) -> Result<(), HubError> {
        hub.clients().caller().message(message.as_deref()).await
    }

    async fn send_custom_object(&self, hub: Hub<dyn TestClient>, object: CustomObject) -> Result<(), HubError> {
        hub.clients().caller().custom_object(&object).await
    }

    fn stream(&self) -> impl Stream<Item = &'static str> + Send + use<> {
        stream::iter(["a", "b", "c"])
    }

    fn infinite_stream(
        &self,
        hub: Hub<dyn TestClient>,
        cancelled: CancellationToken,
    ) -> impl Stream<Item = i32> + Send + use<> {
        stream::once(async move {
            cancelled.cancelled().await;
            // Nobody hears of it if the connection is gone.
            let _ = hub.clients().caller().stream_canceled().await;
        })
        .filter_map(async |()| None)
    }

    async fn streaming_concat(&self, mut texts: UploadStream<Option<String>>) -> Result<String, HubError> {
        streams::join(&mut texts).await
    }

    fn empty_stream(&self) -> Empty<i32> {
        stream::empty()
    }

    fn stream_throw_exception(&self, message: Option<String>) -> Result<Empty<i32>, InvalidOperationException> {
        Err(InvalidOperationException(message.unwrap_or_default()))
    }

    fn get_active_transport_name(&self, hub: Hub<dyn TestClient>) -> &'static str {
        hub.transport_name()
    }

    fn echo_complex_object(&self, object: Option<ComplexObject>) -> Option<ComplexObject> {
        object
    }

    fn send_complex_object(&self) -> ComplexObject {
        ComplexObject::of_the_tests()
    }

    fn get_content_type_header(&self, hub: Hub<dyn TestClient>) -> Option<String> {
        request::header(hub.request(), "content-type")
    }

    fn get_header(&self, hub: Hub<dyn TestClient>, name: String) -> Option<String> {
        request::header(hub.request(), &name)
    }

    fn get_cookie(&self, hub: Hub<dyn TestClient>, name: String) -> Option<String> {
        request::cookie(hub.request(), &name)
    }

    fn get_http_protocol(&self, hub: Hub<dyn TestClient>) -> String {
        format!("{:?}", hub.request().version)
    }
}

/// A hub to which nobody can connect.
#[derive(Debug, Default)]
pub struct UncreatableHub;

#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub]
impl UncreatableHub {
    fn on_connected(&self) -> Result<(), InvalidOperationException> {
        let text = "Unable to resolve service for type 'RefServer.NotRegistered' while attempting to activate \
                    'RefServer.UncreatableHub'.";
        Err(InvalidOperationException(text.to_owned()))
    }
}
