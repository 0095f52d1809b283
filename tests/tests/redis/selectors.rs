//! Whom a message reaches when there are several servers.

use hub_server::HubProtocol;

use crate::support::{Client, Redis, Server};

/// Two servers with clients: a JSON one and a MessagePack one of Alice on the first, and the same on the second.
struct Fleet {
    a: Server,
    b: Server,
    clients: [Client; 4],
    marks: usize,
    _redis: Redis,
}

impl Fleet {
    async fn new() -> Self {
        let redis = Redis::start();
        let (a, b) = (Server::start(&redis).await, Server::start(&redis).await);
        let clients = [
            Client::json(&a.hub).await,
            Client::user(&a.hub, "alice", HubProtocol::message_pack()).await,
            Client::json(&b.hub).await,
            Client::user(&b.hub, "alice", HubProtocol::message_pack()).await,
        ];
        Self { a, b, clients, marks: 0, _redis: redis }
    }

    fn id(&self, client: usize) -> String {
        self.clients[client].id().to_string()
    }

    /// How often each of the clients has heard something since the last time.
    async fn heard(&mut self) -> [usize; 4] {
        self.marks += 1;
        let mark = self.marks.to_string();
        self.a.mark(&mark).await;
        let mut counts = [0; 4];
        for (count, client) in counts.iter_mut().zip(&mut self.clients) {
            *count = client.heard_until(&mark).await.len();
        }
        counts
    }
}

#[tokio::test]
async fn every_selector_reaches_its_audience_on_both_servers() {
    let mut fleet = Fleet::new().await;
    let clients = fleet.a.handle().clients();
    let ids: Vec<_> = (0..4).map(|client| fleet.id(client)).collect();
    let nobody = || "nobody".to_owned();

    clients.all().send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 1, 1, 1]);
    clients.all_except([&ids[1], &ids[2]]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 0, 1]);
    clients.client(&ids[0]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 0, 0]);
    clients.client(&ids[3]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 0, 1]);
    clients.client("nobody").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 0, 0]);
    let several = [ids[0].clone(), ids[2].clone(), ids[2].clone(), nobody()];
    clients.clients(several).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 1, 0], "each once, as on a single server");
    clients.user("alice").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 1, 0, 1]);
    clients.users(["alice", "", "bob", "alice"]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 1, 0, 1]);
    clients.user("").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn callers_select_others() {
    let mut fleet = Fleet::new().await;
    fleet.clients[2].call("ToOthers", &["hi"]).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 1, 0, 1]);
    for client in &mut fleet.clients[1..] {
        client.call("Join", &["g"]).await.unwrap();
    }
    fleet.clients[1].call("ToOthersInGroup", &["g", "hi"]).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 1, 1]);
}

#[tokio::test]
async fn groups_have_members_on_both_servers() {
    let mut fleet = Fleet::new().await;
    let clients = fleet.b.handle().clients();
    for (client, group) in [(0, "g"), (2, "g"), (2, "h"), (3, "Case"), (1, "case"), (0, "*?[x]")] {
        fleet.clients[client].call("Join", &[group]).await.unwrap();
    }
    clients.group("g").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 1, 0]);
    let first = fleet.id(0);
    clients.group_except("g", [&first]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 1, 0]);
    clients.groups(["g", "", "h"]).send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 2, 0], "once for each group; an empty name is skipped (R-33)");
    clients.group("Case").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 0, 1], "names are compared with case, and nothing comes twice");
    clients.group("axx").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [0, 0, 0, 0], "names are no patterns (R-9)");
    fleet.clients[2].call("Leave", &["g"]).await.unwrap();
    clients.group("g").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 0, 0]);
}

#[tokio::test]
async fn who_joins_under_two_spellings_hears_each_once() {
    let mut fleet = Fleet::new().await;
    for group in ["Case", "case"] {
        fleet.clients[0].call("Join", &[group]).await.unwrap();
    }
    fleet.clients[0].call("Leave", &["case"]).await.unwrap();
    fleet.clients[0].call("Join", &["Case"]).await.unwrap();
    fleet.a.handle().clients().group("Case").send("Receive", ("hi",)).await.unwrap();
    assert_eq!(fleet.heard().await, [1, 0, 0, 0], "not twice, as with ASP.NET Core (R-40)");
}

#[tokio::test]
async fn what_one_sender_sends_arrives_in_its_order() {
    let mut fleet = Fleet::new().await;
    for client in &mut fleet.clients {
        client.call("Join", &["g"]).await.unwrap();
    }
    let clients = fleet.a.handle().clients();
    for number in 0..300 {
        let text = (number.to_string(),);
        match number % 3 {
            0 => clients.all().send("Receive", text).await.unwrap(),
            1 => clients.group("g").send("Receive", text).await.unwrap(),
            _ => clients.group_except("g", ["nobody"]).send("Receive", text).await.unwrap(),
        }
    }
    fleet.a.mark("end").await;
    let expected: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    for client in &mut fleet.clients {
        assert_eq!(client.heard_until("end").await, expected);
    }
}

#[tokio::test]
async fn three_servers_are_one_hub() {
    let redis = Redis::start();
    let servers = [Server::start(&redis).await, Server::start(&redis).await, Server::start(&redis).await];
    let mut clients = Vec::new();
    for server in &servers {
        clients.push(Client::json(&server.hub).await);
        clients.push(Client::message_pack(&server.hub).await);
    }
    for server in &servers {
        server.handle().clients().all().send("Receive", ("hi",)).await.unwrap();
    }
    servers[0].mark("end").await;
    for client in &mut clients {
        assert_eq!(client.heard_until("end").await.len(), 3);
    }
}
