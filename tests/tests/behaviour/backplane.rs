//! A backplane that a program brings: two servers of one hub, joined by what could be a network.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, pending, ready};
use hub_server::{
    Audience, Backplane, ConnectionId, Delivery, Hub, HubError, HubServer, LocalHub, OutgoingMessage, Question,
    Unanswered, User, WeakLocalHub, hub,
};
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::support::{Probe, Raw, call, failure, result, settle};

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
#[derive(Clone, Debug)]
enum Packet {
    Message(Audience, Vec<(String, Vec<u8>)>),
    Add(ConnectionId, String),
    Remove(ConnectionId, String),
    Question(ConnectionId, String, Vec<(String, Vec<u8>)>),
    Answer(&'static str, Vec<u8>),
}

fn message(encodings: Vec<(String, Vec<u8>)>) -> OutgoingMessage {
    OutgoingMessage::from_encodings(encodings.into_iter().map(|(name, bytes)| (name, Bytes::from(bytes))))
}

fn encodings(message: &OutgoingMessage) -> Vec<(String, Vec<u8>)> {
    message.encodings().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
}

/// One server's end of a network.
struct Network {
    packets: broadcast::Sender<Packet>,
    /// The server, once it has been heard of.
    local: Arc<Mutex<Option<WeakLocalHub>>>,
    probe: Probe,
}

impl Network {
    fn new(packets: &broadcast::Sender<Packet>, probe: &Probe) -> Self {
        let local = Arc::new(Mutex::new(None));
        tokio::spawn(listen(packets.clone(), Arc::clone(&local)));
        Self { packets: packets.clone(), local, probe: probe.clone() }
    }

    fn publish(&self, packet: Packet) -> Delivery {
        self.packets.send(packet).map(drop).map_err(|_| HubError::new("nobody listens")).into()
    }
}

/// Carries out what the servers publish.
async fn listen(network: broadcast::Sender<Packet>, local: Arc<Mutex<Option<WeakLocalHub>>>) {
    let mut packets = network.subscribe();
    while let Ok(packet) = packets.recv().await {
        let Some(local) = local.lock().unwrap().as_ref().and_then(WeakLocalHub::upgrade) else { continue };
        match packet {
            Packet::Message(audience, encodings) => {
                let _ = local.deliver(&audience, &message(encodings));
            }
            Packet::Question(id, question, encodings) => {
                let network = network.clone();
                local.ask(&id, &question, &message(encodings), move |protocol, answer| {
                    let _ = network.send(Packet::Answer(protocol, answer.to_vec()));
                });
            }
            Packet::Answer(protocol, answer) => local.answer(protocol, &answer).unwrap(),
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
        self.publish(Packet::Message(audience, encodings(&message)))
    }

    fn add_to_group(&self, _: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        self.publish(Packet::Add(connection.clone(), group.to_owned()))
    }

    fn remove_from_group(&self, _: &LocalHub, connection: &ConnectionId, group: &str) -> Delivery {
        self.publish(Packet::Remove(connection.clone(), group.to_owned()))
    }

    fn start(&self, local: &LocalHub) {
        *self.local.lock().unwrap() = Some(local.downgrade());
    }

    fn ask(&self, _: &LocalHub, connection: &ConnectionId, question: Question) -> BoxFuture<'static, Unanswered> {
        if connection.as_str() == "nobody" {
            return Box::pin(ready(Unanswered::Unknown));
        }
        let packet = Packet::Question(connection.clone(), question.id, encodings(&question.message));
        drop(self.publish(packet));
        Box::pin(pending())
    }

    fn connected(&self, local: &LocalHub, _: &ConnectionId, user: Option<&str>) -> Delivery {
        self.probe.note(format!("{} {user:?} connected", local.name()));
        Delivery::Done
    }

    fn disconnected(&self, local: &LocalHub, _: &ConnectionId, user: Option<&str>, groups: &[Arc<str>]) -> Delivery {
        self.probe.note(format!("{} {user:?} disconnected from {groups:?}", local.name()));
        Delivery::Done
    }

    fn stop(&self, local: &LocalHub) -> Delivery {
        self.probe.note(format!("{} stopped", local.name()));
        Delivery::Done
    }
}

/// Two servers, with a client at each.
struct Joined {
    network: broadcast::Sender<Packet>,
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
        Self { network: packets, first, alice, bob, probe }
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
    joined.first.handle().groups().add(joined.alice.id(), "g").await.unwrap();
    settle().await;
    drop(joined.alice);
    settle().await;
    assert_eq!(joined.probe.log(), [r#"Chat Some("alice") disconnected from ["g"]"#]);
    joined.first.shutdown().await;
    assert_eq!(joined.probe.log(), ["Chat stopped"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_of_another_server_answers_what_it_is_asked() {
    let mut joined = Joined::new().await;
    let ask = |id: &str| {
        let asking = joined.first.handle().clients().client(id).ask::<i32, _>("Age", ());
        tokio::spawn(asking)
    };
    let answered = ask(joined.bob.id().as_str());
    let refused = ask(joined.bob.id().as_str());
    let abandoned = ask(joined.bob.id().as_str());
    let unknown = ask("nobody");
    let mut questions = Vec::new();
    for _ in 0..3 {
        let question = joined.bob.next().await;
        let id = question.split('"').nth(5).unwrap().to_owned();
        assert!(question.ends_with(r#""target":"Age","arguments":[]}"#), "{question}");
        questions.push(id);
    }
    joined.bob.send(&format!(r#"{{"type":3,"invocationId":"{}","result": 42 }}␞"#, questions[0])).await;
    joined.bob.send(&format!(r#"{{"type":3,"invocationId":"{}","error":"no"}}␞"#, questions[1])).await;
    assert_eq!(answered.await.unwrap().unwrap(), 42);
    assert_eq!(refused.await.unwrap().unwrap_err().text(), "no");
    drop(joined.bob);
    assert_eq!(abandoned.await.unwrap().unwrap_err().text(), "Connection disconnected.");
    assert_eq!(unknown.await.unwrap().unwrap_err().text(), "Connection 'nobody' does not exist.");
}

#[tokio::test(start_paused = true)]
async fn a_question_whose_id_is_in_use_is_answered_with_an_error() {
    let server = HubServer::builder(Chat).backplane(Gatekeeper(None)).build();
    let raw = Raw::connect(&server).await;
    let (packets, probe) = (broadcast::channel(16).0, Probe::default());
    let network = Network::new(&packets, &probe);
    let other = HubServer::builder(Chat).backplane(network).build();
    let mut bob = Raw::connect(&other).await;
    let mut seen = packets.subscribe();
    let question =
        |id: &ConnectionId| Packet::Question(id.clone(), "q".to_owned(), vec![("json".to_owned(), b"{}\x1e".to_vec())]);
    for _ in 0..2 {
        packets.send(question(bob.id())).unwrap();
    }
    packets.send(question(raw.id())).unwrap();
    settle().await;
    assert_eq!(bob.so_far().await, ["{}", "{}"], "both are delivered");
    let answers: Vec<_> = std::iter::from_fn(|| seen.try_recv().ok())
        .filter_map(|packet| match packet {
            Packet::Answer(protocol, answer) => Some((protocol, String::from_utf8(answer).unwrap())),
            _ => None,
        })
        .collect();
    let text = "ID collision occurred when using client results. This is likely a bug in SignalR.";
    assert_eq!(answers, [("json", failure("q", text) + "\u{1e}")]);
}

#[tokio::test(start_paused = true)]
async fn who_lacks_the_protocol_of_a_message_from_elsewhere_is_closed() {
    let joined = Joined::new().await;
    let mut bob = joined.bob;
    let packets = [Packet::Message(Audience::All, vec![("xml".to_owned(), b"<hi/>".to_vec())])];
    for packet in packets {
        joined.network.send(packet).unwrap();
    }
    assert_eq!(bob.rest().await, [crate::support::CLOSED_WITH_AN_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn a_single_server_knows_the_members_of_its_groups_and_ends_connections() {
    let server = HubServer::new(Chat);
    let (mut raw, other) = (Raw::connect(&server).await, Raw::connect(&server).await);
    let (groups, handle) = (server.handle().groups(), server.handle());
    assert_eq!(groups.members("g").await.unwrap(), []);
    groups.add(raw.id(), "g").await.unwrap();
    groups.add(other.id(), "h").await.unwrap();
    assert_eq!(groups.members("g").await.unwrap(), [raw.id().clone()]);
    assert_eq!(groups.count("h").await.unwrap(), 1);
    handle.connection(raw.id()).abort().await.unwrap();
    handle.connection("nobody").abort().await.unwrap();
    assert_eq!(raw.rest().await, [crate::support::CLOSE]);
    assert_eq!(groups.count("g").await.unwrap(), 0);
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
