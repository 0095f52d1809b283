//! Many connections of one program.

use std::time::Duration;

use futures_util::future::join_all;
use hub_client::HubConnection;
use tokio::time::timeout;

use crate::support::{Server, Way, heard, take};

const OF_EACH: usize = 60;

/// 300 connections of all kinds at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_connections_live_beside_each_other() {
    let case = async {
        let server = Server::start().await;
        let ways = Way::ALL.into_iter().flat_map(|way| [way; OF_EACH]);
        let hubs: Vec<HubConnection> = join_all(ways.map(|way| server.connect(way))).await;
        let mut texts: Vec<_> = hubs.iter().map(|hub| heard(hub, "Receive")).collect();
        let echoes = hubs.iter().enumerate().map(async |(number, hub)| {
            assert_eq!(hub.invoke::<usize>("EchoInt", (number,)).await.unwrap(), number);
        });
        join_all(echoes).await;
        hubs[0].invoke::<()>("ToAll", ("everybody",)).await.unwrap();
        for texts in &mut texts {
            assert_eq!(take(texts, 1).await, ["everybody"]);
        }
        join_all(hubs.iter().map(HubConnection::stop)).await;
    };
    timeout(Duration::from_secs(60), case).await.unwrap();
}
