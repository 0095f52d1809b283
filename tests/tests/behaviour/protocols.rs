//! What is the same in both protocols, and what is not (sections 4 and 5).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hub_server::testing::{Closed, TestClient, TestError};
use hub_server::{DateTime, Hub, HubError, HubProtocol, HubServer, hub};
use serde::{Deserialize, Serialize, Serializer};

use crate::support::{in_time, settle};

struct Desk {
    /// How often a [`Counted`] was written.
    written: Arc<AtomicUsize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Parcel {
    sent_at: DateTime,
    content: Bytes,
    weight: Option<f64>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Fragile,
}

struct Counted(Arc<AtomicUsize>);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        serializer.serialize_unit()
    }
}

#[hub]
impl Desk {
    fn echo(&self, parcel: Parcel) -> Parcel {
        parcel
    }

    async fn shout(&self, hub: Hub, parcel: Parcel) -> Result<(), HubError> {
        hub.clients().all().send("Parcel", (parcel,)).await
    }

    async fn shout_infinity(&self, hub: Hub) -> Result<(), HubError> {
        hub.clients().all().send("Number", (f64::INFINITY,)).await
    }

    async fn shout_counted(&self, hub: Hub) -> Result<(), HubError> {
        hub.clients().all().send("Counted", (Counted(Arc::clone(&self.written)),)).await
    }
}

fn desk() -> HubServer<Desk> {
    HubServer::builder(Desk { written: Arc::default() }).enable_detailed_errors(true).build()
}

fn parcel() -> Parcel {
    let sent_at = "2017-04-11T01:02:03.5Z".parse().expect("a time");
    Parcel { sent_at, content: Bytes::from_static(&[0, 255]), weight: Some(0.1), kind: Kind::Fragile }
}

fn both() -> [HubProtocol; 2] {
    [HubProtocol::json(), HubProtocol::message_pack()]
}

async fn connect(server: &HubServer<Desk>, protocol: HubProtocol) -> TestClient {
    in_time(server.test_client().protocol(protocol).connect()).await.expect("a connection")
}

/// How the connection of a client ended that sent these messages in `MessagePack`.
async fn end_of(messages: &[&[u8]]) -> Closed {
    let mut client = connect(&desk(), HubProtocol::message_pack()).await;
    for message in messages {
        let length = [u8::try_from(message.len()).expect("a short message")];
        client.send_bytes(&[&length, *message].concat()).await.expect("a connection");
    }
    in_time(client.closed()).await
}

#[tokio::test(start_paused = true)]
async fn a_call_is_answered_in_the_protocol_of_the_client() {
    for protocol in both() {
        let mut client = connect(&desk(), protocol).await;
        assert_eq!(in_time(client.invoke("Echo", (parcel(),))).await, Ok(parcel()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_to_many_reaches_each_in_its_protocol() {
    let server = desk();
    let [json, message_pack] = both();
    let mut clients = [connect(&server, json).await, connect(&server, message_pack).await];
    for sender in 0..clients.len() {
        in_time(clients[sender].invoke::<()>("Shout", (parcel(),))).await.expect("a call");
        for client in &mut clients {
            assert_eq!(in_time(client.received("Parcel")).await, Ok((parcel(),)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_encoded_for_protocols_in_use_only() {
    let written = Arc::new(AtomicUsize::new(0));
    let server = HubServer::new(Desk { written: Arc::clone(&written) });
    let mut client = connect(&server, HubProtocol::json()).await;
    let others = [None, Some(HubProtocol::json()), Some(HubProtocol::message_pack()), None];
    for (other, expected) in others.into_iter().zip([1, 1, 2, 1]) {
        let other = match other {
            Some(protocol) => Some(connect(&server, protocol).await),
            None => None,
        };
        in_time(client.invoke::<()>("ShoutCounted", ())).await.expect("a call");
        assert_eq!(written.swap(0, Ordering::Relaxed), expected);
        drop(other);
        settle().await;
    }
}

#[tokio::test(start_paused = true)]
async fn arguments_that_one_protocol_cannot_say_close_only_those_who_speak_it() {
    let server = desk();
    let [json, message_pack] = both();
    let (mut json, mut message_pack) = (connect(&server, json).await, connect(&server, message_pack).await);
    in_time(message_pack.invoke::<()>("ShoutInfinity", ())).await.expect("a call");
    assert_eq!(in_time(message_pack.received("Number")).await, Ok((f64::INFINITY,)));
    assert!(in_time(json.closed()).await.error.is_some_and(|error| error.contains("ArgumentException")));
}

#[tokio::test(start_paused = true)]
async fn the_protocols_of_a_hub_can_be_chosen() {
    let server = HubServer::builder(Desk { written: Arc::default() }).protocols([HubProtocol::message_pack()]).build();
    let refused = in_time(server.test_client().protocol(HubProtocol::json()).connect()).await;
    assert_eq!(refused.err(), Some(TestError::Handshake("The protocol 'json' is not supported.".to_owned())));
    let mut client = in_time(server.test_client().connect()).await.expect("the only protocol is the first");
    assert_eq!(in_time(client.invoke("Echo", (parcel(),))).await, Ok(parcel()));
}

#[tokio::test(start_paused = true)]
async fn in_message_pack_the_number_of_arguments_is_checked_first() {
    let wrong_type = "Error binding arguments. Make sure that the types of the provided values match the types of the hub \
                      method being invoked.";
    let wrong_count = "Invocation provides 2 argument(s) but target expects 1.";
    for (protocol, expected) in both().into_iter().zip([wrong_type, wrong_count]) {
        let mut client = connect(&desk(), protocol).await;
        let error = in_time(client.invoke::<Parcel>("Echo", (1, 2))).await;
        let text = format!("Failed to invoke 'Echo' due to an error on the server. InvalidDataException: {expected}");
        assert_eq!(error, Err(TestError::Call(text)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_behind_arguments_ends_the_connection_only_if_they_bind() {
    let closed = end_of(&[b"\x96\x01\x80\xa11\xacShoutCounted\x90\xc0"]).await;
    let text = "Connection closed with an error. InvalidDataException: Reading array length for 'streamIds' failed.";
    assert_eq!((closed.error.as_deref(), closed.allow_reconnect), (Some(text), true));
    for unbound in [b"\x96\x01\x80\xa11\xa4Echo\x91\x01\xc0".as_slice(), b"\x96\x01\x80\xa11\xa4Echo\xc0\xc0"] {
        let closed = end_of(&[unbound, b"\x93\x07\xc0\xc2"]).await;
        assert_eq!((closed.with_message, closed.error), (true, None), "the client closed it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_length_beyond_all_bounds_ends_the_connection() {
    let mut client = connect(&desk(), HubProtocol::message_pack()).await;
    client.send_bytes(b"\x80\x80\x80\x80\x08").await.expect("a connection");
    let closed = in_time(client.closed()).await;
    let text = "Connection closed with an error. FormatException: Messages over 2GB in size are not supported.";
    assert_eq!((closed.error.as_deref(), closed.allow_reconnect), (Some(text), true));
}
