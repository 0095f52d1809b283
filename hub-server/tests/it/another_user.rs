//! Requests of another user than the connection's: they are served, and a log tells of them (S-52, T-74, U-9).

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use axum::Router;
use hub_server::{HttpOptions, RouterExt, User};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::client::{Client, HANDSHAKE, serve};
use crate::http::{Session, send};
use crate::hub;

const WHO_AM_I: &str = "{\"type\":1,\"invocationId\":\"1\",\"target\":\"WhoAmI\",\"arguments\":[]}\u{1e}";

/// Keeps the warnings of this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    fn watch() -> (Self, DefaultGuard) {
        let warnings = Self::default();
        let guard = tracing::subscriber::set_default(warnings.clone());
        (warnings, guard)
    }

    /// Those that came since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.target().starts_with("hub_")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0.join(" "));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of an event but for the connection, whose id is a random one.
#[derive(Default)]
struct Line(Vec<String>);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() != "connection" {
            self.0.push(format!("{}={value:?}", field.name()));
        }
    }
}

/// A hub whose users say in the query who they are.
fn app() -> Router {
    let options = HttpOptions::default().allow_stateful_reconnects(true).with_user(|request| {
        let query = request.uri.query().unwrap_or_default();
        query.rsplit_once("user=").map_or_else(User::anonymous, |(_, name)| User::new(name))
    });
    Router::new().route_hub_with("/hub", hub::server().0, options)
}

fn noted(other: &str) -> String {
    format!("message=a request of another user for a connection user=\"ada\"{other}")
}

#[tokio::test(start_paused = true)]
async fn a_poll_of_another_user_is_noted_and_answered() {
    let (warnings, _guard) = Warnings::watch();
    let app = app();
    let session = Session::negotiate(&app, "/hub").await;
    let poll_as = |user: &str| {
        let (app, target) = (app.clone(), format!("{}{user}", session.target()));
        async move { send(&app, "GET", &target, &[], "").await }
    };
    assert!(poll_as("&user=ada").await.is((200, "")));
    session.post(format!("{HANDSHAKE}{WHO_AM_I}")).await;
    assert!(poll_as("&user=ada").await.body.ends_with(",\"ada\"]}\u{1e}"));
    assert!(warnings.take().is_empty(), "the same user");
    for (user, other) in [("&user=bob", " other=\"bob\""), ("&user=Ada", " other=\"Ada\""), ("", "")] {
        session.post(WHO_AM_I).await;
        assert!(poll_as(user).await.body.ends_with(",\"ada\"]}\u{1e}"));
        assert_eq!(warnings.take(), [noted(other)]);
    }
}

#[tokio::test]
async fn a_web_socket_of_another_user_is_noted_and_goes_on() {
    let (warnings, _guard) = Warnings::watch();
    let app = app();
    let answer = send(&app, "POST", "/hub/negotiate?negotiateVersion=1&useStatefulReconnect=true", &[], "").await;
    let negotiation: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let target = format!("/hub?id={}", negotiation["connectionToken"].as_str().unwrap());
    let address = serve(app).await;
    let mut first = Client::open(address, &format!("{target}&user=ada")).await;
    first.send("{\"protocol\":\"json\",\"version\":2}\u{1e}").await;
    assert_eq!(first.text().await, "{}\u{1e}");
    assert!(warnings.take().is_empty());
    drop(first);
    let mut second = Client::open(address, &format!("{target}&user=bob")).await;
    assert_eq!(second.text().await, "{\"type\":9,\"sequenceId\":1}\u{1e}");
    assert_eq!(warnings.take(), [noted(" other=\"bob\"")]);
    second.send(WHO_AM_I).await;
    assert!(second.text().await.ends_with(",\"ada\"]}\u{1e}"));
}
