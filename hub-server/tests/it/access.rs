//! Who may use an endpoint, and until when (section 10).

use std::time::{Duration, SystemTime};

use axum::Router;
use hub_server::{HttpOptions, HubServer, RouterExt, User};
use tokio::time::{Instant, sleep};

use crate::client::{Client, HANDSHAKE, serve};
use crate::http::{CLOSE_AND_COME_BACK, Session, send, settle};
use crate::hub;

const SECOND: Duration = Duration::from_secs(1);

/// The header `x-user` says who makes a request, `x-seconds` for how long; admins are called so.
fn options() -> HttpOptions {
    HttpOptions::default().with_user(|request| {
        let header = |name| Some(request.headers.get(name)?.to_str().unwrap());
        let Some(name) = header("x-user") else { return User::anonymous() };
        let user = if name == "admin" { User::new(name).with_role("admin") } else { User::new(name) };
        match header("x-seconds") {
            Some(seconds) => user.with_expiry(SystemTime::now() + SECOND * seconds.parse().unwrap()),
            None => user,
        }
    })
}

#[tokio::test]
async fn who_may_not_is_refused_before_anything_else() {
    let admins = options().require_authenticated_user().require_role("admin");
    let app = Router::new().route_hub_with("/hub", hub::server().0, admins);
    for (method, target, allowed) in [
        ("POST", "/hub/negotiate", 200),
        ("GET", "/hub/negotiate", 405),
        ("GET", "/hub", 400),
        ("GET", "/hub?id=x", 404),
        ("POST", "/hub?id=x", 404),
        ("DELETE", "/hub?id=x", 404),
        ("OPTIONS", "/hub", 405),
    ] {
        for (user, status) in [(None, 401), (Some("ada"), 403), (Some("admin"), allowed)] {
            let headers: Vec<_> = user.map(|user| ("x-user", user)).into_iter().collect();
            let answer = send(&app, method, target, &headers, "").await;
            assert_eq!(answer.status, status, "{method} {target} {user:?}");
            if status == 401 || status == 403 {
                assert!(answer.body.is_empty() && answer.header("content-type").is_empty(), "{answer:?}");
            }
        }
    }
}

/// A hub that says itself who may use it.
struct Board;

#[hub_server::hub(authorize, authorize(policy = "named"), authorize(roles = ["admin", "staff"]))]
impl Board {}

#[tokio::test]
async fn a_hub_says_itself_who_may_use_it() {
    let server = HubServer::builder(Board)
        .policy("named", |context| context.call().is_none() && context.request().headers.contains_key("x-user"));
    let app = Router::new().route_hub_with("/hub", server.build(), options());
    for (user, statuses) in [(None, [401, 401]), (Some("ada"), [403, 403]), (Some("admin"), [200, 400])] {
        let headers: Vec<_> = user.map(|user| ("x-user", user)).into_iter().collect();
        assert_eq!(send(&app, "POST", "/hub/negotiate", &headers, "").await.status, statuses[0], "{user:?}");
        assert_eq!(send(&app, "GET", "/hub", &headers, "").await.status, statuses[1], "{user:?}");
    }
}

#[tokio::test]
async fn a_requirement_sees_the_request() {
    let open = options().require(|user, request| user.is_authenticated() || request.headers.contains_key("x-door"));
    let app = Router::new().route_hub_with("/hub", hub::server().0, open);
    assert_eq!(send(&app, "GET", "/hub", &[], "").await.status, 401);
    assert_eq!(send(&app, "GET", "/hub", &[("x-door", "back")], "").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_with_the_sign_in_and_later_polls_prolong_it() {
    let (server, mut endings) = hub::server();
    let app = Router::new().route_hub_with("/hub", server, options().close_on_authentication_expiration(true));
    let session = Session::negotiate(&app, "/hub").await;
    let start = Instant::now();
    let for_seconds = |seconds| [("x-user", "ada"), ("x-seconds", seconds)];
    assert_eq!(session.send("GET", &for_seconds("20"), "").await.status, 200);
    session.post(HANDSHAKE).await;
    assert_eq!(session.send("GET", &for_seconds("40"), "").await.body, "{}\u{1e}");
    let last = session.send("GET", &for_seconds("60"), "").await;
    assert_eq!(last.body, CLOSE_AND_COME_BACK);
    assert_eq!(start.elapsed().as_secs().clamp(59, 60), start.elapsed().as_secs());
    assert_eq!(endings.recv().await, Some(None));
}

#[tokio::test(start_paused = true)]
async fn without_the_option_a_sign_in_may_end() {
    let (server, mut endings) = hub::server();
    let app = Router::new().route_hub_with("/hub", server, options());
    let session = Session::negotiate(&app, "/hub").await;
    assert_eq!(session.send("GET", &[("x-user", "ada"), ("x-seconds", "1")], "").await.status, 200);
    session.post(HANDSHAKE).await;
    sleep(10 * SECOND).await;
    settle().await;
    assert_eq!(session.poll().await.body, "{}\u{1e}");
    assert!(endings.try_recv().is_err());
}

#[tokio::test]
async fn a_web_socket_ends_with_the_sign_in() {
    let (server, mut endings) = hub::server();
    let options = options()
        .with_user(|_| User::new("ada").with_expiry(SystemTime::now() + Duration::from_millis(300)))
        .close_on_authentication_expiration(true);
    let address = serve(Router::new().route_hub_with("/hub", server, options)).await;
    let mut client = Client::connect(address, "/hub").await;
    assert_eq!(client.text().await, CLOSE_AND_COME_BACK);
    assert_eq!(client.close_code().await, 1000);
    assert_eq!(endings.recv().await, Some(None));
}
