//! What the micro-benchmarks share: a hub, and connections whose transport costs nothing.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll};

use hub_core::transport::{
    CloseStatus, Framing, Input, Received, TransferFormat, Transport, TransportError, TryWrite, UNFRAMED,
};
use hub_core::{ConnectionId, HubServer, NewConnection, User};
use hub_server::{hub, hub_client};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// What the handshake of a client says.
const HANDSHAKE: &[u8] = b"{\"protocol\":\"json\",\"version\":1}\x1e";

/// What a server calls on clients.
#[hub_client]
pub trait Client {
    /// A message of another client.
    async fn receive_message(&self, message: &str);
}

/// A hub that echoes.
#[derive(Debug)]
pub struct EchoHub;

#[allow(clippy::unused_self, reason = "this is how a hub method is declared")]
#[hub(client = Client)]
impl EchoHub {
    fn echo(&self, message: String) -> String {
        message
    }
}

/// A transport that brings the same bytes some times, takes everything, and then rests.
#[derive(Debug)]
pub struct Feed {
    handshake: Option<&'static [u8]>,
    bytes: Arc<[u8]>,
    times: usize,
    /// Whether the peer leaves when all has been brought.
    ends: bool,
}

impl Feed {
    /// Brings `bytes` as often as told, and ends.
    pub fn new(bytes: Arc<[u8]>, times: usize) -> Self {
        Self { handshake: Some(HANDSHAKE), bytes, times, ends: true }
    }

    /// Brings nothing, and stays.
    pub fn silent() -> Self {
        Self { handshake: Some(HANDSHAKE), bytes: Arc::new([]), times: 0, ends: false }
    }
}

impl Transport for Feed {
    fn poll_read(&mut self, cx: &mut Context<'_>, input: &mut dyn Input) -> Poll<Result<Received, TransportError>> {
        if let Some(handshake) = self.handshake.take() {
            input.data(cx, handshake);
        } else if self.times > 0 {
            self.times -= 1;
            input.data(cx, &self.bytes);
        } else if self.ends {
            return Poll::Ready(Ok(Received::Gone));
        } else {
            return Poll::Pending;
        }
        Poll::Ready(Ok(Received::Data))
    }

    fn poll_write(&mut self, _cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buffers.iter().map(|buffer| buffer.len()).sum()))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>, _status: CloseStatus) -> Poll<()> {
        Poll::Ready(())
    }

    fn writer(&self) -> Option<Arc<dyn TryWrite>> {
        Some(Arc::new(Abyss))
    }

    fn framing(&self, _format: TransferFormat) -> &'static Framing {
        &UNFRAMED
    }

    fn name(&self) -> &'static str {
        "Feed"
    }
}

/// Takes everything.
#[derive(Debug)]
struct Abyss;

impl TryWrite for Abyss {
    fn try_write(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }
}

/// A hub with connections that say nothing.
#[derive(Debug)]
pub struct Crowd {
    runtime: Runtime,
    /// The hub.
    pub server: HubServer<EchoHub>,
    /// Its connections.
    pub ids: Vec<ConnectionId>,
    tasks: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// A hub with so many connections, which are ready.
    ///
    /// # Panics
    ///
    /// If there is no runtime to be had, or a connection ends.
    pub fn new(count: usize) -> Self {
        #[expect(clippy::expect_used, reason = "without a runtime there is no benchmark")]
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = HubServer::new(EchoHub);
        let ids: Vec<_> = (0..count).map(|_| ConnectionId::random()).collect();
        let tasks = ids.iter().map(|id| runtime.spawn(server.serve(connection(id), Feed::silent()))).collect();
        let crowd = Self { runtime, server, ids, tasks };
        crowd.run(settle());
        assert!(crowd.tasks.iter().all(|task| !task.is_finished()), "a connection has ended");
        crowd
    }

    /// Runs something among the connections.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A connection that is about to be served.
pub fn connection(id: &ConnectionId) -> NewConnection {
    let (request, ()) = http::Request::new(()).into_parts();
    NewConnection::new(id.clone(), request, User::anonymous())
}

/// Lets all tasks run that can.
pub async fn settle() {
    let mut rounds = 100;
    poll_fn(|cx| {
        rounds -= 1;
        cx.waker().wake_by_ref();
        if rounds == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
