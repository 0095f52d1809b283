//! A backplane that a program brings: two servers of one hub, joined by what could be a network.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hub_server::{
    Audience, Backplane, ConnectionId, Delivery, Hub, HubError, HubServer, LocalHub, OutgoingMessage, User, hub,
};
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::support::{Probe, Raw, call, result, settle};

struct Chat;

#[hub]
impl Chat {
    async fn join(&self, hub: Hub, id: String, group: String) -> Result<(), HubError> {
        hub.groups().add(id, group).await
    }

    async fn leave(&self, hub: Hub, id: String, group: String) -> Result<(), HubError> {
        hub.groups().remove(id, group).await
    }

    async fn tell_others(&self, hub: Hub) -> Result<(), HubError> {
        hub.clients().others().send("News", (1,)).await
    }
}

/// What goes over the network.
#[derive(Clone)]
enum Packet {
    Message(Audience, Vec<(String, Vec<u8>)>),
    Add(ConnectionId, String),
    Remove(ConnectionId, String),
}

/// One server's end of a network.
struct Network {
    packets: broadcast::Sender<Packet>,
    /// The server, once it has been heard of.
    local: Arc<Mutex<Option<LocalHub>>>,
    probe: Probe,
}

impl Network {
    fn new(packets: &broadcast::Sender<Packet>, probe: &Probe) -> Self {
        let local = Arc::new(Mutex::new(None));
        tokio::spawn(listen(packets.subscribe(), Arc::clone(&local)));
        Self { packets: packets.clone(), local, probe: probe.clone() }
    }

    fn publish(&self, packet: Packet) -> Delivery {
        self.packets.send(packet).map(drop).map_err(|_| HubError::new("nobody listens")).into()
    }
}

/// Carries out what the servers publish.
async fn listen(mut packets: broadcast::Receiver<Packet>, local: Arc<Mutex<Option<LocalHub>>>) {
    while let Ok(packet) = packets.recv().await {
        let Some(local) = local.lock().unwrap().clone() else { continue };
        match packet {
            Packet::Message(audience, encodings) => {
                let encodings = encodings.into_iter().map(|(name, bytes)| (name, Bytes::from(bytes)));
                let _ = local.deliver(&audience, &OutgoingMessage::from_encodings(encodings));
            }
            Packet::Add(id, group) => {
                local.add_to_group(&id, &group);
            }
            Packet::Remove(id, group) => {
                local.remove_from_group(&id, &group);
            }
        }
    }
}

impl Backplane for Network {
    fn send(&self, _: &LocalHub, audience: Audience, message: OutgoingMessage) -> Delivery {
        let encodings = message.encodings().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect();
        self.publish(Packet::Message(audience, encodings))
    }

    fn add_to_group(&self, _: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        self.publish(Packet::Add(connection.clone(), group.to_owned()))
    }

    fn remove_from_group(&self, _: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        self.publish(Packet::Remove(connection.clone(), group.to_owned()))
    }

    fn connected(&self, local: &LocalHub, _: &ConnectionId, user: Option<&str>) -> Delivery {
        *self.local.lock().unwrap() = Some(local.clone());
        self.probe.note(format!("{} {user:?} connected", local.name()));
        Delivery::Done
    }

    fn disconnected(&self, local: &LocalHub, _: &ConnectionId, user: Option<&str>, _: &[Arc<str>]) -> Delivery {
        self.probe.note(format!("{} {user:?} disconnected", local.name()));
        Delivery::Done
    }
}

/// Two servers, with a client at each.
struct Joined {
    first: HubServer<Chat>,
    alice: Raw,
    bob: Raw,
    probe: Probe,
}

impl Joined {
    async fn new() -> Self {
        let (packets, probe) = (broadcast::channel(16).0, Probe::default());
        let server = || HubServer::builder(Chat).backplane(Network::new(&packets, &probe)).build();
        let (first, second) = (server(), server());
        let mut alice = Raw::of(first.test_client().user(User::new("alice")));
        let mut bob = Raw::of(second.test_client().user(User::new("bob")));
        alice.shake_hands().await;
        bob.shake_hands().await;
        settle().await;
        Self { first, alice, bob, probe }
    }

    /// How many messages have come to Alice and to Bob.
    async fn counts(&mut self) -> (usize, usize) {
        settle().await;
        (self.alice.so_far().await.len(), self.bob.so_far().await.len())
    }
}

#[tokio::test(start_paused = true)]
async fn selectors_reach_the_clients_of_both_servers() {
    let mut joined = Joined::new().await;
    let clients = joined.first.handle().clients();
    let (alice, bob) = (joined.alice.id().clone(), joined.bob.id().clone());
    clients.all().send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (1, 1));
    clients.all_except([&alice]).send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (0, 1));
    clients.client(&bob).send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (0, 1));
    clients.client(&alice).send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (1, 0));
    clients.clients([&alice, &bob]).send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (1, 1));
    clients.user("bob").send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (0, 1));
    clients.users(["alice", "bob"]).send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_comes_from_the_other_server_is_the_same_message() {
    let mut joined = Joined::new().await;
    joined.alice.send(&call("1", "TellOthers", "[]")).await;
    assert_eq!(joined.alice.so_far().await, [result("1", "null")]);
    assert_eq!(joined.bob.so_far().await, [r#"{"type":1,"target":"News","arguments":[1]}"#]);
}

#[tokio::test(start_paused = true)]
async fn groups_span_both_servers() {
    let mut joined = Joined::new().await;
    let clients = joined.first.handle().clients();
    let bob = joined.bob.id().clone();
    joined.alice.send(&call("1", "Join", &format!("[\"{bob}\",\"g\"]"))).await;
    assert_eq!(joined.counts().await, (1, 0));
    clients.group("g").send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (0, 1));
    joined.alice.send(&call("2", "Leave", &format!("[\"{bob}\",\"g\"]"))).await;
    assert_eq!(joined.counts().await, (1, 0));
    clients.group("g").send("News", (1,)).await.unwrap();
    assert_eq!(joined.counts().await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_backplane_learns_who_comes_and_who_goes() {
    let joined = Joined::new().await;
    assert_eq!(joined.probe.log(), [r#"Chat Some("alice") connected"#, r#"Chat Some("bob") connected"#]);
    drop(joined.alice);
    settle().await;
    assert_eq!(joined.probe.log(), [r#"Chat Some("alice") disconnected"#]);
}

/// A backplane that takes its time, or fails.
struct Slow(Result<Duration, &'static str>);

impl Slow {
    fn delivery(&self) -> Delivery {
        match self.0 {
            Ok(time) => Delivery::Pending(Box::pin(async move {
                sleep(time).await;
                Ok(())
            })),
            Err(text) => Delivery::Failed(HubError::new(text)),
        }
    }
}

impl Backplane for Slow {
    fn send(&self, _: &LocalHub, _: Audience, _: OutgoingMessage) -> Delivery {
        self.delivery()
    }

    fn add_to_group(&self, _: &LocalHub, _: &ConnectionId, _: &str) -> Delivery {
        self.delivery()
    }

    fn remove_from_group(&self, _: &LocalHub, _: &ConnectionId, _: &str) -> Delivery {
        self.delivery()
    }
}

#[tokio::test(start_paused = true)]
async fn a_send_waits_for_the_backplane() {
    let server = HubServer::builder(Chat).backplane(Slow(Ok(Duration::from_secs(3)))).build();
    let start = tokio::time::Instant::now();
    server.handle().clients().all().send("News", ()).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    server.handle().groups().add("x", "g").await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(6));
}

#[tokio::test(start_paused = true)]
async fn a_send_fails_with_the_backplane() {
    let server = HubServer::builder(Chat).backplane(Slow(Err("cut off"))).build();
    let (clients, groups) = (server.handle().clients(), server.handle().groups());
    assert_eq!(clients.all().send("News", ()).await.unwrap_err().text(), "cut off");
    assert_eq!(groups.add("x", "g").await.unwrap_err().text(), "cut off");
    assert_eq!(groups.remove("x", "g").await.unwrap_err().text(), "cut off");
}

/// A backplane that does not let connections in, or takes its time with it.
struct Gatekeeper(Option<&'static str>);

impl Backplane for Gatekeeper {
    fn send(&self, local: &LocalHub, audience: Audience, message: OutgoingMessage) -> Delivery {
        local.deliver(&audience, &message).into()
    }

    fn add_to_group(&self, _: &LocalHub, _: &ConnectionId, _: &str) -> Delivery {
        Delivery::Done
    }

    fn remove_from_group(&self, _: &LocalHub, _: &ConnectionId, _: &str) -> Delivery {
        Delivery::Done
    }

    fn connected(&self, _: &LocalHub, _: &ConnectionId, _: Option<&str>) -> Delivery {
        Slow(self.0.map_or(Ok(Duration::from_secs(3)), Err)).delivery()
    }

    fn disconnected(&self, _: &LocalHub, _: &ConnectionId, _: Option<&str>, _: &[Arc<str>]) -> Delivery {
        Slow(self.0.map_or(Ok(Duration::from_secs(3)), Err)).delivery()
    }
}

#[tokio::test(start_paused = true)]
async fn on_connected_waits_for_the_backplane() {
    let server = HubServer::builder(Chat).backplane(Gatekeeper(None)).build();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "TellOthers", "[]")).await;
    let start = tokio::time::Instant::now();
    assert_eq!(raw.next().await, result("1", "null"));
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_backplane_that_fails_at_the_beginning_ends_the_connection_without_the_hub() {
    let server = HubServer::builder(Chat).backplane(Gatekeeper(Some("cut off"))).build();
    let mut raw = Raw::connect(&server).await;
    let messages = raw.rest().await;
    assert!(messages.iter().all(|message| message.contains("Connection closed with an error.")), "{messages:?}");
    settle().await;
    server.handle().clients().all().send("News", ()).await.unwrap();
    assert!(raw.rest().await.is_empty());
}
