//! A network that is as bad as a test wants it to be.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_server::CancellationToken;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// A TCP proxy in front of a server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    network: Arc<Network>,
    _accepting: JoinSet<()>,
}

struct Network {
    server: Mutex<SocketAddr>,
    weather: watch::Sender<Weather>,
    /// What the links that there are have in common.
    links: Mutex<Links>,
    /// How many bytes the next links forward, both ways together, before they end; those beyond live on.
    lives: Mutex<VecDeque<(usize, Fate)>>,
}

/// Links that can be cut.
struct Links {
    cut: CancellationToken,
    /// Held by each of them.
    alive: mpsc::Sender<()>,
    gone: mpsc::Receiver<()>,
}

/// How a link treats what it forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Fair,
    /// Connections are accepted, and nothing is forwarded.
    Stalled,
    /// So many bytes are forwarded each millisecond.
    Slow(usize),
}

/// What becomes of a link that has forwarded enough.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// Both its sockets are closed.
    Cut,
    /// It forwards nothing more.
    Stall,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let network = Arc::new(Network {
            server: Mutex::new(server),
            weather: watch::Sender::new(Weather::Fair),
            links: Mutex::default(),
            lives: Mutex::default(),
        });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&network)));
        Self { address, network, _accepting: accepting }
    }

    /// New links lead to this server.
    pub(crate) fn lead_to(&self, server: SocketAddr) {
        *self.network.server.lock().unwrap() = server;
    }

    pub(crate) fn set(&self, weather: Weather) {
        self.network.weather.send_replace(weather);
    }

    /// Ends all links that there are; when this is ready there are none of them any more.
    pub(crate) async fn cut(&self) {
        let Links { cut, alive, mut gone } = std::mem::take(&mut *self.network.links.lock().unwrap());
        cut.cancel();
        drop(alive);
        assert!(gone.recv().await.is_none());
    }

    /// The next links end when they have forwarded so many bytes.
    pub(crate) fn let_die(&self, lives: impl IntoIterator<Item = usize>, fate: Fate) {
        self.network.lives.lock().unwrap().extend(lives.into_iter().map(|life| (life, fate)));
    }

    /// How many of these ends are still to come.
    pub(crate) fn deaths_left(&self) -> usize {
        self.network.lives.lock().unwrap().len()
    }
}

impl Links {
    fn join(&self) -> (CancellationToken, mpsc::Sender<()>) {
        (self.cut.clone(), self.alive.clone())
    }
}

impl Default for Links {
    fn default() -> Self {
        let (alive, gone) = mpsc::channel(1);
        Self { cut: CancellationToken::new(), alive, gone }
    }
}

async fn accept(listener: TcpListener, network: Arc<Network>) {
    let mut links = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (cut, alive) = network.links.lock().unwrap().join();
        let network = Arc::clone(&network);
        links.spawn(async move {
            tokio::select! {
                // Who is refused or cut off sees that.
                _ = forward(client, &network) => {}
                () = cut.cancelled() => {}
            }
            drop(alive);
        });
    }
}

/// A link, until both directions have ended or one fails.
async fn forward(client: TcpStream, network: &Network) -> io::Result<()> {
    let server = *network.server.lock().unwrap();
    let server = TcpStream::connect(server).await?;
    for socket in [&client, &server] {
        socket.set_nodelay(true)?;
    }
    let (life, fate) = network.lives.lock().unwrap().pop_front().unwrap_or((usize::MAX, Fate::Cut));
    let link = Link { weather: network.weather.subscribe(), life: AtomicUsize::new(life), fate };
    let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
    tokio::try_join!(link.pump(client_in, server_out), link.pump(server_in, client_out))?;
    Ok(())
}

struct Link {
    weather: watch::Receiver<Weather>,
    life: AtomicUsize,
    fate: Fate,
}

impl Link {
    async fn pump(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let mut rest = match from.read(&mut buffer).await? {
                0 => return to.shutdown().await,
                length => &buffer[..length],
            };
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(self.portion().await.min(rest.len()));
                let allowed = self.spend(piece.len());
                to.write_all(&piece[..allowed]).await?;
                if allowed < piece.len() {
                    return self.die().await;
                }
                rest = later;
            }
        }
    }

    /// How many bytes may go now.
    async fn portion(&self) -> usize {
        let mut weather = self.weather.clone();
        let weather = *weather.wait_for(|weather| *weather != Weather::Stalled).await.unwrap();
        if let Weather::Slow(portion) = weather {
            sleep(Duration::from_millis(1)).await;
            return portion;
        }
        usize::MAX
    }

    /// How many of these bytes go before the link ends.
    fn spend(&self, bytes: usize) -> usize {
        let spend = |left: usize| Some(left.saturating_sub(bytes));
        let left = self.life.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).unwrap();
        left.min(bytes)
    }

    async fn die(&self) -> io::Result<()> {
        match self.fate {
            Fate::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
            Fate::Stall => std::future::pending().await,
        }
    }
}
