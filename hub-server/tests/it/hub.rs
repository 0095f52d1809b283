//! The hub the tests talk to.

use std::sync::Arc;

use hub_server::__private::{BoxFuture, Methods};
use hub_server::{
    ConnectionId, DisconnectError, Hub, HubDispatch, HubError, HubServer, HubServerBuilder, Untyped, User,
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Echoes, sends to all, and reports how each connection ended.
pub struct TestHub {
    endings: UnboundedSender<Option<String>>,
}

/// What `on_disconnected` was told, connection by connection.
pub type Endings = UnboundedReceiver<Option<String>>;

pub fn server() -> (HubServer<TestHub>, Endings) {
    let (builder, endings) = builder();
    (builder.build(), endings)
}

pub fn builder() -> (HubServerBuilder<TestHub>, Endings) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (HubServer::builder(TestHub { endings: sender }), receiver)
}

impl HubDispatch for TestHub {
    type Client = Untyped;

    const NAME: &'static str = "TestHub";

    fn methods(methods: &mut Methods<Self>) {
        methods.add("Echo", 1, |mut call| {
            let text = call.bind::<String>()?;
            call.run(|_| async move { Ok(text) })
        });
        methods.add("WhoAmI", 0, |mut call| {
            let (id, user) = (call.bind::<ConnectionId>()?, call.bind::<User>()?);
            call.run(|_| async move { Ok((id.to_string(), user.id().map(str::to_owned))) })
        });
        methods.add("ToAll", 1, |mut call| {
            let (hub, text) = (call.bind::<Hub>()?, call.bind::<String>()?);
            call.run(|_| async move {
                hub.clients().all().send("Receive", (text,)).await?;
                Ok(())
            })
        });
        methods.add("Abort", 0, |mut call| {
            let hub = call.bind::<Hub>()?;
            call.run(|_| async move {
                hub.abort();
                Ok(())
            })
        });
        methods.add("Large", 1, |mut call| {
            let size = call.bind::<usize>()?;
            call.run(move |_| async move { Ok("x".repeat(size)) })
        });
    }

    fn on_disconnected(
        hub: Arc<Self>,
        context: Hub,
        reason: Option<DisconnectError>,
    ) -> BoxFuture<'static, Result<(), HubError>> {
        let failing = context.request().uri.query().is_some_and(|query| query.contains("failDisconnect"));
        let _ = hub.endings.send(reason.map(|error| error.text().to_owned()));
        Box::pin(async move { if failing { Err(HubError::new("failed on purpose")) } else { Ok(()) } })
    }
}
