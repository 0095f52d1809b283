//! Messages to clients: their form, their order, and what they cost (section 7.1).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_server::{CallerClients, Hub, HubError, HubServer, PayloadNaming, Running, Untyped, hub, hub_client};
use serde::Serialize;

use crate::support::{CLOSED_WITH_AN_ERROR, Probe, Raw, call, result, settle};

#[hub_client]
trait Screen {
    async fn show_message(&self, user: &str, message: &str);
    async fn refresh(&self);
    #[hub_client(name = "point-at")]
    async fn point(&self, point: &Point);
    async fn send(&self, parcel: u8);
}

#[derive(Serialize)]
struct Point {
    x_axis: i32,
    y_axis: Option<f64>,
}

struct Studio(Probe);

#[hub(client = Screen)]
impl Studio {
    fn on_disconnected(&self, reason: Option<&hub_server::DisconnectError>) {
        self.0.note(reason.map_or("in order", |reason| reason.kind()));
    }

    async fn typed(&self, hub: Hub<dyn Screen>) -> Result<(), HubError> {
        let caller = hub.clients().caller();
        caller.show_message("Ada", "hi").await?;
        caller.refresh().await?;
        caller.point(&Point { x_axis: 1, y_axis: None }).await?;
        caller.send(7).await?;
        caller.clone().refresh().await
    }

    async fn in_order(&self, hub: Hub<dyn Screen>) -> Result<&'static str, HubError> {
        let clients = hub.clients();
        for n in 0..20 {
            clients.all().show_message("all", &n.to_string()).await?;
            clients.caller().show_message("caller", &n.to_string()).await?;
        }
        Ok("last")
    }

    async fn unwritable(&self, hub: Hub<dyn Screen>, only_others: bool) -> Result<&'static str, HubError> {
        let point = Point { x_axis: 1, y_axis: Some(f64::NAN) };
        if only_others {
            hub.clients().others().point(&point).await?;
        } else {
            hub.clients().all().point(&point).await?;
        }
        Ok("unaffected")
    }

    fn later(&self, hub: Hub<dyn Screen>) {
        let probe = self.0.clone();
        tokio::spawn(async move {
            probe.pass("later").await;
            hub.clients().caller().refresh().await
        });
    }
}

fn studio() -> (HubServer<Studio>, Probe) {
    let probe = Probe::default();
    (HubServer::new(Studio(probe.clone())), probe)
}

fn invocation(target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"target":"{target}","arguments":{arguments}}}"#)
}

const REFRESH: &str = r#"{"type":1,"target":"Refresh","arguments":[]}"#;

#[tokio::test(start_paused = true)]
async fn a_message_is_an_invocation_without_an_id() {
    let (server, _) = studio();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Typed", "[]")).await;
    let expected = [
        invocation("ShowMessage", r#"["Ada","hi"]"#),
        REFRESH.to_owned(),
        invocation("point-at", r#"[{"xAxis":1,"yAxis":null}]"#),
        invocation("Send", "[7]"),
        REFRESH.to_owned(),
        result("1", "null"),
    ];
    assert_eq!(raw.so_far().await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_sent_as_it_is() {
    let (server, _) = studio();
    let mut raw = Raw::connect(&server).await;
    for target in ["lower_case", "ÄÖ \\\"", ""] {
        let name = target.replace("\\\"", "\"");
        hub_server::RawProxy::send(&server.handle().clients().all(), &name, ()).await.unwrap();
        assert_eq!(raw.next().await, invocation(target, "[]"));
    }
}

#[tokio::test(start_paused = true)]
async fn messages_arrive_in_the_order_they_were_sent_and_before_the_result() {
    let (server, _) = studio();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "InOrder", "[]")).await;
    let mut expected: Vec<_> = (0..20)
        .flat_map(|n| ["all", "caller"].map(|to| invocation("ShowMessage", &format!(r#"["{to}","{n}"]"#))))
        .collect();
    expected.push(result("1", "\"last\""));
    assert_eq!(raw.so_far().await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_written_closes_every_receiver() {
    let (server, probe) = studio();
    let (mut sender, mut a, mut b) =
        (Raw::connect(&server).await, Raw::connect(&server).await, Raw::connect(&server).await);
    sender.send(&call("1", "Unwritable", "[true]")).await;
    assert_eq!(sender.so_far().await, [result("1", "\"unaffected\"")]);
    assert_eq!(a.rest().await, [CLOSED_WITH_AN_ERROR]);
    assert_eq!(b.rest().await, [CLOSED_WITH_AN_ERROR]);
    assert_eq!(probe.log(), ["ArgumentException", "ArgumentException"]);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_is_among_the_receivers_is_closed_as_well() {
    let (server, probe) = studio();
    let mut sender = Raw::connect(&server).await;
    sender.send(&call("1", "Unwritable", "[false]")).await;
    assert_eq!(sender.rest().await, [CLOSED_WITH_AN_ERROR]);
    assert_eq!(probe.log(), ["ArgumentException"]);
}

#[tokio::test(start_paused = true)]
async fn a_send_from_outside_that_cannot_be_written_is_no_error_of_the_sender() {
    let (server, _) = studio();
    let mut raw = Raw::connect(&server).await;
    let unwritable = Point { x_axis: 0, y_axis: Some(f64::INFINITY) };
    server.handle().clients().client(raw.id()).point(&unwritable).await.unwrap();
    assert_eq!(raw.rest().await, [CLOSED_WITH_AN_ERROR]);
}

#[tokio::test(start_paused = true)]
async fn the_context_of_a_call_can_be_used_after_the_call() {
    let (server, probe) = studio();
    let mut raw = Raw::connect(&server).await;
    raw.send(&call("1", "Later", "[]")).await;
    assert_eq!(raw.so_far().await, [result("1", "null")]);
    probe.open("later");
    assert_eq!(raw.so_far().await, [REFRESH]);
}

#[tokio::test(start_paused = true)]
async fn a_send_to_a_caller_that_has_left_is_no_error() {
    struct Keeper(std::sync::Mutex<Option<CallerClients<Untyped, Running>>>);
    #[hub]
    impl Keeper {
        fn keep(&self, hub: Hub) {
            *self.0.lock().unwrap() = Some(hub.clients());
        }

        async fn use_kept(&self) -> Result<(), HubError> {
            let clients = self.0.lock().unwrap().take().unwrap();
            clients.caller().send("Late", ()).await?;
            clients.others().send("Late", ()).await
        }
    }
    let server = HubServer::new(Keeper(std::sync::Mutex::default()));
    let mut first = server.test_client().connect().await.unwrap();
    first.invoke::<()>("Keep", ()).await.unwrap();
    drop(first);
    settle().await;
    let mut second = server.test_client().connect().await.unwrap();
    assert_eq!(second.invoke::<()>("UseKept", ()).await, Ok(()));
    assert_eq!(second.received::<()>("Late").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_reached_once_on_connected_runs() {
    let (server, _) = studio();
    let mut raw = Raw::connect(&server).await;
    server.handle().clients().all().refresh().await.unwrap();
    assert_eq!(raw.next().await, REFRESH);
}

/// A value that counts how often it is written.
struct Counted(Arc<AtomicUsize>);

impl Serialize for Counted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        serializer.serialize_str("counted")
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_encoded_once_for_all_its_receivers() {
    let (server, _) = studio();
    let mut all = Vec::new();
    for _ in 0..10 {
        let raw = Raw::connect(&server).await;
        server.handle().groups().add(raw.id(), "g").await.unwrap();
        all.push(raw);
    }
    let written = Arc::new(AtomicUsize::new(0));
    let clients = server.handle().clients();
    let ids: Vec<_> = all.iter().map(|raw| raw.id().clone()).collect();
    let proxies = [clients.all(), clients.group("g"), clients.groups(["g", "g"]), clients.clients(&ids)];
    for (n, proxy) in proxies.iter().enumerate() {
        hub_server::RawProxy::send(proxy, "Count", (Counted(Arc::clone(&written)),)).await.unwrap();
        assert_eq!(written.load(Ordering::Relaxed), n + 1);
    }
    for raw in &mut all {
        assert_eq!(raw.so_far().await, vec![invocation("Count", "[\"counted\"]"); 5]);
    }
}

#[tokio::test(start_paused = true)]
async fn members_are_named_as_the_options_say() {
    for (naming, expected) in [
        (PayloadNaming::CamelCase, r#"[{"xAxis":1,"yAxis":0.5}]"#),
        (PayloadNaming::PascalCase, r#"[{"XAxis":1,"YAxis":0.5}]"#),
        (PayloadNaming::AsDeclared, r#"[{"x_axis":1,"y_axis":0.5}]"#),
    ] {
        let server = HubServer::builder(Studio(Probe::default())).json_naming(naming).build();
        let mut raw = Raw::connect(&server).await;
        server.handle().clients().all().point(&Point { x_axis: 1, y_axis: Some(0.5) }).await.unwrap();
        assert_eq!(raw.next().await, invocation("point-at", expected));
    }
}
