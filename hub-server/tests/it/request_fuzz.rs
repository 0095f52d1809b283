//! Requests of every shape, on connections in every state: each is answered from the table, in bounded time.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use hub_server::RouterExt;
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::client::{HANDSHAKE, invocation};
use crate::http::{Session, settle};
use crate::hub;

const ROUNDS: u64 = 300;
const REQUESTS: usize = 30;
const KNOWN: [u16; 9] = [200, 202, 204, 400, 404, 405, 409, 500, 101];

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
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

fn request(random: &mut Random, sessions: &[Session]) -> Request<Body> {
    let target = match random.below(6) {
        0 => random
            .pick(&["/hub", "/hub?id=", "/hub?id=x&ID=y", "/hub?id=%zz%00&&=", "/hub/negotiate?negotiateVersion=-"])
            .to_owned(),
        _ => random.pick(sessions).target().to_owned(),
    };
    let target = target + random.pick(&["", "", "", "&id=2", "&x=%ff", "&_=1"]);
    let method = random.pick(&["GET", "GET", "GET", "POST", "POST", "POST", "DELETE", "PUT", "HEAD"]);
    let mut request = Request::builder().method(method).uri(target);
    for _ in 0..random.below(3) {
        let (name, value) = random.pick(&[
            ("accept", "text/event-stream"),
            ("accept", ",;text/event-stream;,"),
            ("upgrade", "websocket"),
            ("connection", "upgrade,,"),
            ("sec-websocket-version", "13"),
            ("content-type", "multipart/form-data; boundary=\"\""),
            ("transfer-encoding", "gzip, chunked"),
            ("content-length", "18446744073709551616"),
            ("expect", "100-continue"),
        ]);
        request = request.header(name, value);
    }
    request.body(body(random)).unwrap()
}

fn body(random: &mut Random) -> Body {
    let length = random.below(200);
    let bytes = match random.below(6) {
        0 => Vec::new(),
        1 => HANDSHAKE.into(),
        2 => invocation("Echo", "x").into(),
        3 => invocation("Large", "").replace("\"\"", "90000").into(),
        4 => b"{\"type\":7}\x1e".to_vec(),
        _ => random.bytes(length),
    };
    let pieces: Vec<_> = bytes.chunks(1 + random.below(50)).map(|piece| Ok(piece.to_vec())).collect();
    let pieces = stream::iter(pieces);
    match random.below(8) {
        0 => Body::from_stream(pieces.chain(stream::iter([Err(std::io::Error::other("broken off"))]))),
        1 => Body::from_stream(pieces.chain(stream::pending())),
        _ => Body::from_stream(pieces),
    }
}

/// Sends a request and reads its answer, for as long as the client likes.
async fn exchange(app: Router, request: Request<Body>, patience: Duration) {
    let answering = async {
        let shown = format!("{} {}", request.method(), request.uri());
        let response = app.oneshot(request).await.unwrap();
        assert!(KNOWN.contains(&response.status().as_u16()), "{shown}: {response:?}");
        let mut body = response.into_body().into_data_stream();
        while let Some(Ok(_)) = body.next().await {}
    };
    let _ = timeout(patience, answering).await;
}

#[tokio::test(start_paused = true)]
async fn any_request_at_any_time_is_answered_and_nothing_is_left() {
    for seed in 1..=ROUNDS {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (server, mut endings) = hub::server();
        let app = Router::new().route_hub("/hub", server.clone());
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(Session::negotiate(&app, "/hub").await);
        }
        let mut running = Vec::new();
        for _ in 0..REQUESTS {
            let patience = Duration::from_millis(random.pick(&[1, 1000, 100_000]));
            let exchange = exchange(app.clone(), request(&mut random, &sessions), patience);
            running.push(tokio::spawn(exchange));
            if random.below(3) == 0 {
                settle().await;
            }
        }
        for exchange in running {
            exchange.await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        // All clients have gone: whatever was started ends by itself.
        tokio::time::sleep(Duration::from_secs(200)).await;
        settle().await;
        for session in &sessions {
            assert_eq!(session.send("POST", &[], "x").await.status, 404, "seed {seed}");
        }
        drop((app, server, sessions));
        settle().await;
        while let Some(ending) = endings.recv().now_or_never() {
            if ending.is_none() {
                break;
            }
        }
        assert!(endings.is_closed(), "seed {seed}: the hub is still held by a connection");
    }
}
