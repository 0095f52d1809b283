use super::*;
use crate::connection::testing::{Socket, connection, core};
use crate::protocol::HubProtocol;

/// A registry with the connections `a` and `b` of Ann and the connection `c` of nobody.
struct Town {
    registry: Registry,
    connections: [Arc<Connection>; 3],
    sockets: [Socket; 3],
}

impl Town {
    fn new() -> Self {
        let (core, registry) = (core(), Registry::default());
        let sockets = [(); 3].map(|()| Socket::with_room(1_000_000));
        let [a, b, c] = &sockets;
        let connections = [
            connection(&core, "a", Some("Ann"), a),
            connection(&core, "b", Some("Ann"), b),
            connection(&core, "c", None, c),
        ];
        for connection in &connections {
            registry.add(connection);
        }
        Self { registry, connections, sockets }
    }

    /// How often each of the three gets a message to this audience.
    fn reached(&self, audience: &Audience) -> [usize; 3] {
        let message = OutgoingMessage::new(&[HubProtocol::json()], "News", &());
        self.registry.deliver(audience, &message).unwrap();
        self.sockets.each_ref().map(|socket| socket.written().matches("News").count())
    }

    fn in_group(&self, name: &str) -> [usize; 3] {
        self.reached(&Audience::Group(name.into()))
    }
}

/// How many sets there are.
fn count(sets: &Sets) -> usize {
    sets.shards.iter().map(|shard| lock(shard).len()).sum()
}

#[test]
fn a_message_reaches_its_audience() {
    let town = Town::new();
    assert_eq!(town.reached(&Audience::All), [1, 1, 1]);
    assert_eq!(town.reached(&Audience::AllExcept(vec!["b".into()])), [1, 0, 1]);
    assert_eq!(town.reached(&Audience::Connection("c".into())), [0, 0, 1]);
    assert_eq!(town.reached(&Audience::Connections(vec!["a".into(), "a".into()])), [1, 0, 0]);
    assert_eq!(town.reached(&Audience::User("Ann".into())), [1, 1, 0]);
}

#[test]
fn a_set_goes_with_its_last_member() {
    let town = Town::new();
    let ids = ["a", "b"].map(ConnectionId::from);
    for id in &ids {
        town.registry.join(id, "g");
    }
    assert_eq!((count(&town.registry.groups), count(&town.registry.users)), (1, 1));
    town.registry.leave(&ids[0], "g");
    assert_eq!(town.in_group("g"), [0, 1, 0]);
    town.registry.leave(&ids[1], "g");
    assert_eq!(count(&town.registry.groups), 0);
    for connection in &town.connections {
        town.registry.remove(connection);
    }
    assert_eq!(count(&town.registry.users), 0);
    assert_eq!(town.reached(&Audience::All), [0, 0, 0]);
}

#[test]
fn a_connection_that_is_removed_leaves_its_groups_and_joins_none() {
    let town = Town::new();
    let a = ConnectionId::from("a");
    for n in 0..100 {
        town.registry.join(&a, &n.to_string());
    }
    assert_eq!(count(&town.registry.groups), 100);
    town.registry.remove(&town.connections[0]);
    assert_eq!(count(&town.registry.groups), 0);
    town.registry.join(&a, "g");
    town.connections[0].join_group("g", |name| town.registry.groups.add(name, &town.connections[0]));
    assert_eq!(count(&town.registry.groups), 0, "not even if it was looked up before");
}

#[test]
fn a_snapshot_is_made_anew_after_a_change_only() {
    let town = Town::new();
    let first = town.registry.all();
    assert!(Arc::ptr_eq(&first, &town.registry.all()));
    town.registry.remove(&town.connections[0]);
    let second = town.registry.all();
    assert!(!Arc::ptr_eq(&first, &second));
    assert_eq!((first.len(), second.len()), (3, 2));
}

#[test]
fn joining_and_leaving_from_many_threads_leaves_nothing_behind() {
    for _ in 0..50 {
        let town = Town::new();
        let a = ConnectionId::from("a");
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for n in 0..20 {
                        town.registry.join(&a, &n.to_string());
                    }
                });
            }
            scope.spawn(|| {
                for n in 0..20 {
                    town.registry.leave(&a, &n.to_string());
                }
            });
            scope.spawn(|| town.registry.remove(&town.connections[0]));
        });
        assert_eq!(count(&town.registry.groups), 0);
    }
}

#[test]
fn a_group_and_its_members_agree_after_joining_and_leaving_at_once() {
    for _ in 0..50 {
        let town = Town::new();
        let a = ConnectionId::from("a");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..50 {
                    town.registry.join(&a, "g");
                }
            });
            scope.spawn(|| {
                for _ in 0..50 {
                    town.registry.leave(&a, "g");
                }
            });
        });
        let [is_member, ..] = town.in_group("g");
        assert_eq!(count(&town.registry.groups), is_member);
        town.registry.leave(&a, "g");
        assert_eq!((count(&town.registry.groups), town.in_group("g")), (0, [0, 0, 0]));
    }
}
