//! Groups (section 7.1).

use hub_server::{Hub, HubError, HubServer, hub};

use crate::support::{Raw, settle};

struct Club;

#[hub]
impl Club {
    async fn on_disconnected(&self, hub: Hub) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), "ghosts").await
    }
}

const NEWS: &str = r#"{"type":1,"target":"News","arguments":[]}"#;

/// A hub with one client, and how often a message to a group reaches that client.
async fn club() -> (HubServer<Club>, Raw) {
    let server = HubServer::new(Club);
    let raw = Raw::connect(&server).await;
    (server, raw)
}

async fn copies(server: &HubServer<Club>, raw: &mut Raw, group: &str) -> usize {
    server.handle().clients().group(group).send("News", ()).await.unwrap();
    let messages = raw.so_far().await;
    assert!(messages.iter().all(|message| message == NEWS));
    messages.len()
}

#[tokio::test(start_paused = true)]
async fn who_was_added_is_in_the_group_until_removed() {
    let (server, mut raw) = club().await;
    let groups = server.handle().groups();
    assert_eq!(copies(&server, &mut raw, "g").await, 0);
    groups.add(raw.id(), "g").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 1);
    groups.remove(raw.id(), "g").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 0);
}

#[tokio::test(start_paused = true)]
async fn who_is_added_twice_is_in_the_group_once_and_is_removed_at_once() {
    let (server, mut raw) = club().await;
    let groups = server.handle().groups();
    groups.add(raw.id(), "g").await.unwrap();
    groups.add(raw.id(), "g").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 1);
    groups.remove(raw.id(), "g").await.unwrap();
    groups.remove(raw.id(), "g").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 0);
}

#[tokio::test(start_paused = true)]
async fn unknown_connections_and_groups_are_no_error() {
    let (server, mut raw) = club().await;
    let groups = server.handle().groups();
    groups.add("nobody", "g").await.unwrap();
    groups.remove("nobody", "g").await.unwrap();
    groups.remove(raw.id(), "no such group").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_group_goes_on_without_who_left() {
    let (server, mut raw) = club().await;
    let other = Raw::connect(&server).await;
    let groups = server.handle().groups();
    groups.add(raw.id(), "g").await.unwrap();
    groups.add(other.id(), "g").await.unwrap();
    drop(other);
    settle().await;
    assert_eq!(copies(&server, &mut raw, "g").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_ended_joins_no_group() {
    let (server, mut raw) = club().await;
    let other = Raw::connect(&server).await;
    let id = other.id().clone();
    drop(other);
    settle().await;
    server.handle().groups().add(&id, "g").await.unwrap();
    server.handle().groups().add(raw.id(), "g").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 1);
    assert_eq!(copies(&server, &mut raw, "ghosts").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_in_many_groups() {
    let (server, mut raw) = club().await;
    for n in 0..100 {
        server.handle().groups().add(raw.id(), n.to_string()).await.unwrap();
    }
    for n in 0..100 {
        assert_eq!(copies(&server, &mut raw, &n.to_string()).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn groups_of_two_hubs_are_two_groups() {
    let (server, mut raw) = club().await;
    let (other_server, mut other) = club().await;
    server.handle().groups().add(raw.id(), "g").await.unwrap();
    other_server.handle().groups().add(other.id(), "g").await.unwrap();
    assert_eq!(copies(&server, &mut raw, "g").await, 1);
    assert!(other.so_far().await.is_empty());
}
