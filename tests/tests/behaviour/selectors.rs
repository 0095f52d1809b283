//! Whom each selector reaches, typed and by name (section 7.1).

use hub_server::{Hub, HubError, HubServer, User, hub, hub_client};

use crate::support::{Raw, call, result};

#[hub_client]
trait Inbox {
    async fn told(&self, how: &str);
}

struct Post;

/// Does the same with the proxy of each selector.
macro_rules! with_proxy {
    ($hub:expr, $how:expr, $names:expr, |$proxy:ident| $send:expr) => {{
        let (clients, names) = ($hub.clients(), $names);
        let first = names.first().map(String::as_str).unwrap_or_default();
        let rest = names.get(1..).unwrap_or_default();
        match $how {
            "all" => {
                let $proxy = clients.all();
                $send
            }
            "all_except" => {
                let $proxy = clients.all_except(names);
                $send
            }
            "others" => {
                let $proxy = clients.others();
                $send
            }
            "caller" => {
                let $proxy = clients.caller();
                $send
            }
            "client" => {
                let $proxy = clients.client(first);
                $send
            }
            "clients" => {
                let $proxy = clients.clients(names);
                $send
            }
            "group" => {
                let $proxy = clients.group(first);
                $send
            }
            "groups" => {
                let $proxy = clients.groups(names);
                $send
            }
            "group_except" => {
                let $proxy = clients.group_except(first, rest);
                $send
            }
            "others_in_group" => {
                let $proxy = clients.others_in_group(first);
                $send
            }
            "user" => {
                let $proxy = clients.user(first);
                $send
            }
            "users" => {
                let $proxy = clients.users(names);
                $send
            }
            other => panic!("no selector {other}"),
        }
    }};
}

#[hub(client = Inbox)]
impl Post {
    async fn join(&self, hub: Hub<dyn Inbox>, group: String) -> Result<(), HubError> {
        hub.groups().add(hub.connection_id(), group).await
    }

    async fn tell(&self, hub: Hub<dyn Inbox>, how: String, names: Vec<String>) -> Result<(), HubError> {
        with_proxy!(hub, how.as_str(), &names, |proxy| proxy.told(&how).await)
    }

    async fn tell_by_name(&self, hub: Hub<dyn Inbox>, how: String, names: Vec<String>) -> Result<(), HubError> {
        with_proxy!(hub, how.as_str(), &names, |proxy| proxy.send("Told", (&how,)).await)
    }
}

/// Four clients: `a` calls; `a` and `b` are Ann's, `c` is Carl's, `d` did not sign in. `a` and `b` are in the group
/// `red`, `b` and `c` in `blue`, `d` is in the group without a name.
struct Town {
    server: HubServer<Post>,
    clients: Vec<(char, Raw)>,
}

impl Town {
    async fn new() -> Self {
        let server = HubServer::new(Post);
        let mut clients = Vec::new();
        for (name, user, groups) in [
            ('a', User::new("Ann"), &["red"][..]),
            ('b', User::new("Ann"), &["red", "blue"]),
            ('c', User::new("Carl"), &["blue"]),
            ('d', User::anonymous(), &[""]),
        ] {
            let mut raw = Raw::of(server.test_client().user(user));
            raw.shake_hands().await;
            for group in groups {
                raw.send(&call("1", "Join", &format!("[\"{group}\"]"))).await;
                assert_eq!(raw.next().await, result("1", "null"));
            }
            clients.push((name, raw));
        }
        Self { server, clients }
    }

    fn id(&self, name: char) -> String {
        self.clients.iter().find(|(own, _)| *own == name).unwrap().1.id().to_string()
    }

    /// Has `a` tell something; returns the answer and who was told, once for each time.
    async fn tell(&mut self, method: &str, how: &str, names: &[&str]) -> (String, String) {
        let names = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
        self.clients[0].1.send(&call("t", method, &format!("[\"{how}\",[{names}]]"))).await;
        let told = format!(r#"{{"type":1,"target":"Told","arguments":["{how}"]}}"#);
        let (mut answer, mut reached) = (String::new(), String::new());
        for (name, raw) in &mut self.clients {
            for message in raw.so_far().await {
                if message == told { reached.push(*name) } else { answer = message }
            }
        }
        (answer, reached)
    }
}

/// Checks whom a selector reaches, typed and by name. Names of one letter among `names` are ids of the clients.
async fn check(how: &str, names: &[&str], expected: &str) {
    let mut town = Town::new().await;
    let names: Vec<_> = names.iter().map(|name| resolve(&town, name)).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for method in ["Tell", "TellByName"] {
        let (answer, reached) = town.tell(method, how, &names).await;
        assert_eq!((answer.as_str(), reached.as_str()), (&*result("t", "null"), expected), "{method} {how}");
    }
}

fn resolve(town: &Town, name: &str) -> String {
    match name.chars().next() {
        Some(letter @ 'a'..='d') if name.len() == 1 => town.id(letter),
        _ => name.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn all_are_all() {
    check("all", &[], "abcd").await;
}

#[tokio::test(start_paused = true)]
async fn all_except_leaves_connections_out() {
    check("all_except", &["b", "d", "nobody", "b"], "ac").await;
}

#[tokio::test(start_paused = true)]
async fn all_except_nobody_are_all() {
    check("all_except", &[], "abcd").await;
}

#[tokio::test(start_paused = true)]
async fn others_are_all_but_the_caller() {
    check("others", &[], "bcd").await;
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_who_called() {
    check("caller", &[], "a").await;
}

#[tokio::test(start_paused = true)]
async fn a_client_is_one_connection() {
    check("client", &["c"], "c").await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_client_is_nobody() {
    check("client", &["nobody"], "").await;
    check("client", &[""], "").await;
}

#[tokio::test(start_paused = true)]
async fn clients_are_reached_once_each() {
    check("clients", &["b", "d", "b", "nobody", ""], "bd").await;
}

#[tokio::test(start_paused = true)]
async fn no_clients_are_nobody() {
    check("clients", &[], "").await;
}

#[tokio::test(start_paused = true)]
async fn a_group_is_its_members() {
    check("group", &["red"], "ab").await;
}

#[tokio::test(start_paused = true)]
async fn a_group_may_have_an_empty_name() {
    check("group", &[""], "d").await;
}

#[tokio::test(start_paused = true)]
async fn names_of_groups_are_compared_with_their_case() {
    check("group", &["Red"], "").await;
}

#[tokio::test(start_paused = true)]
async fn who_is_in_two_groups_is_reached_twice() {
    check("groups", &["red", "blue", "nobody"], "abbc").await;
}

#[tokio::test(start_paused = true)]
async fn a_group_named_twice_is_reached_twice() {
    check("groups", &["red", "red"], "aabb").await;
}

#[tokio::test(start_paused = true)]
async fn no_groups_are_nobody() {
    check("groups", &[], "").await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_name_among_groups_fails_behind_the_groups_before_it() {
    let mut town = Town::new().await;
    let (answer, reached) = town.tell("Tell", "groups", &["red", "", "blue"]).await;
    assert!(answer.contains("An unexpected error occurred invoking 'Tell' on the server."), "{answer}");
    assert_eq!(reached, "ab");
    let handle = town.server.handle();
    let error = handle.clients().groups([""]).told("x").await.unwrap_err();
    assert_eq!((error.kind(), error.text()), ("InvalidOperationException", "Cannot send to an empty group name."));
}

#[tokio::test(start_paused = true)]
async fn a_group_can_leave_connections_out() {
    check("group_except", &["blue", "b", "nobody"], "c").await;
    check("group_except", &["blue"], "bc").await;
    check("group_except", &["green", "b"], "").await;
}

#[tokio::test(start_paused = true)]
async fn others_in_a_group_are_its_members_but_the_caller() {
    check("others_in_group", &["red"], "b").await;
    check("others_in_group", &["blue"], "bc").await;
}

#[tokio::test(start_paused = true)]
async fn a_user_is_all_connections_of_that_user() {
    check("user", &["Ann"], "ab").await;
}

#[tokio::test(start_paused = true)]
async fn names_of_users_are_compared_with_their_case() {
    check("user", &["ann"], "").await;
    check("user", &[""], "").await;
}

#[tokio::test(start_paused = true)]
async fn users_are_reached_once_each() {
    check("users", &["Carl", "Ann", "Carl", "Nobody", ""], "abc").await;
}

#[tokio::test(start_paused = true)]
async fn who_has_disconnected_is_reached_by_nothing() {
    let mut town = Town::new().await;
    let (_, gone) = town.clients.remove(1);
    let id = gone.id().to_string();
    drop(gone);
    crate::support::settle().await;
    let names = [id.as_str()];
    for (how, names, expected) in [
        ("all", &[][..], "acd"),
        ("client", &names, ""),
        ("clients", &names, ""),
        ("group", &["red"], "a"),
        ("groups", &["red", "blue"], "ac"),
        ("user", &["Ann"], "a"),
    ] {
        assert_eq!(town.tell("Tell", how, names).await.1, expected, "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_nine_selectors_of_a_handle_reach_the_same() {
    let mut town = Town::new().await;
    let (a, c) = (town.id('a'), town.id('c'));
    let clients = town.server.handle().clients();
    clients.all().told("all").await.unwrap();
    clients.all_except([&a]).told("all_except").await.unwrap();
    clients.client(&c).told("client").await.unwrap();
    clients.clients([&a, &c]).told("clients").await.unwrap();
    clients.group("red").told("group").await.unwrap();
    clients.groups(["red", "blue"]).told("groups").await.unwrap();
    clients.group_except("red", [&a]).told("group_except").await.unwrap();
    clients.user("Ann").told("user").await.unwrap();
    clients.users(["Ann", "Carl"]).told("users").await.unwrap();
    let told = |hows: &[&str]| -> Vec<String> {
        hows.iter().map(|how| format!(r#"{{"type":1,"target":"Told","arguments":["{how}"]}}"#)).collect()
    };
    let expected = [
        told(&["all", "clients", "group", "groups", "user", "users"]),
        told(&["all", "all_except", "group", "groups", "groups", "group_except", "user", "users"]),
        told(&["all", "all_except", "client", "clients", "groups", "users"]),
        told(&["all", "all_except"]),
    ];
    for ((name, raw), expected) in town.clients.iter_mut().zip(expected) {
        assert_eq!(raw.so_far().await, expected, "{name}");
    }
}
