//! Several threads and real time: what the paused clock cannot show.

use std::time::Duration;

use hub_client::testing::in_memory;
use hub_client::{HubConnection, InvocationError};
use hub_server::HubServer;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::support::{Basic, Log, basic};

const CALLERS: i64 = 8;
const CALLS: i64 = 100;
const LIMIT: Duration = Duration::from_secs(60);

/// Calls from many tasks; returns how many were answered, and how many failed with their connection.
async fn call_from_many(connection: &HubConnection) -> (i64, i64) {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let connection = connection.clone();
        callers.spawn(async move {
            let (mut answered, mut failed) = (0, 0);
            for number in 0..CALLS {
                match connection.invoke::<i64>("Add", (caller, number)).await {
                    Ok(sum) => {
                        assert_eq!(sum, caller + number);
                        answered += 1;
                    }
                    Err(InvocationError::Closed(_) | InvocationError::NotConnected) => {
                        failed += 1;
                        sleep(Duration::from_millis(1)).await;
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
            (answered, failed)
        });
    }
    callers.join_all().await.into_iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_ends_however_often_the_connection_is_lost() {
    let (server, _) = basic();
    let network = in_memory(&server);
    let connection = HubConnection::with_connector(network.clone())
        .with_reconnect_policy(|_: &hub_client::RetryContext| Some(Duration::ZERO))
        .build();
    connection.start().await.unwrap();
    let cutting = tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(2)).await;
            network.cut();
        }
    });
    let (answered, failed) = timeout(LIMIT, call_from_many(&connection)).await.expect("a call does not end");
    cutting.abort();
    assert_eq!(answered + failed, CALLERS * CALLS);
    assert!(answered > 0);
    timeout(LIMIT, connection.stop()).await.expect("the connection does not stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_answered_when_the_connection_is_resumed() {
    let log = Log::default();
    let server = HubServer::builder(Basic(log.clone())).stateful_reconnect_buffer_size(20_000).build();
    let network = in_memory(&server).capacity(1_000);
    let connection = HubConnection::with_connector(network.clone())
        .with_stateful_reconnect()
        .stateful_reconnect_buffer_size(20_000)
        .build();
    connection.start().await.unwrap();
    let cutting = tokio::spawn(async move {
        for _ in 0..4 {
            sleep(Duration::from_millis(300)).await;
            network.cut();
        }
    });
    let (answered, failed) = timeout(LIMIT, call_from_many(&connection)).await.expect("a call does not end");
    cutting.await.unwrap();
    assert_eq!((answered, failed), (CALLERS * CALLS, 0));
    timeout(LIMIT, connection.stop()).await.expect("the connection does not stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_start_and_stop_beside_their_calls() {
    let (server, log) = basic();
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let connection = HubConnection::with_connector(in_memory(&server)).build();
        tasks.spawn(async move {
            for _ in 0..5 {
                connection.start().await.unwrap();
                let (call, ()) = tokio::join!(connection.invoke::<i64>("Add", (1, 2)), async {
                    tokio::task::yield_now().await;
                    connection.stop().await;
                });
                assert!(matches!(call, Ok(3) | Err(InvocationError::Closed(None) | InvocationError::NotConnected)));
            }
        });
    }
    timeout(LIMIT, tasks.join_all()).await.expect("a connection does not end");
    let log = log.take();
    let connected = log.iter().filter(|line| *line == "connected").count();
    assert_eq!(connected, 250);
}
