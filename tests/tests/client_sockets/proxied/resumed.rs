//! Connections that survive cuts (section 9).

use futures_util::future::join_all;
use futures_util::stream::iter;
use hub_client::{ConnectionError, HubConnection, upload};

use crate::support::{
    Event, Fate, Proxy, Random, Server, Way, asked, check_count, check_echoes, connection_to, events, heard, numbers,
    patient, take,
};

/// A test of each of these cases in each protocol.
macro_rules! each_protocol {
    ($($case:ident,)+) => {$(
        mod $case {
            use crate::support::Way;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_json() {
                Way::WEB_SOCKETS_JSON.run(super::$case).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_message_pack() {
                Way::WEB_SOCKETS_MESSAGE_PACK.run(super::$case).await;
            }
        }
    )+};
}

each_protocol! {
    nothing_is_lost_or_doubled_wherever_the_connection_is_cut,
    an_idle_connection_is_resumed,
    what_does_not_fit_into_the_buffer_waits_for_acknowledgements,
    a_connection_that_the_server_does_not_know_any_more_is_reconnected,
}

/// A resumable connection through a proxy.
struct Case {
    server: Server,
    proxy: Proxy,
    hub: HubConnection,
}

impl Case {
    async fn start(way: Way, buffer_size: usize, lives: impl IntoIterator<Item = usize>) -> Self {
        let server = Server::start().await;
        let proxy = Proxy::to(server.address).await;
        proxy.let_die(lives, Fate::Cut);
        let hub = connection_to(proxy.address, "/hub", way)
            .with_stateful_reconnect()
            .stateful_reconnect_buffer_size(buffer_size)
            .with_reconnect_policy(patient)
            .build();
        hub.start().await.unwrap();
        Self { server, proxy, hub }
    }
}

async fn nothing_is_lost_or_doubled_wherever_the_connection_is_cut(way: Way) {
    join_all((0..6).map(|seed| cut_everywhere(way, seed))).await;
}

async fn cut_everywhere(way: Way, seed: u64) {
    let mut random = Random::new(seed);
    // Each link can bring again what all before it have brought, and more: acknowledgements come only once a second.
    let lives: Vec<usize> = (0..15).map(|link| link * 3000 + random.within(2500..6000)).collect();
    let Case { proxy, hub, server: _server } = Case::start(way, 100_000, lives).await;
    let (id, mut events, mut texts) = (hub.connection_id(), events(&hub), heard(&hub, "Receive"));
    hub.on("AskInt", |number: String| number.parse::<i32>().unwrap_or(-1));
    tokio::join!(check_count(&hub, 600), check_echoes(&hub, 200), sum(&hub), call(&hub), ask(&hub), burst(&hub));
    assert_eq!(take(&mut texts, 300).await, numbers(300), "{seed}");
    assert!(proxy.deaths_left() < 12, "{seed}: {} cuts were not made", proxy.deaths_left());
    assert_eq!(hub.connection_id(), id);
    assert!(events.try_recv().is_err() && texts.try_recv().is_err(), "{seed}");
    hub.stop().await;
}

async fn sum(hub: &HubConnection) {
    let uploads = [0..300, 300..600].map(|numbers| hub.invoke::<i32>("Sum", (upload(iter(numbers)),)));
    let sums: Vec<i32> = join_all(uploads).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(sums, [44_850, 134_850]);
}

async fn call(hub: &HubConnection) {
    for number in 0..100 {
        assert_eq!(hub.invoke::<i32>("EchoInt", (number,)).await.unwrap(), number);
    }
}

async fn ask(hub: &HubConnection) {
    for number in 0..30 {
        assert_eq!(hub.invoke::<i32>("AskInt", (number.to_string(),)).await.unwrap(), number);
    }
}

async fn burst(hub: &HubConnection) {
    assert_eq!(hub.invoke::<i32>("Burst", (300,)).await.unwrap(), 300);
}

async fn an_idle_connection_is_resumed(way: Way) {
    let Case { proxy, hub, server: _server } = Case::start(way, 100_000, []).await;
    let (id, mut events) = (hub.connection_id(), events(&hub));
    for number in 0..5 {
        assert_eq!(hub.invoke::<i32>("EchoInt", (number,)).await.unwrap(), number);
        proxy.cut().await;
    }
    assert_eq!(hub.invoke::<i32>("EchoInt", (5,)).await.unwrap(), 5);
    assert_eq!(hub.connection_id(), id);
    assert!(events.try_recv().is_err());
}

async fn what_does_not_fit_into_the_buffer_waits_for_acknowledgements(way: Way) {
    let Case { proxy, hub, server: _server } = Case::start(way, 1500, [3000, 4000]).await;
    let mut events = events(&hub);
    let texts = vec!["x".repeat(50); 40];
    let joined = hub.invoke::<String>("Concat", ("", upload(iter(texts.clone())), upload(iter([""])))).await;
    assert_eq!(joined.unwrap(), format!("{}/", texts.concat()));
    assert_eq!(proxy.deaths_left(), 0);
    assert!(events.try_recv().is_err());
}

async fn a_connection_that_the_server_does_not_know_any_more_is_reconnected(way: Way) {
    let Case { proxy, hub, server: _server } = Case::start(way, 100_000, []).await;
    let (id, mut events, mut asked) = (hub.connection_id(), events(&hub), asked(&hub));
    let next = Server::start().await;
    let moving = async {
        asked.recv().await.unwrap();
        proxy.lead_to(next.address);
        proxy.cut().await;
    };
    let (called, ()) = tokio::join!(hub.invoke::<String>("Ask", ("?",)), moving);
    assert!(called.is_err());
    match events.recv().await.unwrap() {
        Event::Reconnecting(Some(ConnectionError::NotResumed(..))) => {}
        event => panic!("{event:?}"),
    }
    assert!(matches!(events.recv().await, Some(Event::Reconnected(new)) if new != id));
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}
