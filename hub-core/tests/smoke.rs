//! The runtime without the macros: what they would generate, written by hand.

use std::sync::Arc;

use hub_core::__private::{BoxFuture, ResultReturned as _, Tag, ValueReturned as _};
use hub_core::testing::TestError;
use hub_core::{Call, FromInvocation, Hub, HubDispatch, HubError, HubServer, Methods, Untyped};

#[derive(Default)]
struct Chat;

impl Chat {
    async fn echo(&self, text: String) -> String {
        text
    }

    async fn shout(&self, hub: Hub, text: String) -> Result<(), HubError> {
        hub.clients().all().send("Receive", (text,)).await
    }

    fn explode(&self) -> u32 {
        panic!("boom")
    }
}

impl HubDispatch for Chat {
    type Client = Untyped;
    const NAME: &'static str = "Chat";

    fn methods(methods: &mut Methods<Self>) {
        methods.add("Echo", <String as FromInvocation<Self>>::WIRE, |mut call: Call<'_, Self>| {
            let text = call.bind::<String>()?;
            call.run(|hub: Arc<Self>| async move {
                let value = hub.echo(text).await;
                (&Tag::of(&value)).returned().split(value)
            })
        });
        methods.add(
            "Shout",
            <Hub as FromInvocation<Self>>::WIRE + <String as FromInvocation<Self>>::WIRE,
            |mut call: Call<'_, Self>| {
                let context = call.bind::<Hub>()?;
                let text = call.bind::<String>()?;
                call.run(|hub: Arc<Self>| async move {
                    let value = hub.shout(context, text).await;
                    (&Tag::of(&value)).returned().split(value)
                })
            },
        );
        methods.add("Explode", 0, |call: Call<'_, Self>| {
            call.run(|hub: Arc<Self>| async move {
                let value = hub.explode();
                (&Tag::of(&value)).returned().split(value)
            })
        });
    }

    fn on_connected(_: Arc<Self>, context: Hub) -> BoxFuture<'static, Result<(), HubError>> {
        Box::pin(async move { context.clients().caller().send("Welcome", ()).await })
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_answered() {
    let server = HubServer::new(Chat);
    let mut alice = server.test_client().connect().await.unwrap();
    assert_eq!(alice.invoke::<String>("echo", ("hi",)).await, Ok("hi".to_owned()));
    alice.received::<()>("Welcome").await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_message_to_all_reaches_everybody() {
    let server = HubServer::new(Chat);
    let mut alice = server.test_client().connect().await.unwrap();
    let mut bob = server.test_client().connect().await.unwrap();
    alice.invoke::<()>("Shout", ("hi",)).await.unwrap();
    assert_eq!(alice.received::<(String,)>("Receive").await, Ok(("hi".to_owned(),)));
    assert_eq!(bob.received::<(String,)>("Receive").await, Ok(("hi".to_owned(),)));
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_its_call_alone() {
    let server = HubServer::new(Chat);
    let mut alice = server.test_client().connect().await.unwrap();
    let error = alice.invoke::<u32>("Explode", ()).await.unwrap_err();
    assert_eq!(error, TestError::Call("An unexpected error occurred invoking 'Explode' on the server.".to_owned()));
    assert_eq!(alice.invoke::<String>("Echo", ("still here",)).await, Ok("still here".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_tells_clients_that_they_may_come_back() {
    let server = HubServer::new(Chat);
    let mut alice = server.test_client().connect().await.unwrap();
    alice.invoke::<String>("Echo", ("hi",)).await.unwrap();
    server.shutdown().await;
    let closed = alice.closed().await;
    assert!(closed.with_message && closed.allow_reconnect && closed.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_is_pinged() {
    let server = HubServer::new(Chat);
    let mut alice = server.test_client().connect().await.unwrap();
    let start = tokio::time::Instant::now();
    alice.pinged().await.unwrap();
    alice.pinged().await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 30);
}
