//! Redis is away, slow, or says nonsense.

use std::time::{Duration, Instant};

use hub_redis::{BackplaneError, RedisBackplane, RedisEvent};
use hub_server::HubProtocol;
use tokio::time::sleep;

use crate::support::{Came, Client, Redis, Server, free_port, in_time, until};

/// A server whose sends wait for a second.
async fn impatient(redis: &Redis) -> Server {
    Server::with(RedisBackplane::builder(&redis.url()).send_timeout(Duration::from_secs(1))).await
}

#[tokio::test]
async fn without_redis_connecting_fails_and_says_why() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let connecting = RedisBackplane::builder(&url).connect_timeout(Duration::from_millis(300)).connect();
    let error = in_time(connecting).await.unwrap_err();
    assert!(matches!(error, BackplaneError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
    for url in ["http://127.0.0.1", "nonsense"] {
        let error = RedisBackplane::connect(url).await.unwrap_err();
        assert!(matches!(error, BackplaneError::Configuration(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_starts_before_redis_hears_everything_when_it_comes() {
    let port = free_port();
    let url = format!("redis://127.0.0.1:{port}");
    let early = RedisBackplane::builder(&url).hub_name("P").send_timeout(Duration::from_millis(500));
    let early = Server::over(early.connect_later().unwrap());
    let mut events = early.redis.events();
    assert!(!early.redis.is_connected());
    let sending = early.handle().clients().all().send("Receive", ("nobody",)).await;
    assert_eq!(sending.unwrap_err().kind(), "BackplaneError");
    let mut refused = Client::open(early.hub.test_client(), HubProtocol::json()).await;
    let Came::Closed(Some(error)) = refused.next().await else { panic!("let in") };
    assert!(error.contains("Redis was not there"), "{error}");

    let redis = Redis::start_on(port, &[]);
    assert_eq!(in_time(events.next()).await, Some(RedisEvent::Connected));
    let other = Server::start(&redis).await;
    let (mut client, mut asking) = (Client::json(&early.hub).await, Client::json(&other.hub).await);
    let id = client.id().to_string();
    asking.call("JoinOther", &[&id, "g"]).await.unwrap();
    other.handle().clients().all().send("Receive", ("all",)).await.unwrap();
    other.handle().clients().group("g").send("Receive", ("group",)).await.unwrap();
    other.mark("end").await;
    assert_eq!(client.heard_until("end").await, ["all", "group"], "it is not deaf (R-87)");
    asking.heard_until("end").await;
    asking.begin("AskClient", &[&id, "why"]).await;
    let question = client.question().await;
    client.answer(&question, Ok("because")).await;
    assert_eq!(asking.next().await, Came::Done(Ok(Some("because".to_owned()))));
}

#[tokio::test]
async fn local_connections_go_on_while_redis_is_away() {
    let mut redis = Redis::start();
    let server = impatient(&redis).await;
    let (mut first, mut second) = (Client::json(&server.hub).await, Client::message_pack(&server.hub).await);
    for client in [&mut first, &mut second] {
        client.call("Join", &["g"]).await.unwrap();
    }
    redis.kill();
    until(|| !server.redis.is_connected()).await;
    let start = Instant::now();
    let (clients, id) = (server.handle().clients(), first.id().to_string());
    clients.client(&id).send("Receive", ("local",)).await.unwrap();
    first.begin("AskClient", &[second.id().as_str(), "why"]).await;
    let question = second.question().await;
    second.answer(&question, Ok("because")).await;
    assert_eq!(
        first.next().await,
        Came::Call { id: None, target: "Receive".into(), arguments: vec![Some("local".into())] }
    );
    assert_eq!(first.next().await, Came::Done(Ok(Some("because".to_owned()))));
    second.call("Leave", &["g"]).await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(900), "none of that waited: {:?}", start.elapsed());

    let error = clients.all().send("Receive", ("hi",)).await.unwrap_err();
    assert!(error.text().starts_with("Redis was not there for 1s") && !error.is_visible(), "{error}");
    let error = first.call("ToAll", &["hi"]).await.unwrap_err();
    assert!(error.contains("Redis was not there"), "{error}");
    assert!(server.redis.counters().failed >= 2);
}

#[tokio::test]
async fn a_send_during_a_short_outage_waits_and_reaches_everybody() {
    let mut redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let (mut first, mut second) = (Client::json(&a.hub).await, Client::json(&b.hub).await);
    for client in [&mut first, &mut second] {
        client.call("Join", &["g"]).await.unwrap();
    }
    let (mut events, handle) = (a.redis.events(), a.handle());
    redis.kill();
    until(|| !a.redis.is_connected() && !b.redis.is_connected()).await;
    let sending = tokio::spawn(async move { handle.clients().group("g").send("Receive", ("late",)).await });
    sleep(Duration::from_millis(300)).await;
    assert!(!sending.is_finished());
    redis.restart();
    in_time(sending).await.unwrap().unwrap();
    assert!(matches!(in_time(events.next()).await, Some(RedisEvent::Lost { .. })));
    let Some(RedisEvent::Restored { outage }) = in_time(events.next()).await else { panic!("not restored") };
    assert!(outage >= Duration::from_millis(300), "{outage:?}");
    assert_eq!(a.redis.counters().restored, 1);
    // The own subscriptions are back before anything is sent; the other server's may not be.
    until(|| b.redis.is_connected()).await;
    a.handle().clients().group("g").send("Receive", ("after",)).await.unwrap();
    a.mark("end").await;
    assert_eq!(first.heard_until("end").await, ["late", "after"]);
    assert_eq!(second.heard_until("end").await.last().map(String::as_str), Some("after"));
}

#[tokio::test]
async fn a_join_that_failed_leaves_nothing_deaf() {
    let mut redis = Redis::start();
    let server = impatient(&redis).await;
    let (mut first, mut second) = (Client::json(&server.hub).await, Client::json(&server.hub).await);
    redis.kill();
    until(|| !server.redis.is_connected()).await;
    let start = Instant::now();
    let (one, two) = tokio::join!(first.call("Join", &["g"]), second.call("Join", &["h"]));
    assert!(one.is_err() && two.is_err());
    assert!(start.elapsed() < Duration::from_millis(1900), "they do not wait for each other: {:?}", start.elapsed());
    redis.restart();
    until(|| server.redis.is_connected()).await;
    let clients = server.handle().clients();
    clients.group("g").send("Receive", ("no member",)).await.unwrap();
    second.call("Join", &["g"]).await.unwrap();
    clients.group("g").send("Receive", ("hi",)).await.unwrap();
    server.mark("end").await;
    assert_eq!(first.heard_until("end").await, Vec::<String>::new(), "who was told that it failed is no member");
    assert_eq!(second.heard_until("end").await, ["hi"], "the group is not deaf (R-88)");
}

#[tokio::test]
async fn only_so_many_sends_wait() {
    let mut redis = Redis::start();
    let options = RedisBackplane::builder(&redis.url()).queue_limit(3).send_timeout(Duration::from_secs(20));
    let server = Server::with(options).await;
    redis.kill();
    until(|| !server.redis.is_connected()).await;
    let send = |number: usize| {
        let handle = server.handle();
        tokio::spawn(async move { handle.clients().all().send("Receive", (number.to_string(),)).await })
    };
    let waiting: Vec<_> = (0..3).map(send).collect();
    sleep(Duration::from_millis(50)).await;
    let error = in_time(send(3)).await.unwrap().unwrap_err();
    assert_eq!(error.text(), "Redis is away, and too much waits for it already");
    redis.restart();
    for sending in waiting {
        in_time(sending).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_was_lost_is_subscribed_again_and_what_has_gone_is_not() {
    let mut redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let mut staying = Client::user(&a.hub, "alice", HubProtocol::json()).await;
    let mut leaving = Client::json(&a.hub).await;
    for client in [&mut staying, &mut leaving] {
        client.call("Join", &["g"]).await.unwrap();
    }
    leaving.call("Join", &["h"]).await.unwrap();
    redis.kill();
    until(|| !a.redis.is_connected()).await;
    let gone = leaving.id().clone();
    drop(leaving);
    redis.restart();
    until(|| a.redis.is_connected() && b.redis.is_connected()).await;
    let clients = b.handle().clients();
    clients.group("g").send("Receive", ("group",)).await.unwrap();
    clients.user("alice").send("Receive", ("user",)).await.unwrap();
    clients.client(staying.id()).send("Receive", ("connection",)).await.unwrap();
    clients.all().send("Receive", ("all",)).await.unwrap();
    b.mark("end").await;
    assert_eq!(staying.heard_until("end").await, ["group", "user", "connection", "all"]);
    let channels = [format!("P:connection:{gone}"), "P:group:h".to_owned()];
    until(|| channels.iter().all(|channel| redis.say(&format!("PUBSUB CHANNELS {channel}")) == "*0")).await;
}

#[tokio::test]
async fn redis_is_killed_in_the_middle_of_a_burst() {
    let mut redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let (mut near, mut far) = (Client::json(&a.hub).await, Client::json(&b.hub).await);
    let handle = a.handle();
    let burst = tokio::spawn(async move {
        let mut sent = Vec::new();
        for number in 0..3000 {
            if handle.clients().all().send("Receive", (number.to_string(),)).await.is_ok() {
                sent.push(number.to_string());
            }
        }
        sent
    });
    until(|| a.redis.counters().published > 500).await;
    redis.kill();
    sleep(Duration::from_millis(100)).await;
    redis.restart();
    let sent = in_time(burst).await.unwrap();
    until(|| a.redis.is_connected() && b.redis.is_connected()).await;
    a.mark("end").await;
    assert!(sent.len() >= 2990, "most of it waits for Redis: {}", sent.len());
    let (near, far) = (near.heard_until("end").await, far.heard_until("end").await);
    let in_order =
        |heard: &[String]| heard.windows(2).all(|pair| pair[0].parse::<u32>().unwrap() < pair[1].parse().unwrap());
    assert!(in_order(&near) && in_order(&far), "nothing is repeated and nothing overtakes");
    let missing: Vec<_> = sent.iter().filter(|number| !near.contains(number)).collect();
    assert!(missing.is_empty(), "what was sent reaches the own connections: {missing:?}");
}

#[tokio::test]
async fn a_paused_redis_fails_sends_in_time_and_goes_on_afterwards() {
    let redis = Redis::start();
    let server = impatient(&redis).await;
    let mut client = Client::json(&server.hub).await;
    assert_eq!(redis.say("CLIENT PAUSE 2500 ALL"), "+OK");
    let start = Instant::now();
    let clients = server.handle().clients();
    let error = in_time(async { clients.all().send("Receive", ("slow",)).await }).await.unwrap_err();
    assert_eq!(error.text(), "Redis did not reply in time");
    assert!(start.elapsed() < Duration::from_millis(1900), "{:?}", start.elapsed());
    let error = client.call("Join", &["g"]).await.unwrap_err();
    assert!(error.contains("Redis did not reply in time"), "{error}");
    sleep(Duration::from_millis(2600).saturating_sub(start.elapsed())).await;
    in_time(async { while client.call("Join", &["g"]).await.is_err() {} }).await;
    clients.group("g").send("Receive", ("group",)).await.unwrap();
    server.mark("end").await;
    let heard = client.heard_until("end").await;
    assert_eq!(heard.last().map(String::as_str), Some("group"), "{heard:?}");
    assert_eq!(server.redis.counters().restored, 0, "the connection was kept");
}

#[tokio::test]
async fn nonsense_on_the_channels_is_skipped() {
    let redis = Redis::start();
    let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
    let mut client = Client::json(&a.hub).await;
    let own = format!("P:connection:{}", client.id());
    let server = a.redis.server_name().to_owned();
    let nonsense: [&[u8]; 8] = [
        b"",
        b"\xc1\xff\x00",
        b"\x90",
        b"\x91\x90",
        b"\x92\xc0\x80",
        b"\x92\x90\x81\xa4json\xd9\x01x",
        b"\x92\xa4json\xc4\x03{}\x1e",
        b"\xdd\xff\xff\xff\xff",
    ];
    let mut skipped = 0;
    for channel in [
        "P:all",
        "P:internal:groups",
        &own,
        &format!("P:internal:ack:{server}"),
        &format!("P:internal:return:{server}"),
    ] {
        for payload in nonsense {
            skipped +=
                redis.publish(channel, payload) - u64::from(channel == "P:all" || channel == "P:internal:groups");
        }
    }
    b.handle().clients().all().send("Receive", ("sense",)).await.unwrap();
    b.mark("end").await;
    assert_eq!(client.heard_until("end").await, ["sense"]);
    assert_eq!(skipped, 40);
    assert_eq!(a.redis.counters().unreadable, 40);
}

#[tokio::test]
async fn a_message_without_its_protocol_closes_the_connection() {
    let redis = Redis::start();
    let server = Server::start(&redis).await;
    let mut client = Client::message_pack(&server.hub).await;
    redis.publish("P:all", b"\x92\x90\x81\xa4json\xc4\x0c{\"type\":6}\x1e\x20");
    let Came::Closed(Some(error)) = client.next().await else { panic!("not closed") };
    assert!(error.ends_with("did not have the requested protocol available."), "{error} (R-38)");
}

#[tokio::test]
async fn messages_of_a_newer_version_are_understood() {
    let redis = Redis::start();
    let server = Server::start(&redis).await;
    let mut client = Client::json(&server.hub).await;
    let hi = b"{\"type\":1,\"target\":\"Receive\",\"arguments\":[\"hi\"]}\x1e";
    let message =
        [&b"\x97\x90\x82\xa3xml\xc4\x01x\xa4json\xc4\x31"[..], hi, b"\x82\x01\x02\x03\x04\xa1x\xc0\xc0\x01"].concat();
    redis.publish("P:all", &message);
    server.mark("end").await;
    assert_eq!(client.heard_until("end").await, ["hi"]);
}

#[tokio::test]
async fn a_server_that_cannot_keep_up_drops_messages_and_tells() {
    let redis = Redis::start();
    let small = Server::with(RedisBackplane::builder(&redis.url()).backlog_limit(1000)).await;
    let mut events = small.redis.events();
    let mut client = Client::json(&small.hub).await;
    let text = "x".repeat(2000);
    let clients = small.handle().clients();
    let burst = (0..100).map(|_| clients.all().send("Receive", (&*text,)));
    futures_util::future::try_join_all(burst).await.unwrap();
    let dropped = match in_time(events.next()).await {
        Some(RedisEvent::Dropped { messages }) => messages,
        other => panic!("{other:?}"),
    };
    assert!(dropped > 0 && dropped <= small.redis.counters().dropped);
    until(|| small.redis.counters().received + small.redis.counters().dropped == 100).await;
    small.mark("end").await;
    assert!(client.heard_until("end").await.len() < 100);
}

#[tokio::test]
async fn a_server_that_dies_takes_nothing_with_it() {
    let redis = Redis::start();
    let staying = Server::start(&redis).await;
    let mut client = Client::json(&staying.hub).await;
    client.call("Join", &["g"]).await.unwrap();
    let dying = std::thread::spawn({
        let url = redis.url();
        move || {
            // A runtime that ends takes its tasks with it, as the end of a process does.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::with(RedisBackplane::builder(&url)).await;
                let mut client = Client::json(&server.hub).await;
                client.call("Join", &["g"]).await.unwrap();
                client.id().clone()
            })
        }
    });
    let gone = dying.join().unwrap();
    until(|| redis.say(&format!("PUBSUB CHANNELS P:connection:{gone}")) == "*0").await;
    let handle = staying.handle();
    handle.groups().add(&gone, "g").await.unwrap();
    handle.connection(&gone).abort().await.unwrap();
    let error = handle.clients().client(&gone).ask::<String, _>("Ask", ("why",)).await.unwrap_err();
    assert_eq!(error.text(), format!("Connection '{gone}' does not exist."));
    handle.clients().group("g").send("Receive", ("hi",)).await.unwrap();
    staying.mark("end").await;
    assert_eq!(client.heard_until("end").await, ["hi"]);
}

#[tokio::test]
async fn redis_may_throw_a_server_out() {
    let redis = Redis::start();
    let server = Server::start(&redis).await;
    let (mut events, mut client) = (server.redis.events(), Client::json(&server.hub).await);
    client.call("Join", &["g"]).await.unwrap();
    assert_eq!(redis.say("CLIENT KILL TYPE pubsub"), ":1");
    assert!(matches!(in_time(events.next()).await, Some(RedisEvent::Lost { .. })));
    assert!(matches!(in_time(events.next()).await, Some(RedisEvent::Restored { .. })));
    server.handle().clients().group("g").send("Receive", ("hi",)).await.unwrap();
    server.mark("end").await;
    assert_eq!(client.heard_until("end").await, ["hi"]);
}
