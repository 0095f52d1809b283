//! The WebSockets transport (section 2.1).

use std::time::{Duration, Instant};

use axum::http::request::Parts;
use axum::{Extension, Router};
use hub_server::{HttpOptions, RouterExt, User};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{Client, Frame, HANDSHAKE, frame, invocation, serve};
use crate::hub::{self, Endings};

async fn hub() -> (std::net::SocketAddr, Endings) {
    let (server, endings) = hub::server();
    (serve(Router::new().route_hub("/hub", server)).await, endings)
}

async fn ending(endings: &mut Endings) -> Option<String> {
    tokio::time::timeout(Duration::from_secs(20), endings.recv()).await.expect("on_disconnected runs").unwrap()
}

#[tokio::test]
async fn a_hub_answers_in_text_frames() {
    let (address, _endings) = hub().await;
    let mut client = Client::connect(address, "/hub").await;
    client.echo("hello").await;
    client.write(&frame(0x82, invocation("Echo", "binary").as_bytes())).await;
    assert!(client.text().await.contains("binary"));
}

#[tokio::test]
async fn what_comes_with_the_upgrade_request_is_not_lost() {
    let (address, _endings) = hub().await;
    let early = [frame(0x81, HANDSHAKE.as_bytes()), frame(0x81, invocation("Echo", "early").as_bytes())].concat();
    let stream = TcpStream::connect(address).await.unwrap();
    let mut client = Client::upgrade(stream, "/hub", early).await;
    let mut received = client.text().await;
    if !received.contains("early") {
        received = client.text().await;
    }
    assert!(received.contains("early"), "{received}");
}

#[tokio::test]
async fn messages_may_be_cut_anywhere() {
    let (address, _endings) = hub().await;
    let mut client = Client::connect(address, "/hub").await;
    let message = invocation("Echo", "a");
    let (start, end) = message.split_at(20);
    client.write(&frame(0x01, start.as_bytes())).await;
    client.write(&frame(0x89, b"between")).await;
    client.write(&frame(0x80, end.as_bytes())).await;
    let mut answers = [client.frame().await.unwrap(), client.frame().await.unwrap()];
    answers.sort_by_key(|frame| frame.first);
    let [completion, pong] = answers;
    assert!(String::from_utf8(completion.payload).unwrap().contains("\"a\""));
    assert_eq!(pong, Frame { first: 0x8a, payload: b"between".to_vec() });
    for byte in frame(0x81, message.as_bytes()) {
        client.write(&[byte]).await;
    }
    assert!(client.text().await.contains("\"a\""));
    for byte in message.bytes() {
        client.write(&frame(0x82, &[byte])).await;
    }
    assert!(client.text().await.contains("\"a\""));
}

#[tokio::test]
async fn many_messages_in_one_segment_are_answered_in_order() {
    let (address, _endings) = hub().await;
    let mut client = Client::connect(address, "/hub").await;
    let calls: Vec<u8> = (0..50).flat_map(|n| frame(0x81, invocation("Echo", &n.to_string()).as_bytes())).collect();
    client.write(&calls).await;
    for n in 0..50 {
        assert_eq!(client.text().await, format!("{{\"type\":3,\"invocationId\":\"1\",\"result\":\"{n}\"}}\u{1e}"));
    }
}

#[tokio::test]
async fn pings_are_answered_and_pongs_are_not() {
    let (address, _endings) = hub().await;
    let mut client = Client::open(address, "/hub").await;
    client.write(&[frame(0x8a, b"unasked"), frame(0x89, b"before the handshake")].concat()).await;
    assert_eq!(client.frame().await, Some(Frame { first: 0x8a, payload: b"before the handshake".to_vec() }));
    client.shake_hands().await;
    client.write(&frame(0x89, b"")).await;
    assert_eq!(client.frame().await, Some(Frame { first: 0x8a, payload: Vec::new() }));
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_by_few_pongs() {
    let (address, _endings) = hub().await;
    let mut client = Client::connect(address, "/hub").await;
    let pings: Vec<u8> = (0..10_000_u16).flat_map(|n| frame(0x89, &n.to_be_bytes())).collect();
    client.write(&pings).await;
    let mut earlier = 0;
    while client.frame().await.unwrap().payload != 9_999_u16.to_be_bytes() {
        earlier += 1;
    }
    assert!(earlier < 1_000, "{earlier}");
}

#[tokio::test]
async fn a_close_frame_is_answered_with_1000() {
    let (address, mut endings) = hub().await;
    for payload in [&b""[..], b"\x03\xe8bye", b"\x10\xe1mine", b"\x03\xf3failed"] {
        let mut client = Client::connect(address, "/hub").await;
        client.write(&frame(0x88, payload)).await;
        assert_eq!(client.close_code().await, 1000);
        assert_eq!(client.frame().await, None);
        assert_eq!(ending(&mut endings).await, None);
    }
}

#[tokio::test]
async fn breaches_of_the_protocol_are_answered_with_1002() {
    let (address, mut endings) = hub().await;
    let breaches: [(&str, Vec<u8>); 9] = [
        ("not masked", vec![0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]),
        ("reserved bit", frame(0xc1, b"x")),
        ("opcode 3", frame(0x83, b"x")),
        ("opcode 11", frame(0x8b, b"")),
        ("continuation first", frame(0x80, b"x")),
        ("fragmented ping", frame(0x09, b"")),
        ("long ping", frame(0x89, &[b'x'; 126])),
        ("half a close code", frame(0x88, &[3])),
        ("close code 1005", frame(0x88, &[3, 0xed])),
    ];
    for (name, bytes) in breaches {
        let mut client = Client::connect(address, "/hub").await;
        client.write(&bytes).await;
        let answer = client.frame().await;
        assert_eq!(answer, Some(Frame { first: 0x88, payload: vec![3, 0xea] }), "{name}");
        assert_eq!(client.frame().await, None, "{name}");
        let reason = ending(&mut endings).await;
        assert!(reason.is_some_and(|reason| reason.contains("WebSocket")), "{name}");
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_answered_with_1007() {
    let (address, mut endings) = hub().await;
    let mut client = Client::connect(address, "/hub").await;
    client.write(&frame(0x81, b"{\"type\":6,\"x\":\"\xff\"}\x1e")).await;
    assert_eq!(client.frame().await, Some(Frame { first: 0x88, payload: vec![3, 0xef] }));
    assert_eq!(client.frame().await, None);
    assert!(ending(&mut endings).await.is_some());
    let mut client = Client::connect(address, "/hub").await;
    client.write(&frame(0x82, b"{\"type\":6,\"x\":\"\xff\"}\x1e")).await;
    client.echo("Binary is not looked at").await;
}

#[tokio::test]
async fn garbage_before_the_handshake_disturbs_nobody() {
    let (address, _endings) = hub().await;
    let mut bystander = Client::connect(address, "/hub").await;
    for seed in 0..50_u8 {
        let mut client = Client::open(address, "/hub").await;
        let garbage: Vec<u8> = (0..200_u8).map(|n| n.wrapping_mul(31).wrapping_add(seed).rotate_left(3)).collect();
        client.write(&garbage).await;
        drop(client);
    }
    bystander.echo("still here").await;
}

#[tokio::test]
async fn a_client_that_vanishes_is_no_error() {
    let (address, mut endings) = hub().await;
    let client = Client::connect(address, "/hub").await;
    drop(client);
    assert_eq!(ending(&mut endings).await, None, "FIN");
    let client = Client::connect(address, "/hub").await;
    client.stream.set_zero_linger().unwrap();
    drop(client);
    assert_eq!(ending(&mut endings).await, None, "RST");
    let mut client = Client::connect(address, "/hub").await;
    client.write(&frame(0x81, b"{\"type\":6}\x1e")[..5]).await;
    drop(client);
    assert_eq!(ending(&mut endings).await, None, "within a frame");
}

#[tokio::test]
async fn an_abort_is_said_and_closed_with_1000() {
    let (address, mut endings) = hub().await;
    let mut client = Client::connect(address, "/hub").await;
    client.send("{\"type\":1,\"target\":\"Abort\",\"arguments\":[]}\u{1e}").await;
    assert_eq!(client.text().await, "{\"type\":7}\u{1e}");
    assert_eq!(client.close_code().await, 1000);
    assert_eq!(ending(&mut endings).await, None);
    client.write(&frame(0x88, b"\x03\xe8")).await;
    assert_eq!(client.frame().await, None, "the server waits no longer once the client has answered");
}

#[tokio::test]
async fn a_close_frame_nobody_answers_is_waited_for_so_long() {
    let (server, _endings) = hub::server();
    let timeout = Duration::from_millis(300);
    let options = HttpOptions::default().with_web_socket_close_timeout(timeout);
    let address = serve(Router::new().route_hub_with("/hub", server, options)).await;
    let mut client = Client::connect(address, "/hub").await;
    client.send("{\"type\":1,\"target\":\"Abort\",\"arguments\":[]}\u{1e}").await;
    assert_eq!(client.close_code().await, 1000);
    let start = Instant::now();
    client.send("{\"type\":6}\u{1e}").await;
    assert_eq!(client.frame().await, None);
    assert!(start.elapsed() >= timeout.saturating_sub(Duration::from_millis(50)), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_hub_that_fails_at_the_end_closes_with_1011() {
    let (address, _endings) = hub().await;
    let mut client = Client::connect(address, "/hub?failDisconnect=1").await;
    client.send("{\"type\":1,\"target\":\"Abort\",\"arguments\":[]}\u{1e}").await;
    assert_eq!(client.close_code().await, 1011);
}

#[tokio::test]
async fn a_refused_handshake_is_explained_and_closed_with_1000() {
    let (address, _endings) = hub().await;
    let mut client = Client::open(address, "/hub").await;
    client.send("{\"protocol\":\"foo\",\"version\":1}\u{1e}").await;
    assert_eq!(client.text().await, "{\"error\":\"The protocol 'foo' is not supported.\"}\u{1e}");
    assert_eq!(client.close_code().await, 1000);
}

#[tokio::test]
async fn a_broadcast_reaches_all_connections() {
    let (address, _endings) = hub().await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(Client::connect(address, "/hub").await);
    }
    clients[0].send("{\"type\":1,\"target\":\"ToAll\",\"arguments\":[\"hi\"]}\u{1e}").await;
    for client in &mut clients {
        assert_eq!(client.text().await, "{\"type\":1,\"target\":\"Receive\",\"arguments\":[\"hi\"]}\u{1e}");
    }
}

#[tokio::test]
async fn a_large_answer_to_a_slow_reader_arrives_whole() {
    let (address, _endings) = hub().await;
    let mut slow = Client::connect(address, "/hub").await;
    let mut bystander = Client::connect(address, "/hub").await;
    slow.send("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Large\",\"arguments\":[20000000]}\u{1e}").await;
    slow.write(&frame(0x89, b"behind")).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    bystander.echo("not disturbed").await;
    let text = slow.text().await;
    assert_eq!(text.len(), "{\"type\":3,\"invocationId\":\"1\",\"result\":\"\"}\u{1e}".len() + 20_000_000);
    assert_eq!(slow.frame().await.unwrap().first, 0x8a, "the pong stands behind the answer, not in it");
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off() {
    let (builder, mut endings) = hub::builder();
    let server = builder.transport_send_timeout(Duration::from_millis(300)).build();
    let address = serve(Router::new().route_hub("/hub", server)).await;
    let mut client = Client::connect(address, "/hub").await;
    client.send("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Large\",\"arguments\":[20000000]}\u{1e}").await;
    assert_eq!(ending(&mut endings).await, None, "T-13");
}

#[tokio::test]
async fn many_connections_at_once() {
    let (address, _endings) = hub().await;
    let mut clients = JoinSet::new();
    for number in 0..100 {
        clients.spawn(async move {
            let mut client = Client::connect(address, "/hub").await;
            for round in 0..20 {
                client.echo(&format!("{number}.{round}")).await;
            }
            client.write(&frame(0x88, b"")).await;
            assert_eq!(client.close_code().await, 1000);
        });
    }
    clients.join_all().await;
}

#[tokio::test]
async fn users_come_from_a_layer_or_from_the_options() {
    let from_query = |request: &Parts| request.uri.query().map_or_else(User::anonymous, User::new);
    let app = Router::new()
        .route_hub("/layer", hub::server().0)
        .layer(Extension(User::new("ada")))
        .route_hub_with("/options", hub::server().0, HttpOptions::default().with_user(from_query))
        .route_hub("/anonymous", hub::server().0)
        .layer(tower_http::trace::TraceLayer::new_for_http());
    let address = serve(app).await;
    for (target, user) in [("/layer", "\"ada\""), ("/options?bob", "\"bob\""), ("/anonymous", "null")] {
        let mut client = Client::connect(address, target).await;
        client.send("{\"type\":1,\"invocationId\":\"1\",\"target\":\"WhoAmI\",\"arguments\":[]}\u{1e}").await;
        let answer = client.text().await;
        assert!(answer.ends_with(&format!(",{user}]}}\u{1e}")), "{target}: {answer}");
    }
}
