//! Calling the hub (section 13.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use hub_client::{ConnectionState, HubConnection, InvocationError};
use hub_core::DateTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::support::{Server, Way, each_way, refusal};

each_way! {
    arguments_and_results_of_every_form,
    errors_are_masked,
    errors_are_told_in_detail,
    an_answer_of_another_type_is_told_apart,
    what_is_sent_is_done_in_order,
    calls_are_answered_out_of_order,
    large_messages_go_both_ways,
}

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Complex {
    name: Option<String>,
    value: i32,
    ratio: Option<f64>,
    tags: Option<Vec<String>>,
    child: Option<Box<Complex>>,
}

/// The answer of an echo is what it was told.
async fn echo<T>(connection: &HubConnection, target: &str, value: T)
where
    T: DeserializeOwned + Serialize + Send + PartialEq + std::fmt::Debug + 'static,
{
    assert_eq!(connection.invoke::<T>(target, (&value,)).await.unwrap(), value, "{target}");
}

async fn arguments_and_results_of_every_form(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    echo(&hub, "Echo", "é日😀 \"\\\u{1}\u{1e}".to_owned()).await;
    echo(&hub, "echo", None::<String>).await;
    echo(&hub, "EchoInt", i32::MIN).await;
    echo(&hub, "EchoLong", i64::MAX).await;
    echo(&hub, "EchoDouble", -1.5e-300).await;
    echo(&hub, "EchoBool", true).await;
    echo(&hub, "EchoBytes", Bytes::from_static(&[0, 255, 30])).await;
    echo(&hub, "EchoDate", DateTime::from_system_time(std::time::UNIX_EPOCH).unwrap()).await;
    echo(&hub, "EchoList", vec![Some("a".to_owned()), None]).await;
    echo(&hub, "EchoMap", BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)])).await;
    let child = Complex { ratio: Some(0.5), tags: Some(vec!["x".to_owned()]), ..Complex::default() };
    echo(&hub, "EchoComplex", Complex { value: 7, child: Some(Box::new(child)), ..Complex::default() }).await;
    assert_eq!(hub.invoke::<String>("EchoTwo", ("a", 1)).await.unwrap(), "a:1");
    assert_eq!(hub.invoke::<String>("renamed-method", ()).await.unwrap(), "renamed");
    assert_eq!(hub.invoke::<Option<u8>>("ReturnNull", ()).await.unwrap(), None);
    hub.invoke::<()>("Nothing", ()).await.unwrap();
}

async fn errors_are_masked(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let masked = "An unexpected error occurred invoking 'Fail' on the server.";
    assert_eq!(refusal(hub.invoke::<()>("Fail", ("secret",)).await), masked);
    let own = "An unexpected error occurred invoking 'FailHub' on the server. HubException: told";
    assert_eq!(refusal(hub.invoke::<()>("FailHub", ("told",)).await), own);
    let unknown = "Failed to invoke 'NoSuch' due to an error on the server. HubException: Method does not exist.";
    assert_eq!(refusal(hub.invoke::<()>("NoSuch", ()).await), unknown);
    let flawed = "Failed to invoke 'EchoInt' due to an error on the server.";
    assert!(refusal(hub.invoke::<i32>("EchoInt", ()).await).starts_with(flawed));
    assert!(refusal(hub.invoke::<i32>("EchoInt", ("text",)).await).starts_with(flawed));
    echo(&hub, "EchoInt", 1).await;
}

async fn errors_are_told_in_detail(way: Way) {
    let server = Server::start().await;
    let hub = server.connect_to("/detailed", way).await;
    let told = "An unexpected error occurred invoking 'Fail' on the server. InvalidOperationException: not secret";
    assert_eq!(refusal(hub.invoke::<()>("Fail", ("not secret",)).await), told);
}

async fn an_answer_of_another_type_is_told_apart(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let error = hub.invoke::<u32>("Echo", ("text",)).await.unwrap_err();
    assert!(matches!(error, InvocationError::WrongType(_)), "{error:?}");
    let error = hub.invoke::<u32>("Counter", (3, 0)).await.unwrap_err();
    assert!(!matches!(error, InvocationError::Closed(_)), "{error:?}");
    assert_eq!(hub.state(), ConnectionState::Connected);
    echo(&hub, "EchoInt", 1).await;
}

async fn what_is_sent_is_done_in_order(way: Way) {
    let server = Server::start().await;
    let hub = server.connect_to("/in-order", way).await;
    for number in 0..100 {
        hub.send("SetItem", ("key", number.to_string())).await.unwrap();
    }
    // Nobody hears that this fails.
    hub.send("Fail", ("x",)).await.unwrap();
    assert_eq!(hub.invoke::<String>("GetItem", ("key",)).await.unwrap(), "99");
}

async fn calls_are_answered_out_of_order(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    // This one is answered when all others are.
    let pending = hub.invoke::<String>("Ask", ("last",));
    let (asked, may_answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_asked, answer) = (Arc::clone(&asked), Arc::clone(&may_answer));
    hub.on("Ask", move |prompt: String| {
        is_asked.notify_one();
        let may_answer = Arc::clone(&may_answer);
        async move {
            may_answer.notified().await;
            prompt
        }
    });
    let others = async {
        asked.notified().await;
        let calls = (0..200).map(|number| hub.invoke::<String>("EchoTwo", ("n", number)));
        for (number, called) in join_all(calls).await.into_iter().enumerate() {
            assert_eq!(called.unwrap(), format!("n:{number}"));
        }
        answer.notify_one();
    };
    let (last, ()) = tokio::join!(pending, others);
    assert_eq!(last.unwrap(), "answer: last");
}

async fn large_messages_go_both_ways(way: Way) {
    const SIZE: usize = 1024 * 1024;
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let text: String = ('a'..='z').cycle().take(SIZE).collect();
    let answer = hub.invoke::<String>("Echo", (&text,)).await.unwrap();
    assert!(answer == text, "{way:?}");
    let bytes = Bytes::from(vec![0xA5; SIZE / 4]);
    assert!(hub.invoke::<Bytes>("EchoBytes", (&bytes,)).await.unwrap() == bytes, "{way:?}");
}
