//! Groups of connections that other servers have.

use std::time::Instant;

use crate::support::{Client, Redis, Server, until};

#[tokio::test]
async fn a_connection_of_another_server_joins_and_leaves() {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let (mut asking, mut other) = (Client::json(&a.hub).await, Client::message_pack(&b.hub).await);
    let id = other.id().to_string();
    for _ in 0..2 {
        asking.call("JoinOther", &[&id, "k"]).await.unwrap();
    }
    a.handle().clients().group("k").send("Receive", ("in",)).await.unwrap();
    for _ in 0..2 {
        asking.call("LeaveOther", &[&id, "k"]).await.unwrap();
    }
    a.handle().clients().group("k").send("Receive", ("out",)).await.unwrap();
    a.mark("end").await;
    assert_eq!(other.heard_until("end").await, ["in"]);
}

#[tokio::test]
async fn nobody_joins_at_once_and_without_an_error() {
    let redis = Redis::start();
    let a = Server::start(&redis).await;
    let _b = Server::start(&redis).await;
    let mut asking = Client::json(&a.hub).await;
    let start = Instant::now();
    asking.call("JoinOther", &["nobody", "k"]).await.unwrap();
    asking.call("LeaveOther", &["nobody", "k"]).await.unwrap();
    assert!(
        start.elapsed().as_secs() < 2,
        "{:?}: as on a single server, not after half a minute (R-63)",
        start.elapsed()
    );
}

#[tokio::test]
async fn commands_follow_each_other_at_once() {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let mut other = Client::json(&b.hub).await;
    let (groups, id) = (a.handle().groups(), other.id().to_string());
    for round in 0..50 {
        groups.add(&id, "k").await.unwrap();
        a.handle().clients().group("k").send("Receive", (round.to_string(),)).await.unwrap();
        groups.remove(&id, "k").await.unwrap();
        a.handle().clients().group("k").send("Receive", ("nobody is there",)).await.unwrap();
    }
    a.mark("end").await;
    assert_eq!(other.heard_until("end").await, (0..50).map(|round| round.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn channels_are_given_up_with_the_last_connection() {
    let redis = Redis::start();
    let server = Server::start(&redis).await;
    let mut first = Client::json(&server.hub).await;
    let mut second = Client::json(&server.hub).await;
    for client in [&mut first, &mut second] {
        client.call("Join", &["g"]).await.unwrap();
    }
    let subscribers = |channel: &str| {
        let channels = redis.say(&format!("PUBSUB CHANNELS {channel}"));
        channels.trim_start_matches('*').parse::<usize>().unwrap()
    };
    assert_eq!((subscribers("P:connection:*"), subscribers("P:group:*")), (2, 1));
    drop(first);
    until(|| subscribers("P:connection:*") == 1).await;
    assert_eq!(subscribers("P:group:*"), 1);
    drop(second);
    until(|| subscribers("P:*") == 4).await;
    server.hub.shutdown().await;
    until(|| subscribers("P:*") == 0).await;
}

#[tokio::test]
async fn a_hundred_connections_join_a_hundred_groups_at_once() {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let mut clients = Vec::new();
    for number in 0..100 {
        clients.push(Client::json(if number % 2 == 0 { &a.hub } else { &b.hub }).await);
    }
    let groups = a.handle().groups();
    let joins = clients.iter().flat_map(|client| (0..100).map(|group| groups.add(client.id(), group.to_string())));
    futures_util::future::try_join_all(joins).await.unwrap();
    for group in 0..100 {
        b.handle().clients().group(group.to_string()).send("Receive", (group.to_string(),)).await.unwrap();
    }
    b.mark("end").await;
    let expected: Vec<_> = (0..100).map(|group| group.to_string()).collect();
    for client in &mut clients {
        assert_eq!(client.heard_until("end").await, expected);
    }
}
