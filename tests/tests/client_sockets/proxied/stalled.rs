//! Connections over which nothing comes any more.

use std::time::Duration;

use futures_util::future::join_all;
use hub_client::http::HttpEndpoint;
use hub_client::{ConnectionError, ConnectionState, HubConnectionBuilder, InvocationError, StartError};
use tokio::time::{Instant, timeout};

use crate::support::{Event, Fate, Proxy, Server, Way, Weather, connection_to, each_way, events, patient};

each_way! {
    a_stalled_connection_is_given_up_and_comes_back,
    a_start_over_a_stalled_network_is_given_up,
    a_start_that_stalls_anywhere_ends_in_time,
    a_stalled_connection_can_be_stopped,
}

const TIMEOUT: Duration = Duration::from_millis(300);

/// What a machine that is busy adds to all timeouts.
const SLACK: Duration = Duration::from_secs(20);

fn impatient(connection: HubConnectionBuilder<HttpEndpoint>) -> HubConnectionBuilder<HttpEndpoint> {
    connection.server_timeout(TIMEOUT).http_timeout(TIMEOUT).handshake_timeout(TIMEOUT).close_timeout(TIMEOUT)
}

async fn a_stalled_connection_is_given_up_and_comes_back(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    // The server pings often enough for the short timeout.
    let hub = impatient(connection_to(proxy.address, "/lively", way)).with_reconnect_policy(patient).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
    proxy.set(Weather::Stalled);
    let called = hub.invoke::<i32>("EchoInt", (1,)).await;
    match called {
        // Long polling has no pings; what times out is a request (C-103).
        Err(InvocationError::Closed(Some(ConnectionError::Transport(_)))) if way.is_long_polling() => {}
        Err(InvocationError::Closed(Some(ConnectionError::ServerTimeout(TIMEOUT)))) => {}
        called => panic!("{called:?}"),
    }
    assert!(matches!(events.recv().await, Some(Event::Reconnecting(Some(_)))));
    assert!(matches!(hub.invoke::<()>("Nothing", ()).await, Err(InvocationError::NotConnected)));
    proxy.set(Weather::Fair);
    assert!(matches!(events.recv().await, Some(Event::Reconnected(_))));
    assert_eq!(hub.invoke::<i32>("EchoInt", (1,)).await.unwrap(), 1);
}

async fn a_start_over_a_stalled_network_is_given_up(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    proxy.set(Weather::Stalled);
    let hub = impatient(connection_to(proxy.address, "/hub", way)).build();
    let error = hub.start().await.unwrap_err();
    assert!(matches!(error, StartError::Connect(_)), "{error:?}");
    assert_eq!(hub.state(), ConnectionState::Disconnected);
}

async fn a_start_that_stalls_anywhere_ends_in_time(way: Way) {
    let server = Server::start().await;
    let starts = (0..24).map(async |step| {
        let proxy = Proxy::to(server.address).await;
        proxy.let_die([step * 160; 16], Fate::Stall);
        let hub = impatient(connection_to(proxy.address, "/hub", way)).build();
        let begun = Instant::now();
        let started = hub.start().await;
        // Requests and the handshake have a time each.
        assert!(begun.elapsed() < 4 * TIMEOUT + SLACK, "{started:?} after {step}");
        hub.stop().await;
        started.is_ok()
    });
    let started = join_all(starts).await;
    assert!(!started[0] && started[23], "{started:?}");
}

async fn a_stalled_connection_can_be_stopped(way: Way) {
    let server = Server::start().await;
    let proxy = Proxy::to(server.address).await;
    let hub = connection_to(proxy.address, "/hub", way).close_timeout(TIMEOUT).build();
    let mut events = events(&hub);
    hub.start().await.unwrap();
    proxy.set(Weather::Stalled);
    let pending = hub.invoke::<i32>("EchoInt", (1,));
    let stopping = timeout(TIMEOUT + SLACK, async {
        tokio::task::yield_now().await;
        hub.stop().await;
    });
    let (called, stopped) = tokio::join!(pending, stopping);
    stopped.unwrap();
    assert!(matches!(called, Err(InvocationError::Closed(None))), "{called:?}");
    assert!(matches!(events.recv().await, Some(Event::Closed(None))));
}
