//! What the options change.

use std::time::Duration;

use hub_redis::{RedisBackplane, RedisEvent};
use hub_server::{HubError, HubServer};

use crate::support::{Came, Client, Redis, Server, Wire, in_time, until};

#[tokio::test]
async fn prefixes_keep_programs_apart() {
    let redis = Redis::start();
    let with = |prefix: &str| Server::with(RedisBackplane::builder(&redis.url()).channel_prefix(prefix));
    let (one, other) = (with("one:").await, with("other:").await);
    let (mut first, mut second) = (Client::json(&one.hub).await, Client::json(&other.hub).await);
    one.handle().clients().all().send("Receive", ("one",)).await.unwrap();
    one.mark("end").await;
    other.mark("end").await;
    assert_eq!(first.heard_until("end").await, ["one"]);
    assert_eq!(second.heard_until("end").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_prefix_is_not_in_the_payload_of_a_question() {
    let redis = Redis::start();
    let with = || Server::with(RedisBackplane::builder(&redis.url()).channel_prefix("app1:"));
    let (a, b) = (with().await, with().await);
    let (mut asking, mut other) = (Client::json(&a.hub).await, Client::json(&b.hub).await);
    let mut monitor = redis.monitor();
    asking.begin("AskClient", &[other.id().as_str(), "why"]).await;
    let question = other.question().await;
    other.answer(&question, Ok("because")).await;
    assert_eq!(asking.next().await, Came::Done(Ok(Some("because".to_owned()))));
    let [_, channel, payload] = <[Vec<u8>; 3]>::try_from(monitor.next()).unwrap();
    assert!(channel.starts_with(b"app1:P:connection:"));
    assert!(payload.ends_with(format!("P:internal:return:{}", a.redis.server_name()).as_bytes()));
    assert!(!payload.windows(5).any(|some| some == b"app1:"));
    let channel = monitor.next().swap_remove(1);
    assert!(channel.starts_with(b"app1:P:internal:return:"));
}

#[tokio::test]
async fn the_name_of_the_hub_is_its_own_unless_told_otherwise() {
    let redis = Redis::start();
    let backplane = RedisBackplane::connect(&redis.url()).await.unwrap();
    let _server = HubServer::builder(Wire).backplane(backplane.clone()).build();
    until(|| redis.say("PUBSUB CHANNELS Wire:all") == "*1").await;
}

#[tokio::test]
#[should_panic(expected = "a Redis backplane serves one hub")]
async fn a_backplane_serves_one_hub() {
    let redis = Redis::start();
    let backplane = RedisBackplane::connect(&redis.url()).await.unwrap();
    let _one = HubServer::builder(Wire).backplane(backplane.clone()).build();
    let _other = HubServer::builder(Wire).backplane(backplane).build();
}

#[tokio::test]
async fn the_tasks_end_with_the_server() {
    let redis = Redis::start();
    let server = Server::start(&redis).await;
    until(|| redis.say("PUBSUB CHANNELS P:*") == "*4").await;
    let mut events = server.redis.events();
    drop(server);
    until(|| redis.say("PUBSUB CHANNELS P:*") == "*0").await;
    assert_eq!(in_time(events.next()).await, None);
}

#[tokio::test]
async fn local_connections_need_no_round_trip() {
    let mut redis = Redis::start();
    let with = || {
        let options = RedisBackplane::builder(&redis.url()).deliver_locally(true);
        Server::with(options.send_timeout(Duration::from_millis(500)))
    };
    let (a, b) = (with().await, with().await);
    let plain = Server::start(&redis).await;
    let mut near = Client::json(&a.hub).await;
    let (mut far, mut farther) = (Client::message_pack(&b.hub).await, Client::json(&plain.hub).await);
    for client in [&mut near, &mut far, &mut farther] {
        client.call("Join", &["g"]).await.unwrap();
    }
    let (clients, ids) = (a.handle().clients(), [near.id().to_string(), far.id().to_string()]);
    clients.all().send("Receive", ("all",)).await.unwrap();
    clients.group("g").send("Receive", ("group",)).await.unwrap();
    clients.clients(&ids).send("Receive", ("clients",)).await.unwrap();
    clients.all_except([&ids[0]]).send("Receive", ("others",)).await.unwrap();
    a.mark("end").await;
    assert_eq!(near.heard_until("end").await, ["all", "group", "clients"]);
    assert_eq!(far.heard_until("end").await, ["all", "group", "clients", "others"]);
    assert_eq!(
        farther.heard_until("end").await,
        ["all", "group", "others"],
        "servers without the option understand it"
    );

    redis.kill();
    until(|| !a.redis.is_connected()).await;
    let error: HubError = clients.all().send("Receive", ("alone",)).await.unwrap_err();
    assert!(error.text().starts_with("Redis was not there"), "{error}");
    clients.client(&ids[0]).send("Mark", ("end",)).await.unwrap();
    assert_eq!(near.heard_until("end").await, ["alone"], "though not everybody got it");
}

#[tokio::test]
async fn sharded_channels_reach_everybody() {
    let mut redis = Redis::start();
    let with = || Server::with(RedisBackplane::builder(&redis.url()).sharded(true));
    let (a, b) = (with().await, with().await);
    let (mut first, mut second) = (Client::json(&a.hub).await, Client::json(&b.hub).await);
    let id = second.id().to_string();
    first.call("JoinOther", &[&id, "g"]).await.unwrap();
    first.call("JoinOther", &["nobody", "g"]).await.unwrap();
    a.handle().clients().group("g").send("Receive", ("hi",)).await.unwrap();
    a.mark("end").await;
    assert_eq!(second.heard_until("end").await, ["hi"]);
    first.begin("AskClient", &[&id, "why"]).await;
    let question = second.question().await;
    second.answer(&question, Ok("because")).await;
    first.heard_until("end").await;
    assert_eq!(first.next().await, Came::Done(Ok(Some("because".to_owned()))));
    assert_eq!((redis.calls("publish"), redis.calls("subscribe")), (0, 0));
    assert!(redis.calls("spublish") > 0 && redis.calls("ssubscribe") > 0);
    redis.kill();
    redis.restart();
    until(|| a.redis.counters().restored == 1 && b.redis.counters().restored == 1).await;
    b.mark("again").await;
    first.heard_until("again").await;
}

/// A server that keeps the members of groups.
async fn present(redis: &Redis, time: Duration) -> Server {
    Server::with(RedisBackplane::builder(&redis.url()).presence(time)).await
}

#[tokio::test]
async fn members_of_a_group_are_known_across_servers() {
    let redis = Redis::start();
    let time = Duration::from_secs(30);
    let (a, b) = (present(&redis, time).await, present(&redis, time).await);
    let (mut first, mut second) = (Client::json(&a.hub).await, Client::json(&b.hub).await);
    let groups = a.handle().groups();
    assert_eq!(groups.count("g").await.unwrap(), 0);
    first.call("Join", &["g"]).await.unwrap();
    second.call("Join", &["g"]).await.unwrap();
    let mut members = groups.members("g").await.unwrap();
    let mut expected = [first.id().clone(), second.id().clone()];
    members.sort();
    expected.sort();
    assert_eq!(members, expected);
    second.call("Leave", &["g"]).await.unwrap();
    assert_eq!(groups.members("g").await.unwrap(), [first.id().clone()]);
    drop(first);
    in_time(async { while b.handle().groups().count("g").await.unwrap() > 0 {} }).await;
}

#[tokio::test]
async fn the_members_of_a_dead_server_are_forgotten() {
    let redis = Redis::start();
    let a = present(&redis, Duration::from_secs(1)).await;
    let mut living = Client::json(&a.hub).await;
    living.call("Join", &["g"]).await.unwrap();
    // What a server leaves behind that dies without a goodbye.
    let dies_at = redis.say("TIME");
    assert!(dies_at.starts_with('*'));
    assert_eq!(redis.say("HSET P:presence:group:g ghost dead_server"), ":1");
    let soon = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() + 1000;
    assert_eq!(redis.say(&format!("ZADD P:presence:servers {soon} dead_server")), ":1");
    let groups = a.handle().groups();
    assert_eq!(groups.count("g").await.unwrap(), 2);
    in_time(async { while groups.count("g").await.unwrap() > 1 {} }).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(groups.members("g").await.unwrap(), [living.id().clone()], "who lives is renewed");
}

#[tokio::test]
async fn presence_is_said_again_after_redis_forgot() {
    let mut redis = Redis::start();
    let a = present(&redis, Duration::from_secs(30)).await;
    let mut client = Client::json(&a.hub).await;
    client.call("Join", &["g"]).await.unwrap();
    let mut events = a.redis.events();
    redis.kill();
    redis.restart();
    while !matches!(in_time(events.next()).await, Some(RedisEvent::Restored { .. })) {}
    let groups = a.handle().groups();
    in_time(async { while groups.count("g").await.unwrap() != 1 {} }).await;
    a.hub.shutdown().await;
    assert_eq!(redis.say("EXISTS P:presence:group:g"), ":0");
    assert_eq!(redis.say("ZCARD P:presence:servers"), ":0");
}

#[tokio::test]
async fn presence_is_off_unless_asked_for() {
    let redis = Redis::start();
    let server = Server::start(&redis).await;
    let mut client = Client::json(&server.hub).await;
    client.call("Join", &["g"]).await.unwrap();
    let error = server.handle().groups().count("g").await.unwrap_err();
    assert!(error.text().contains("presence is off"), "{error}");
    assert_eq!(redis.say("DBSIZE"), ":0", "nothing is written (R-11)");
}

#[tokio::test]
async fn a_connection_is_aborted_wherever_it_is() {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let (mut near, mut far) = (Client::json(&a.hub).await, Client::json(&b.hub).await);
    for client in [&mut near, &mut far] {
        a.handle().connection(client.id()).abort().await.unwrap();
        assert!(matches!(client.next().await, Came::Closed(_)));
    }
    a.handle().connection("nobody").abort().await.unwrap();
}

#[tokio::test]
async fn redis_is_told_no_more_than_is_needed() {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let _near = Client::json(&a.hub).await;
    let mut far = Client::json(&b.hub).await;
    let told =
        || (redis.calls("publish"), redis.calls("subscribe"), redis.calls("unsubscribe"), redis.calls("pubsub_numsub"));
    let (clients, groups, id) = (a.handle().clients(), a.handle().groups(), far.id().to_string());
    redis.forget_calls();
    clients.all().send("Receive", ("hi",)).await.unwrap();
    assert_eq!(told(), (1, 0, 0, 0), "one command for a message to all");
    clients.client(&id).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(told(), (2, 0, 0, 0), "one for a message to a connection elsewhere");
    clients.groups(["g", "h"]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(told(), (4, 0, 0, 0), "one for each group");
    far.call("Join", &["g"]).await.unwrap();
    assert_eq!(told(), (4, 1, 0, 0), "one for the first member of a group");
    redis.forget_calls();
    groups.add(&id, "h").await.unwrap();
    let (publish, subscribe, ..) = told();
    assert_eq!((publish, subscribe), (2, 1), "the command, and its acknowledgement");
    redis.forget_calls();
    let _more = Client::user(&a.hub, "alice", hub_server::HubProtocol::json()).await;
    assert_eq!(told(), (0, 1, 0, 0), "one for a connection and its user together");
}
