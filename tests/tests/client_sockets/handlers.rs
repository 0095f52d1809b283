//! What the server calls (section 13.8).

use std::sync::{Arc, Mutex};

use hub_client::{HubConnection, InvocationError};

use crate::support::{Server, Way, each_way, heard, numbers, refusal, take};

each_way! {
    handlers_run_in_their_order_until_they_are_removed,
    a_thousand_quick_messages_come_in_order,
    the_server_is_answered_with_a_value,
    the_server_is_answered_with_an_error,
    a_handler_may_call_the_hub,
}

async fn handlers_run_in_their_order_until_they_are_removed(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let notes = Arc::new(Mutex::new(Vec::new()));
    let subscriptions = ["first", "second"].map(|name| {
        let notes = Arc::clone(&notes);
        hub.on("Receive", move |text: String| notes.lock().unwrap().push(format!("{name} {text}")))
    });
    let mut last = heard(&hub, "Receive");
    hub.invoke::<()>("ToCaller", ("a",)).await.unwrap();
    assert_eq!(take(&mut last, 1).await, ["a"]);
    let [first, _] = subscriptions;
    first.off();
    hub.invoke::<()>("ToCaller", ("b",)).await.unwrap();
    assert_eq!(take(&mut last, 1).await, ["b"]);
    assert_eq!(*notes.lock().unwrap(), ["first a", "second a", "second b"]);
}

async fn a_thousand_quick_messages_come_in_order(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let mut texts = heard(&hub, "Receive");
    assert_eq!(hub.invoke::<i32>("Burst", (1000,)).await.unwrap(), 1000);
    assert_eq!(take(&mut texts, 1000).await, numbers(1000));
}

async fn the_server_is_answered_with_a_value(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    hub.on("Ask", |prompt: String| async move { format!("{prompt}!") });
    hub.on("AskInt", |prompt: String| prompt.parse::<i32>().map_err(|error| error.to_string()).unwrap_or(-1));
    assert_eq!(hub.invoke::<String>("Ask", ("name",)).await.unwrap(), "answer: name!");
    assert_eq!(hub.invoke::<i32>("AskInt", ("41",)).await.unwrap(), 41);
    // Another client may ask as well.
    let other = server.connect(way).await;
    let answer = other.invoke::<String>("AskClient", (hub.connection_id(), "you")).await;
    assert_eq!(answer.unwrap(), "answer: you!");
}

async fn the_server_is_answered_with_an_error(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let failed = async |hub: &HubConnection| refusal(hub.invoke::<String>("Ask", ("?",)).await);
    let is_told = |text: String, of: &str| assert!(text.contains("ask failed") && text.contains(of), "{text}");
    is_told(failed(&hub).await, "Client didn't provide a result.");
    let nothing = hub.on("Ask", |_: String| {});
    is_told(failed(&hub).await, "Client didn't provide a result.");
    nothing.off();
    let flawed = hub.on("Ask", |number: u32| number);
    is_told(failed(&hub).await, "Client failed to parse argument(s).");
    flawed.off();
    let refusing = hub.on("Ask", |_: String| Err::<String, _>(InvocationError::NotConnected));
    is_told(failed(&hub).await, &InvocationError::NotConnected.to_string());
    refusing.off();
    hub.on("Ask", |_: String| -> String { panic!("out of answers") });
    is_told(failed(&hub).await, "out of answers");
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn a_handler_may_call_the_hub(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let weak = hub.downgrade();
    hub.on("Ask", move |prompt: String| {
        let weak = weak.clone();
        async move { weak.upgrade().unwrap().invoke::<String>("EchoTwo", (prompt, 1)).await }
    });
    assert_eq!(hub.invoke::<String>("Ask", ("a",)).await.unwrap(), "answer: a:1");
}
