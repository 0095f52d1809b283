//! Connections that are cut (C-54, C-113).

use std::collections::HashMap;

use futures_util::future::join_all;
use hub_client::{ConnectionError, HubConnection, InvocationError};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{
    Event, Fate, Proxy, Random, Server, Way, asked, connection_to, each_way, events, heard, items, patient, take,
};

each_way! {
    a_connection_that_is_cut_comes_back,
    a_connection_that_is_cut_ends_if_it_may_not_come_back,
    calls_are_done_at_most_once_and_answered_or_failed_wherever_the_connection_is_cut,
    a_start_ends_wherever_the_connection_is_cut,
}

async fn a_connection_that_is_cut_comes_back(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    let hub = connection_to(proxy.address, "/hub", way).with_reconnect_policy(patient).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    for _ in 0..3 {
        let (id, mut asked) = (hub.connection_id(), asked(&hub));
        let call = hub.invoke::<String>("Ask", ("?",));
        let streaming = async { items(hub.stream::<i32>("Infinite", ()).await.unwrap()).await.1 };
        let cutting = async {
            asked.recv().await.unwrap();
            proxy.cut().await;
        };
        let (called, streamed, ()) = tokio::join!(call, streaming, cutting);
        assert!(matches!(called, Err(InvocationError::Closed(Some(ConnectionError::Transport(_))))), "{called:?}");
        assert!(matches!(streamed, Some(InvocationError::Closed(Some(_)))), "{streamed:?}");
        let Some(Event::Reconnecting(Some(_))) = events.recv().await else { panic!("not reconnecting") };
        let Some(Event::Reconnected(new)) = events.recv().await else { panic!("not reconnected") };
        assert_ne!(new, id);
        assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
        hub.off("Ask");
    }
    assert!(events.try_recv().is_err());
}

async fn a_connection_that_is_cut_ends_if_it_may_not_come_back(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    let hub = connection_to(proxy.address, "/hub", way).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    proxy.cut().await;
    let event = events.recv().await;
    assert!(matches!(event, Some(Event::Closed(Some(ConnectionError::Transport(_))))), "{event:?}");
    assert!(matches!(hub.invoke::<()>("Nothing", ()).await, Err(InvocationError::NotConnected)));
}

async fn calls_are_done_at_most_once_and_answered_or_failed_wherever_the_connection_is_cut(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    let witness = server.connect(way).await;
    let mut told = heard(&witness, "Receive");
    let hub = connection_to(proxy.address, "/hub", way).with_reconnect_policy(patient).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    // The first link, and some of the others, are those of the start.
    proxy.cut().await;
    let mut random = Random::new(1);
    proxy.let_die((0..24).map(|_| random.within(500..6000)), Fate::Cut);

    let (mut round, mut answered) = (0, Vec::new());
    while proxy.deaths_left() > 0 {
        let done = tell_four(&hub, round).await;
        if done.len() < 4 {
            until_reconnected(&mut events).await;
        }
        answered.extend(done);
        round += 1;
    }
    let mut times = HashMap::<String, usize>::new();
    witness.invoke::<()>("ToCaller", ("end",)).await.unwrap();
    while let [text] = &take(&mut told, 1).await[..]
        && text != "end"
    {
        *times.entry(text.clone()).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert!(answered.iter().all(|text| times.contains_key(text)), "{answered:?}");
    assert!(!answered.is_empty() && answered.len() < 4 * round, "{} of 4 * {round}", answered.len());
}

/// Tells four texts to all; returns which of them were answered.
async fn tell_four(hub: &HubConnection, round: usize) -> Vec<String> {
    let calls = (0..4).map(async |number| {
        let text = format!("{round}.{number}");
        match hub.invoke::<()>("ToAll", (&text,)).await {
            Ok(()) => Some(text),
            Err(InvocationError::Closed(Some(_)) | InvocationError::NotConnected) => None,
            Err(error) => panic!("{error:?}"),
        }
    });
    join_all(calls).await.into_iter().flatten().collect()
}

async fn until_reconnected(events: &mut UnboundedReceiver<Event>) {
    loop {
        match events.recv().await.unwrap() {
            Event::Reconnecting(_) => {}
            Event::Reconnected(_) => return,
            Event::Closed(reason) => panic!("{reason:?}"),
        }
    }
}

async fn a_start_ends_wherever_the_connection_is_cut(way: Way) {
    let server = Server::start().await;
    let starts = (0..24).map(async |step| {
        let proxy = Proxy::to(server.address).await;
        proxy.let_die([step * 160; 16], Fate::Cut);
        let hub = connection_to(proxy.address, "/hub", way).build();
        let started = hub.start().await;
        hub.stop().await;
        started.is_ok()
    });
    let started = join_all(starts).await;
    assert!(!started[0] && started[23], "{started:?}");
}
