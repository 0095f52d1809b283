//! How connections end, and come back (sections 13.9 to 13.11).

use hub_client::{ConnectionError, ConnectionState, InvocationError};

use crate::support::{
    Event, Server, Way, asked, connection_to, each_way, events, heard, items, numbers, patient, take,
};

each_way! {
    calls_that_are_pending_end_with_the_connection,
    a_connection_can_be_started_again,
    what_was_sent_before_the_stop_arrives,
    a_dropped_connection_ends,
    a_server_that_wants_it_to_be_the_end_is_obeyed,
    the_reason_of_the_server_is_told,
    a_server_that_shuts_down_ends_the_connection,
    a_connection_comes_back_to_the_next_server,
}

async fn calls_that_are_pending_end_with_the_connection(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (mut asked, mut events) = (asked(&hub), events(&hub));
    let call = hub.invoke::<String>("Ask", ("?",));
    let streaming = async { items(hub.stream::<i32>("Infinite", ()).await.unwrap()).await };
    let stopping = async {
        asked.recv().await.unwrap();
        hub.stop().await;
    };
    let (called, (_, streamed), ()) = tokio::join!(call, streaming, stopping);
    assert!(matches!(called, Err(InvocationError::Closed(None))), "{called:?}");
    assert!(matches!(streamed, Some(InvocationError::Closed(None))), "{streamed:?}");
    assert!(matches!(events.recv().await, Some(Event::Closed(None))));
    assert_eq!(hub.state(), ConnectionState::Disconnected);
}

async fn a_connection_can_be_started_again(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let first = hub.connection_id();
    hub.stop().await;
    assert!(matches!(hub.invoke::<()>("Nothing", ()).await, Err(InvocationError::NotConnected)));
    hub.start().await.unwrap();
    assert_ne!(hub.connection_id(), first);
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn what_was_sent_before_the_stop_arrives(way: Way) {
    let server = Server::start().await;
    let (hub, watcher) = (server.connect(way).await, server.connect(way).await);
    let mut texts = heard(&watcher, "Receive");
    let id = watcher.connection_id();
    for number in 0..20 {
        hub.send("ToClient", (&id, number.to_string())).await.unwrap();
    }
    hub.stop().await;
    let mut heard = take(&mut texts, 20).await;
    heard.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(heard, numbers(20));
}

async fn a_dropped_connection_ends(way: Way) {
    let server = Server::start().await;
    let (hub, watcher) = (server.connect(way).await, server.connect(way).await);
    let (sender, mut left) = tokio::sync::mpsc::channel(1);
    watcher.on("Left", move |id: String, _: Option<String>| sender.try_send(id).unwrap());
    watcher.invoke::<()>("Join", ("watchers",)).await.unwrap();
    let id = hub.connection_id();
    drop(hub);
    assert_eq!(left.recv().await, id);
}

async fn a_server_that_wants_it_to_be_the_end_is_obeyed(way: Way) {
    let server = Server::start().await;
    let hub = server.connection(way).with_reconnect_policy(patient).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    let called = hub.invoke::<()>("Abort", ()).await;
    assert!(matches!(called, Err(InvocationError::Closed(None))), "{called:?}");
    assert!(matches!(events.recv().await, Some(Event::Closed(None))));
    assert_eq!(hub.state(), ConnectionState::Disconnected);
}

async fn the_reason_of_the_server_is_told(way: Way) {
    let server = Server::start().await;
    let hub = connection_to(server.address, "/hub?failConnectHub=1", way).with_reconnect_policy(patient).build();
    let mut events = events(&hub);
    // The server closes the connection behind the handshake.
    hub.start().await.unwrap();
    match events.recv().await.unwrap() {
        Event::Closed(Some(ConnectionError::ClosedByServer(text))) => {
            assert_eq!(text, "Connection closed with an error. HubException: connect refused");
        }
        event => panic!("{event:?}"),
    }
}

async fn a_server_that_shuts_down_ends_the_connection(way: Way) {
    let server = Server::start().await;
    let hub = server.connect(way).await;
    let (mut asked, mut events) = (asked(&hub), events(&hub));
    let shutting_down = async {
        asked.recv().await.unwrap();
        server.shut_down().await;
    };
    let (called, ()) = tokio::join!(hub.invoke::<String>("Ask", ("?",)), shutting_down);
    assert!(matches!(called, Err(InvocationError::Closed(_))), "{called:?}");
    assert!(matches!(events.recv().await, Some(Event::Closed(_))));
}

async fn a_connection_comes_back_to_the_next_server(way: Way) {
    let mut server = Server::start().await;
    let hub = server.connection(way).with_reconnect_policy(patient).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    for _ in 0..2 {
        let (id, address) = (hub.connection_id().unwrap(), server.address);
        let mut asked = asked(&hub);
        let restarting = async {
            asked.recv().await.unwrap();
            server.shut_down().await;
            Server::start_at(address).await
        };
        let (called, next) = tokio::join!(hub.invoke::<String>("Ask", ("?",)), restarting);
        assert!(matches!(called, Err(InvocationError::Closed(_))), "{called:?}");
        assert!(matches!(events.recv().await, Some(Event::Reconnecting(_))));
        let Some(Event::Reconnected(Some(new))) = events.recv().await else { panic!("not reconnected") };
        assert_ne!(new, id);
        assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
        hub.off("Ask");
        server = next;
    }
    hub.stop().await;
    assert!(matches!(events.recv().await, Some(Event::Closed(None))));
    assert!(events.try_recv().is_err());
}
