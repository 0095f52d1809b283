//! A client that opens ten thousand streams: what it costs the server, and what others notice of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::transport::memory::MemoryPeer;
use hub_server::{HubServer, UploadStream, hub};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

const STREAMS: usize = 10_000;

/// What a stream may cost, in bytes: the call with its stream, and what is known of it by its id.
const COST: i64 = 4096;

/// Counts what lives in its streams.
struct Channels(Arc<()>);

#[hub]
impl Channels {
    fn listen(&self) -> impl Stream<Item = u8> + Send + use<> {
        let alive = Arc::clone(&self.0);
        stream::iter([1]).chain(stream::once(async move {
            let never = std::future::pending().await;
            drop(alive);
            never
        }))
    }

    async fn keep(&self, mut numbers: UploadStream<u8>) -> Option<u8> {
        let _alive = Arc::clone(&self.0);
        numbers.next().await.and_then(Result::ok)
    }

    fn echo(&self, text: String) -> String {
        text
    }
}

struct Flood {
    runtime: Runtime,
    server: HubServer<Channels>,
    alive: Arc<()>,
    message: fn(usize) -> String,
}

fn download(id: usize) -> String {
    format!("{{\"type\":4,\"invocationId\":\"{id}\",\"target\":\"Listen\",\"arguments\":[]}}\u{1e}")
}

fn upload(id: usize) -> String {
    format!(
        "{{\"type\":1,\"invocationId\":\"{id}\",\"target\":\"Keep\",\"arguments\":[],\"streamIds\":[\"{id}\"]}}\u{1e}"
    )
}

/// What the server said until it had nothing more to say.
async fn drain(peer: &MemoryPeer) -> String {
    let mut said = Vec::new();
    while let Ok(Some(bytes)) = timeout(Duration::from_millis(1), peer.receive()).await {
        said.extend(bytes);
    }
    String::from_utf8(said).unwrap()
}

impl Flood {
    fn new(limit: Option<usize>, message: fn(usize) -> String) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let alive = Arc::new(());
        let server = HubServer::builder(Channels(Arc::clone(&alive))).maximum_streams_per_client(limit).build();
        Self { runtime, server, alive, message }
    }

    /// How many streams there are.
    fn streams(&self) -> usize {
        Arc::strong_count(&self.alive) - 2
    }

    fn connect(&self) -> MemoryPeer {
        self.runtime.block_on(async {
            let (peer, _) = self.server.test_client().open();
            peer.send(b"{\"protocol\":\"json\",\"version\":1}\x1e").await.unwrap();
            assert_eq!(drain(&peer).await, "{}\u{1e}");
            peer
        })
    }

    /// Opens the streams; returns how many were refused, and how many bytes the rest holds.
    fn open(&self, peer: &MemoryPeer) -> (usize, i64) {
        let mut refused = 0;
        let used = allocation_counter::measure(|| {
            refused = self.runtime.block_on(async {
                let mut refused = 0;
                for id in 0..STREAMS {
                    peer.send((self.message)(id).as_bytes()).await.unwrap();
                    if id % 100 == 99 {
                        refused += drain(peer).await.matches("streams per client was exceeded").count();
                    }
                }
                refused
            });
        });
        (refused, used.bytes_current)
    }

    fn echoes_at_once(&self, peer: &MemoryPeer) -> bool {
        self.runtime.block_on(async {
            let echo = "{\"type\":1,\"invocationId\":\"e\",\"target\":\"Echo\",\"arguments\":[\"x\"]}\u{1e}";
            peer.send(echo.as_bytes()).await.unwrap();
            drain(peer).await == "{\"type\":3,\"invocationId\":\"e\",\"result\":\"x\"}\u{1e}"
        })
    }

    fn leave(&self, peer: &MemoryPeer) {
        peer.finish();
        self.runtime.block_on(async {
            drain(peer).await;
            sleep(Duration::from_secs(1)).await;
        });
    }
}

fn flood(limit: Option<usize>, message: fn(usize) -> String) {
    let flood = Flood::new(limit, message);
    let other = flood.connect();
    let expected = limit.unwrap_or(STREAMS);
    let around = allocation_counter::measure(|| {
        let peer = flood.connect();
        let (refused, held) = flood.open(&peer);
        assert_eq!((refused, flood.streams()), (STREAMS - expected, expected));
        let allowed = COST * i64::try_from(expected).unwrap() + 64 * 1024;
        assert!(held < allowed, "{held} bytes for {expected} streams");
        assert!(flood.echoes_at_once(&other) && flood.echoes_at_once(&peer));
        flood.leave(&peer);
        assert_eq!(flood.streams(), 0);
        assert!(flood.echoes_at_once(&other));
    });
    assert!(around.bytes_current < 64 * 1024, "{} bytes are left", around.bytes_current);
}

#[test]
fn without_a_limit_each_stream_costs_little_and_all_are_freed() {
    flood(None, download);
    flood(None, upload);
}

#[test]
fn with_a_limit_the_rest_is_refused_and_costs_nothing() {
    flood(Some(100), download);
    flood(Some(100), upload);
}
