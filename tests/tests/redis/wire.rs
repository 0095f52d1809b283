//! The same operations publish the same channels and payloads as ASP.NET Core's servers did, ids apart.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use hub_redis::RedisBackplane;
use hub_server::HubProtocol;
use serde::Serialize;

use crate::support::{Client, Redis, Server, Wire, in_time};

const RECORDED: &str = include_str!("../../../hub-redis/src/wire/transcript.tsv");
const HUB: &str = "RefServer.Wire";
const SERVERS: [&str; 2] = ["alpha_0ea343cc197a42889d5532619b3cabf2", "beta_c857881893c145b3a7206fb84bab93a6"];
const IDS: [(&str, &str); 8] = [
    ("<a1>", "uxRjLFkp6TJs24BrQQGL8A"),
    ("<a2>", "PfjrrDBbxQ_bef2X6GD7XA"),
    ("<a3>", "ROkmhzgzEQx13F5sWNetVg"),
    ("<b1>", "c5xqiI7U6pzJKXQMsvE9HQ"),
    ("<b2>", "wJVKNqtwOiZV-jSCs6VaPw"),
    ("<b3>", "7JbS7QqV1rQlSjLkIM_R-w"),
    ("<b4>", "FpK63dZysxPCiOU9EKWUNA"),
    ("<a5>", "JwUmephTienpUOPnLRWTNA"),
];

/// Something that Redis was told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    command: String,
    channel: String,
    payload: Vec<u8>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.command, self.channel, self.payload.escape_ascii())
    }
}

/// The recording, as far as it was not compared yet, and what Redis is told now.
struct Comparison {
    recorded: VecDeque<(&'static str, Told)>,
    now: Receiver<Told>,
    /// What the ids of now were then.
    ids: Vec<(String, String)>,
    servers: Vec<String>,
}

impl Comparison {
    fn new(redis: &Redis) -> Self {
        let (sender, now) = channel();
        let mut monitor = redis.monitor();
        std::thread::spawn(move || {
            while let Some(arguments) = monitor.next_if_any() {
                for told in told(&arguments) {
                    let _ = sender.send(told);
                }
            }
        });
        Self { recorded: recorded(), now, ids: Vec::new(), servers: Vec::new() }
    }

    fn know(&mut self, name: &str, client: &Client) {
        let then = IDS.iter().find(|(own, _)| *own == name).unwrap().1;
        self.ids.push((client.id().to_string(), then.to_owned()));
    }

    /// What comes now, in the words of then.
    fn next(&mut self) -> Told {
        let mut told = self.now.recv_timeout(Duration::from_secs(20)).expect("Redis is told as much as it was");
        if let Some((now, then)) = self.new_question(&told) {
            self.ids.push((now, then));
        }
        for (number, server) in self.servers.iter().enumerate() {
            told.channel = told.channel.replace(server, ["S(A)", "S(B)"][number]);
            told.payload = with_server(&told.payload, server, SERVERS[number]);
        }
        for (now, then) in &self.ids {
            told.payload = replaced(&told.payload, now.as_bytes(), then.as_bytes());
            let name = IDS.iter().find(|(_, id)| id == then).map_or("", |(name, _)| name);
            told.channel = told.channel.replace(now, name);
        }
        told
    }

    /// The id of a question now, and that of the recorded one.
    fn new_question(&self, told: &Told) -> Option<(String, String)> {
        Some((question(&told.payload)?, question(&self.recorded.front()?.1.payload)?))
    }

    /// Compares what Redis is told with the recording of an operation.
    fn check(&mut self, operation: &str) {
        let mut count = 0;
        while self.recorded.front().is_some_and(|(own, _)| *own == operation) {
            let now = self.next();
            let (_, then) = self.recorded.pop_front().unwrap();
            assert_eq!(now, then, "{operation}");
            count += 1;
        }
        assert!(count > 0, "{operation} comes later: {:?}", self.recorded.front());
        assert!(self.now.recv_timeout(Duration::from_millis(20)).is_err(), "{operation}: more is told");
    }

    /// Compares without regard to order.
    fn check_sorted(&mut self, operation: &str) {
        let mut then = Vec::new();
        while self.recorded.front().is_some_and(|(own, _)| *own == operation) {
            then.push(self.recorded.pop_front().unwrap().1);
        }
        let mut now: Vec<_> = then.iter().map(|_| self.next()).collect();
        then.sort();
        now.sort();
        assert_eq!(now, then, "{operation}");
    }

    /// Leaves out what is recorded of operations that this server does otherwise.
    fn skip(&mut self, operation: &str) {
        let before = self.recorded.len();
        while self.recorded.front().is_some_and(|(own, _)| *own == operation) {
            self.recorded.pop_front();
        }
        assert!(self.recorded.len() < before, "{operation}");
        while self.now.recv_timeout(Duration::from_millis(50)).is_ok() {}
    }
}

/// The commands that are about channels, one for each channel.
fn told(arguments: &[Vec<u8>]) -> Vec<Told> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    match arguments {
        [command, channel, payload] if command == b"PUBLISH" => {
            let channel = text(channel).replacen(HUB, "P", 1);
            vec![Told { command: text(command), channel, payload: payload.clone() }]
        }
        [command, channels @ ..] if command == b"SUBSCRIBE" || command == b"UNSUBSCRIBE" => {
            let told = |channel: &Vec<u8>| Told {
                command: text(command),
                channel: text(channel).replacen(HUB, "P", 1),
                payload: Vec::new(),
            };
            channels.iter().map(told).collect()
        }
        _ => Vec::new(),
    }
}

fn recorded() -> VecDeque<(&'static str, Told)> {
    let lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    let told = lines.map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (operation, _, command, channel, payload) = (field(), field(), field(), field(), field());
        let payload = (0..payload.len()).step_by(2).map(|at| u8::from_str_radix(&payload[at..at + 2], 16).unwrap());
        (operation, Told { command: command.to_owned(), channel: channel.to_owned(), payload: payload.collect() })
    });
    told.collect()
}

/// The invocation id of a question: behind it is the return channel.
fn question(payload: &[u8]) -> Option<String> {
    let (b"\x94\x90", at) = (payload.get(..2)?, payload.windows(HUB.len()).position(|some| some == HUB.as_bytes())?)
    else {
        return None;
    };
    // 22 characters, and the two bytes in front of the channel's name.
    let id = payload.get(at.checked_sub(24)?..at - 2)?;
    Some(String::from_utf8(id.to_vec()).unwrap())
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|some| some == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Replaces the name of a server, alone or at the end of a return channel, and the length in front of it.
fn with_server(payload: &[u8], now: &str, then: &str) -> Vec<u8> {
    let text = |name: &str| [&[0xd9, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    let channel = |name: &str| text(&format!("{HUB}:internal:return:{name}"));
    let alone = replaced(payload, &text(now), &text(then));
    replaced(&alone, &channel(now), &channel(then))
}

/// Two servers, each started before its first operation is compared.
async fn server(redis: &Redis) -> Server {
    let backplane = RedisBackplane::builder(&redis.url()).hub_name(HUB).connect().await.unwrap();
    let hub = hub_server::HubServer::builder(Wire).backplane(backplane.clone()).build();
    Server { hub, redis: backplane }
}

async fn user(server: &Server, name: &str, protocol: HubProtocol) -> Client {
    Client::user(&server.hub, name, protocol).await
}

/// Asks a client, which answers with what `answer` does.
async fn ask<T: Serialize>(asking: &mut Client, asked: &mut Client, answer: Result<&T, &str>) {
    asking.begin("AskClient", &[asked.id().as_str(), "why"]).await;
    let id = asked.question().await;
    asked.answer(&id, answer).await;
    asking.next().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorded_operations_publish_what_was_recorded() {
    let redis = Redis::start();
    let mut wire = Comparison::new(&redis);
    let a = server(&redis).await;
    wire.servers.push(a.redis.server_name().to_owned());
    wire.check("start of server A");
    let b = server(&redis).await;
    wire.servers.push(b.redis.server_name().to_owned());
    wire.check("start of server B");

    let mut a1 = Client::json(&a.hub).await;
    wire.know("<a1>", &a1);
    wire.check("a1 connects to A: anonymous, JSON");
    let mut a2 = user(&a, "alice", HubProtocol::message_pack()).await;
    wire.know("<a2>", &a2);
    wire.check("a2 connects to A: user alice, MessagePack");
    let mut a3 = user(&a, "alice", HubProtocol::json()).await;
    wire.know("<a3>", &a3);
    wire.check("a3 connects to A: user alice again, JSON");
    let mut b1 = Client::json(&b.hub).await;
    wire.know("<b1>", &b1);
    wire.check("b1 connects to B: anonymous, JSON");
    let mut b2 = user(&b, "alice", HubProtocol::message_pack()).await;
    wire.know("<b2>", &b2);
    wire.check("b2 connects to B: user alice, MessagePack");

    selectors(&mut wire, &a, [&mut a1, &mut a2, &mut a3], [&b1, &b2]).await;
    b1.call("Join", &["g"]).await.unwrap();
    wire.check("b1: Join(\"g\") (first member on B)");
    groups(&mut wire, &a, [&mut a1, &mut a2, &mut a3], &b1).await;
    groups_across_servers(&mut wire, &a, [&mut a1, &mut a2], [&mut b1, &mut b2]).await;
    questions(&mut wire, &b, &mut a1, [&mut b1, &mut b2]).await;
    disconnecting(&mut wire, &b, [a1, a2, a3], [b1, b2]).await;
}

async fn selectors(wire: &mut Comparison, a: &Server, [a1, a2, _]: [&mut Client; 3], [b1, b2]: [&Client; 2]) {
    let clients = a.handle().clients();
    let (a2_id, b1_id, b2_id) = (a2.id().to_string(), b1.id().to_string(), b2.id().to_string());
    a1.call("ToAll", &["hi"]).await.unwrap();
    wire.check("a1: ToAll(\"hi\")");
    a2.call("ToAll", &["hi"]).await.unwrap();
    wire.check("a2 (MessagePack): ToAll(\"hi\")");
    clients.all().send("Receive", (None::<String>,)).await.unwrap();
    wire.check("a1: ToAll(null)");
    a1.call("ToAll", &["é☃😀"]).await.unwrap();
    wire.check("a1: ToAll(\"é☃😀\")");
    a1.call("ToOthers", &["hi"]).await.unwrap();
    wire.check("a1: ToOthers(\"hi\")");
    clients.all_except([&a2_id, &b1_id]).send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToAllExcept([a2, b1], \"hi\")");
    clients.all_except([""; 0]).send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToAllExcept([], \"hi\")");
    clients.client(&a2_id).send("Receive", ("hi",)).await.unwrap();
    clients.client(&b2_id).send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToClient(b2, \"hi\") (on the other server)");
    clients.client("nobody").send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToClient(\"nobody\", \"hi\")");
    clients.clients([a1.id().as_str(), &b1_id, "nobody"]).send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToClients([a1, b1, \"nobody\"], \"hi\")");
    // Each once, as on a single server.
    wire.skip("a1: ToClients([b1, b1], \"hi\")");
    clients.clients([""; 0]).send("Receive", ("hi",)).await.unwrap();
    for client in [&mut *a1, a2] {
        client.call("Join", &["g"]).await.unwrap();
        client.call("Join", &["g"]).await.unwrap();
    }
    wire.check("a1: Join(\"g\") (first member on A)");
}

async fn groups(wire: &mut Comparison, a: &Server, [a1, a2, a3]: [&mut Client; 3], b1: &Client) {
    let clients = a.handle().clients();
    let to_group = async |group: &str| clients.group(group).send("Receive", ("hi",)).await.unwrap();
    to_group("g").await;
    wire.check("a1: ToGroup(\"g\", \"hi\")");
    to_group("g").await;
    wire.check("a3 (no member): ToGroup(\"g\", \"hi\")");
    to_group("empty").await;
    wire.check("a1: ToGroup(\"empty\", \"hi\") (no members anywhere)");
    clients.groups(["g", "h", "", "g"]).send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToGroups([\"g\", \"h\", \"\", \"g\"], \"hi\")");
    clients.group_except("g", [b1.id()]).send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToGroupExcept(\"g\", [b1], \"hi\")");
    a1.call("ToOthersInGroup", &["g", "hi"]).await.unwrap();
    wire.check("a1: ToOthersInGroup(\"g\", \"hi\")");
    for (user, operation) in [
        ("alice", "a1: ToUser(\"alice\", \"hi\")"),
        ("bob", "a1: ToUser(\"bob\", \"hi\") (nobody)"),
        ("", "a1: ToUser(\"\", \"hi\")"),
    ] {
        clients.user(user).send("Receive", ("hi",)).await.unwrap();
        wire.check(operation);
    }
    // Each once, as on a single server.
    wire.skip("a1: ToUsers([\"alice\", \"\", \"bob\", \"alice\"], \"hi\")");
    a1.call("Join", &[""]).await.unwrap();
    wire.check("a1: Join(\"\")");
    to_group("").await;
    wire.check("a1: ToGroup(\"\", \"hi\")");
    a1.call("Leave", &[""]).await.unwrap();
    wire.check("a1: Leave(\"\")");
    a3.call("Join", &["Case"]).await.unwrap();
    wire.check("a3: Join(\"Case\")");
    to_group("case").await;
    wire.check("a1: ToGroup(\"case\", \"hi\")");
    for operation in ["", " afterwards", " once more"] {
        to_group("Case").await;
        wire.check(&format!("a1: ToGroup(\"Case\", \"hi\"){operation}"));
    }
    a3.call("Leave", &["Case"]).await.unwrap();
    wire.check("a3: Leave(\"Case\")");
    a1.call("Join", &["*?[x]"]).await.unwrap();
    wire.check("a1: Join(\"*?[x]\")");
    a1.call("Leave", &["*?[x]"]).await.unwrap();
    wire.check("a1: Leave(\"*?[x]\")");
    for _ in 0..2 {
        a2.call("Leave", &["g"]).await.unwrap();
    }
    a1.call("Leave", &["g"]).await.unwrap();
    wire.check("a1: Leave(\"g\") (last member on A)");
}

async fn groups_across_servers(
    wire: &mut Comparison,
    a: &Server,
    [a1, a2]: [&mut Client; 2],
    [b1, b2]: [&mut Client; 2],
) {
    let (a1_id, a2_id, b2_id) = (a1.id().to_string(), a2.id().to_string(), b2.id().to_string());
    a1.call("JoinOther", &[&a2_id, "k"]).await.unwrap();
    wire.check("a1: JoinOther(a2, \"k\") (local)");
    a1.call("JoinOther", &[&b2_id, "k"]).await.unwrap();
    wire.check("a1: JoinOther(b2, \"k\") (on B)");
    a1.call("JoinOther", &[&b2_id, "k"]).await.unwrap();
    wire.check("a1: JoinOther(b2, \"k\") again");
    b1.call("JoinOther", &[&a1_id, "k"]).await.unwrap();
    wire.check("b1: JoinOther(a1, \"k\") (on A)");
    a.handle().clients().group("k").send("Receive", ("hi",)).await.unwrap();
    wire.check("a1: ToGroup(\"k\", \"hi\")");
    a1.call("JoinOther", &["nobody", "k"]).await.unwrap();
    wire.check("a1: JoinOther(\"nobody\", \"k\")");
}

async fn questions(wire: &mut Comparison, b: &Server, a1: &mut Client, [b1, b2]: [&mut Client; 2]) {
    ask(a1, b1, Ok(&"b1 says why")).await;
    wire.check("a1: AskClient(b1, \"why\") (JSON connection on B)");
    ask(a1, b2, Ok(&"b2 says why")).await;
    wire.check("a1: AskClient(b2, \"why\") (MessagePack connection on B)");
    for answer in ["with an error", "null", "with a number", "with an object"] {
        for (client, asked, protocol) in [("b1", &mut *b1, ""), ("b2", &mut *b2, " (MessagePack)")] {
            match answer {
                "null" => ask(a1, asked, Ok(&())).await,
                "with a number" => ask(a1, asked, Ok(&5)).await,
                "with an object" => ask(a1, asked, Ok(&BTreeMap::from([("a", (1, "x"))]))).await,
                _ => ask::<()>(a1, asked, Err("Error: no idea")).await,
            }
            answered(wire, &format!("a1: AskClient({client}, \"why\"), the client answers {answer}{protocol}"));
        }
    }
    for (name, end) in [
        ("<b3>", "b3 disconnects instead of answering (JSON)"),
        ("<b4>", "b4 drops instead of answering (MessagePack)"),
    ] {
        let mut asked = if name == "<b3>" { Client::json(&b.hub).await } else { Client::message_pack(&b.hub).await };
        wire.know(name, &asked);
        wire.next();
        a1.begin("AskClient", &[asked.id().as_str(), "why"]).await;
        asked.question().await;
        drop(asked);
        answered(wire, &format!("a1: AskClient({}, \"why\"), {end}", &name[1..3]));
        a1.next().await;
    }
}

/// Compares an answer; the question itself, which is not recorded again, is only passed over.
fn answered(wire: &mut Comparison, operation: &str) {
    let question_now = wire.now.recv_timeout(Duration::from_secs(20)).unwrap();
    let now = question(&question_now.payload).expect("a question");
    let (_, recorded) = wire.recorded.front().unwrap();
    let then = answered_id(&recorded.payload).expect("an answer");
    wire.ids.push((now, then));
    wire.check(operation);
}

/// The id of the question to which this is the answer.
fn answered_id(payload: &[u8]) -> Option<String> {
    let heads: [&[u8]; 2] = [b"\"invocationId\":\"", b"\x03\x80\xb6"];
    let behind = |head: &[u8]| payload.windows(head.len()).position(|some| some == head).map(|at| at + head.len());
    let at = heads.into_iter().find_map(behind)?;
    Some(String::from_utf8(payload.get(at..at + 22)?.to_vec()).unwrap())
}

async fn disconnecting(wire: &mut Comparison, b: &Server, [mut a1, a2, a3]: [Client; 3], [mut b1, b2]: [Client; 2]) {
    wire.skip("a4: AskClient(b1, \"why\"), a4 (the caller) disconnects before the answer");
    wire.skip("then b1 answers");
    b1.call("Join", &["watchers"]).await.unwrap();
    wire.check("b1: Join(\"watchers\")");
    drop(a3);
    wire.check("a3 disconnects (alice stays on A through a2)");
    drop(a2);
    wire.check("a2 disconnects (last of alice on A, member of \"k\" with a1)");
    a1.call("Join", &["m"]).await.unwrap();
    wire.check("a1: Join(\"m\")");
    a1.begin("Abort", &[]).await;
    wire.check("a1 is aborted (Abort): last member of \"k\" and \"m\" on A");
    in_time(b.hub.shutdown()).await;
    drop((b1, b2));
    let shutdown = "B is shut down (SIGTERM) with b1 and b2 connected";
    wire.check_sorted(shutdown);
}
