//! Who is connected (A-13, A-14).

use axum::http::{HeaderName, HeaderValue};
use hub_server::{Hub, HubServer, User, hub};

use crate::support::{Raw, call, result};

struct Desk;

#[hub]
impl Desk {
    fn identifier(&self, hub: Hub) -> Option<String> {
        hub.user_identifier().map(str::to_owned)
    }

    fn name(&self, user: User) -> (Option<String>, bool, bool) {
        (user.name().map(str::to_owned), user.is_authenticated(), user.has_role("admin"))
    }
}

/// A client that connects as this user, and under this name of the header `x-desk`.
async fn connect(server: &HubServer<Desk>, user: User, desk: &'static str) -> Raw {
    let header = (HeaderName::from_static("x-desk"), HeaderValue::from_static(desk));
    let mut raw = Raw::of(server.test_client().user(user).header(header.0, header.1));
    raw.shake_hands().await;
    raw
}

async fn identifier(raw: &mut Raw) -> String {
    raw.send(&call("1", "Identifier", "[]")).await;
    raw.next().await
}

/// How many messages to this user reach the connection.
async fn copies(server: &HubServer<Desk>, raw: &mut Raw, user: &str) -> usize {
    server.handle().clients().user(user).send("News", ()).await.unwrap();
    raw.so_far().await.len()
}

#[tokio::test(start_paused = true)]
async fn a_user_is_known_by_its_own_identifier() {
    let server = HubServer::new(Desk);
    let mut raw = connect(&server, User::new("42").with_name("Ada"), "one").await;
    assert_eq!(identifier(&mut raw).await, result("1", "\"42\""));
    assert_eq!(copies(&server, &mut raw, "42").await, 1);
    assert_eq!(copies(&server, &mut raw, "Ada").await, 0);
}

#[tokio::test(start_paused = true)]
async fn who_did_not_sign_in_has_no_identifier_and_is_reached_by_none() {
    let server = HubServer::new(Desk);
    let mut raw = connect(&server, User::anonymous(), "one").await;
    assert_eq!(identifier(&mut raw).await, result("1", "null"));
    assert_eq!(copies(&server, &mut raw, "").await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_identifier_may_be_empty() {
    let server = HubServer::new(Desk);
    let mut raw = connect(&server, User::new(""), "one").await;
    assert_eq!(copies(&server, &mut raw, "").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_user_has_several_connections_until_the_last_has_ended() {
    let server = HubServer::new(Desk);
    let mut first = connect(&server, User::new("42"), "one").await;
    let mut second = connect(&server, User::new("42"), "two").await;
    server.handle().clients().user("42").send("News", ()).await.unwrap();
    assert_eq!((first.so_far().await.len(), second.so_far().await.len()), (1, 1));
    drop(first);
    crate::support::settle().await;
    assert_eq!(copies(&server, &mut second, "42").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_program_may_say_by_what_a_connection_is_known() {
    let provider = |user: &User, request: &axum::http::request::Parts| {
        let desk = request.headers.get("x-desk")?.to_str().ok()?;
        Some(format!("{}@{desk}", user.id().unwrap_or("somebody")))
    };
    let server = HubServer::builder(Desk).user_id(provider).build();
    let mut known = connect(&server, User::new("42"), "one").await;
    let mut unknown = connect(&server, User::anonymous(), "two").await;
    assert_eq!(identifier(&mut known).await, result("1", "\"42@one\""));
    assert_eq!(copies(&server, &mut known, "42").await, 0);
    assert_eq!(copies(&server, &mut known, "42@one").await, 1);
    assert_eq!(copies(&server, &mut unknown, "somebody@two").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_may_know_nobody() {
    let server = HubServer::builder(Desk).user_id(|_, _| None).build();
    let mut raw = connect(&server, User::new("42"), "one").await;
    assert_eq!(identifier(&mut raw).await, result("1", "null"));
    assert_eq!(copies(&server, &mut raw, "42").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_method_sees_the_user() {
    let server = HubServer::new(Desk);
    let mut raw = connect(&server, User::new("42").with_name("Ada").with_role("admin"), "one").await;
    raw.send(&call("1", "Name", "[]")).await;
    assert_eq!(raw.next().await, result("1", r#"["Ada",true,true]"#));
    let mut raw = connect(&server, User::anonymous(), "one").await;
    raw.send(&call("1", "Name", "[]")).await;
    assert_eq!(raw.next().await, result("1", "[null,false,false]"));
}
