//! Requests of every shape, on connections in every state: each is answered from the table, in bounded time, and no other
//! connection notices.
//!
//! `FUZZ_INPUTS=1000000 cargo test --release -p hub-server --test it request_fuzz` for a long run.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Uri};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use hub_server::{HubServer, RouterExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::client::{HANDSHAKE, invocation};
use crate::http::{Events, Session, settle};
use crate::hub::{self, Endings, TestHub};

/// How many requests one server gets.
const REQUESTS: usize = 30;

/// All that is answered: an error of the server's own is none of it.
const KNOWN: [u16; 7] = [200, 202, 204, 400, 404, 405, 409];

/// How many requests to try: what `FUZZ_INPUTS` says, or a number that takes a few seconds.
fn inputs() -> usize {
    std::env::var("FUZZ_INPUTS").map_or(10_000, |count| count.parse().expect("FUZZ_INPUTS is a number"))
}

/// xorshift64*: the same requests in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[4]).collect()
    }

    /// Characters that may stand in a query.
    fn query(&mut self) -> String {
        let length = self.below(20);
        (0..length).map(|_| char::from(self.pick(b"aiddIDD0=&;+%%%2F7fe/?:@-._~"))).collect()
    }
}

fn request(random: &mut Random, sessions: &[Session]) -> Request<Body> {
    let method = match random.below(16) {
        0 => random.pick(&["PUT", "HEAD", "OPTIONS", "TRACE", "get", "X!"]),
        1 => "DELETE",
        2..8 => "GET",
        _ => "POST",
    };
    let mut request = Request::builder().method(method).uri(target(random, sessions));
    for _ in 0..random.below(4) {
        let (name, value) = header(random);
        request = request.header(name, value);
    }
    request.body(body(random)).unwrap()
}

fn target(random: &mut Random, sessions: &[Session]) -> Uri {
    let target = match random.below(8) {
        0 => random
            .pick(&["/hub", "/hub?id=", "/hub?id=x&ID=y", "/hub?id=%zz%00&&=", "/hub/negotiate?negotiateVersion=-"])
            .to_owned(),
        1 => random.pick(&["/hub?", "/hub?id=", "/hub/negotiate?negotiateVersion="]).to_owned() + &random.query(),
        _ => random.pick(sessions).target().to_owned(),
    };
    let more = match random.below(6) {
        0 => random.pick(&["&id=2", "&x=%ff", "&_=1"]).to_owned(),
        1 => format!("&{}", random.query()),
        _ => String::new(),
    };
    (target + &more).parse().unwrap()
}

fn header(random: &mut Random) -> (&'static str, HeaderValue) {
    let (name, value) = random.pick(&[
        ("accept", "text/event-stream"),
        ("accept", "text/event-stream"),
        ("accept", ",;text/event-stream;,"),
        ("accept", "text/event-stream;q=0"),
        ("upgrade", "websocket"),
        ("connection", "upgrade,,"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("content-type", "multipart/form-data; boundary=\"\""),
        ("transfer-encoding", "gzip, chunked"),
        ("content-length", "18446744073709551616"),
        ("expect", "100-continue"),
        ("authorization", "Bearer "),
    ]);
    let length = random.below(30);
    let garbage = HeaderValue::from_bytes(&random.bytes(length));
    let value = HeaderValue::from_static(value);
    (name, if random.below(4) == 0 { garbage.unwrap_or(value) } else { value })
}

/// What a client posts: messages, whole or damaged, and anything else, in pieces of any size.
fn body(random: &mut Random) -> Body {
    let mut bytes = Vec::new();
    for _ in 0..random.below(4) {
        bytes.extend(message(random));
    }
    if random.below(4) == 0 && !bytes.is_empty() {
        let at = random.below(bytes.len());
        bytes[at] = random.bytes(1)[0];
    }
    let pieces: Vec<_> = bytes.chunks(1 + random.below(50)).map(|piece| Ok(piece.to_vec())).collect();
    let pieces = stream::iter(pieces);
    match random.below(8) {
        0 => Body::from_stream(pieces.chain(stream::iter([Err(std::io::Error::other("broken off"))]))),
        1 => Body::from_stream(pieces.chain(stream::pending())),
        _ => Body::from_stream(pieces),
    }
}

fn message(random: &mut Random) -> Vec<u8> {
    let length = random.below(200);
    match random.below(16) {
        0..4 => HANDSHAKE.into(),
        4..7 => invocation("Echo", "x").into(),
        7 => invocation("Large", "").replace("\"\"", "90000").into(),
        8 => invocation("Slow", "").replace("\"\"", "20000").into(),
        9 => invocation("ToAll", "x").into(),
        10 => invocation("Abort", "").replace("\"\"", "").into(),
        11 => b"{\"type\":6}\x1e".to_vec(),
        12 => b"{\"type\":8,\"sequenceId\":9223372036854775807}\x1e".to_vec(),
        13 => b"{\"type\":7}\x1e".to_vec(),
        14 => vec![b' '; 33_000],
        _ => random.bytes(length),
    }
}

/// Sends a request and reads its answer, for as long as the client likes; says whether something came of it.
async fn exchange(app: Router, request: Request<Body>, patience: Duration) -> bool {
    let mut succeeded = false;
    let answering = async {
        let shown = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
        let response = app.oneshot(request).await.unwrap();
        assert!(KNOWN.contains(&response.status().as_u16()), "{shown}: {response:?}");
        succeeded = response.status().is_success();
        let mut body = response.into_body().into_data_stream();
        while let Some(Ok(_)) = body.next().await {}
    };
    let _ = timeout(patience, answering).await;
    succeeded
}

/// Clients with good manners.
struct Witnesses {
    polling: Session,
    streaming: (Session, Events),
}

impl Witnesses {
    async fn connect(app: &Router) -> Self {
        let polling = Session::polling(app, "/hub").await;
        Self { polling, streaming: Session::streaming(app, "/hub").await }
    }

    /// Both call and are answered at once, whatever else is said to all.
    async fn are_served(&mut self, text: &str) {
        let expected = format!("\"result\":\"{text}\"");
        self.polling.post(invocation("Echo", text)).await;
        let polled = async { while !self.polling.poll().await.body.contains(&expected) {} };
        timeout(Duration::from_secs(1), polled).await.expect("a poll is answered");
        let (session, events) = &mut self.streaming;
        session.post(invocation("Echo", text)).await;
        let streamed = async { while !events.next().await.expect("an event").contains(&expected) {} };
        timeout(Duration::from_secs(1), streamed).await.expect("an event comes");
    }
}

/// Connections in every state, and who keeps the stream of events.
async fn sessions(app: &Router) -> (Vec<Session>, JoinHandle<()>) {
    let negotiated = Session::negotiate(app, "/hub").await;
    let polling = Session::polling(app, "/hub").await;
    let (streaming, mut events) = Session::streaming(app, "/hub").await;
    let reading = tokio::spawn(async move { while events.next_or_cut().await {} });
    (vec![negotiated, polling, streaming], reading)
}

/// Sends requests, without waiting for the answer of one before the next; returns how many of them succeeded.
async fn attack(app: &Router, random: &mut Random, witnesses: &mut Witnesses, sessions: &[Session]) -> usize {
    let mut running = Vec::new();
    for number in 0..REQUESTS {
        let patience = Duration::from_millis(random.pick(&[1, 1000, 100_000]));
        running.push(tokio::spawn(exchange(app.clone(), request(random, sessions), patience)));
        if random.below(3) == 0 {
            settle().await;
        }
        if number % 10 == 9 {
            witnesses.are_served(&number.to_string()).await;
        }
    }
    let mut succeeded = 0;
    for exchange in running {
        succeeded += usize::from(exchange.await.unwrap());
    }
    succeeded
}

/// Nobody holds the hub any more.
async fn assert_freed(server: HubServer<TestHub>, mut endings: Endings) {
    drop(server);
    settle().await;
    while let Some(Some(_)) = endings.recv().now_or_never() {}
    assert!(endings.is_closed(), "the hub is still held by a connection");
}

async fn round(seed: u64) -> usize {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let (server, endings) = hub::server();
    let app = Router::new().route_hub("/hub", server.clone());
    let mut witnesses = Witnesses::connect(&app).await;
    let (sessions, reading) = sessions(&app).await;
    let succeeded = attack(&app, &mut random, &mut witnesses, &sessions).await;
    reading.abort();
    drop(witnesses);
    // All clients have gone: whatever was started ends by itself.
    tokio::time::sleep(Duration::from_secs(200)).await;
    settle().await;
    for session in &sessions {
        assert_eq!(session.send("POST", &[], "x").await.status, 404);
    }
    drop((app, sessions));
    assert_freed(server, endings).await;
    succeeded
}

#[tokio::test(start_paused = true)]
async fn any_request_at_any_time_is_answered_and_nothing_is_left() {
    let rounds = inputs().div_ceil(REQUESTS);
    let mut succeeded = 0;
    for seed in 1..=rounds {
        let round = tokio::spawn(round(seed.try_into().unwrap()));
        succeeded += round.await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    assert!(succeeded > rounds * REQUESTS / 5, "only {succeeded} succeeded: they are too wild to show anything");
}
