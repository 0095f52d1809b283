//! The command line.

use std::net::{SocketAddr, SocketAddrV4, ToSocketAddrs as _};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::process::Processors;

/// A load generator and latency meter for SignalR servers.
///
/// It prints one line of JSON, and fails when anything went wrong.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Every connection calls Echo, again when the answer is there
    Echo {
        /// Calls of a connection that are on their way together
        #[arg(long, short = 'k', default_value_t = 1)]
        inflight: usize,
        /// Calls a second in all, whether or not answers come; latency counts from when a call was due
        #[arg(long)]
        rate: Option<f64>,
    },
    /// The first connections call Broadcast; the next message leaves when all have the last one
    Broadcast(Window),
    /// As broadcast, to groups that the connections join
    Group {
        #[arg(long, default_value_t = 10)]
        groups: usize,
        #[command(flatten)]
        window: Window,
    },
    /// Every connection reads streams of Counter
    Stream {
        /// Streams of a connection that run together
        #[arg(long, short = 'k', default_value_t = 1)]
        inflight: usize,
        /// Items of a stream
        #[arg(long, default_value_t = 1000)]
        count: u64,
    },
    /// Every connection sends streams to `UploadSum`
    Upload {
        /// Items of a stream
        #[arg(long, default_value_t = 1000)]
        count: u64,
    },
    /// Connections that do nothing
    Idle,
    /// Every user connects, calls Echo, says goodbye, and comes again
    Storm,
    /// Every connection calls a method with changing numbers
    Call(Calls),
    /// All connections are closed at the same moment
    Crowd(Joins),
    /// Connections come and go, join groups and leave them, and then all are gone
    Soak {
        #[arg(long, default_value_t = 100)]
        groups: u64,
        /// How long a first wave of connections lasts, behind which memory is compared
        #[arg(long, default_value_t = 5.0)]
        first: f64,
    },
    /// Becomes the server that is measured
    #[command(hide = true)]
    Launch {
        #[arg(trailing_var_arg = true)]
        command: Vec<String>,
    },
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Messages on their way before the next one is sent
    #[arg(long, default_value_t = 1)]
    pub(crate) window: usize,
    /// Connections that send in turn
    #[arg(long, default_value_t = 1)]
    pub(crate) drivers: usize,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Calls {
    /// The method; several are called in turn, with the same number
    #[arg(long, required = true)]
    pub(crate) method: Vec<String>,
    /// An argument, a text in which `{}` is replaced by a number of eight digits
    #[arg(long)]
    pub(crate) argument: Vec<String>,
    /// Numbers are random and below this
    #[arg(long, default_value_t = 1)]
    pub(crate) numbers: u64,
    #[command(flatten)]
    pub(crate) joins: Joins,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Joins {
    /// Groups of its own that each connection joins first; they are called g and a number of eight digits
    #[arg(long, default_value_t = 0)]
    pub(crate) joins: u64,
    /// They are the same for all connections
    #[arg(long)]
    pub(crate) shared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    Json,
    Messagepack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// WebSockets
    Ws,
    /// Server-Sent Events
    Sse,
    /// Long polling
    Lp,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// The address of the hub
    #[arg(long, global = true, default_value = "http://127.0.0.1:5100/bench")]
    pub(crate) url: String,
    #[arg(long, global = true, value_enum, default_value_t = Protocol::Json)]
    pub(crate) protocol: Protocol,
    #[arg(long, global = true, value_enum, default_value_t = Transport::Ws)]
    pub(crate) transport: Transport,
    /// Connects as one user each: the query gets `user=u` and a number of eight digits
    #[arg(long, global = true)]
    pub(crate) users: bool,
    #[arg(long, short = 'n', global = true, default_value_t = 100)]
    pub(crate) connections: usize,
    /// Connections that are being opened at a time
    #[arg(long, global = true, default_value_t = 256)]
    pub(crate) opening: usize,
    /// Bytes of the text that is sent
    #[arg(long, short = 'p', global = true, default_value_t = 64)]
    pub(crate) payload: usize,
    /// How long it is measured
    #[arg(long, short = 's', global = true, default_value_t = 5.0)]
    pub(crate) seconds: f64,
    /// How long it runs before that
    #[arg(long, global = true, default_value_t = 1.0)]
    pub(crate) warmup: f64,
    /// Never sleep: steadier latency for a whole processor
    #[arg(long, global = true)]
    pub(crate) spin: bool,
    /// The process of a server that runs
    #[arg(long, global = true)]
    pub(crate) server_process: Option<u32>,
    /// Starts this command as the server, and ends it
    #[arg(long, global = true)]
    pub(crate) server: Option<String>,
    /// Processors of the server that is started, as in 0 or 0,2-3
    #[arg(long, global = true)]
    pub(crate) server_cpus: Option<String>,
    /// Processors of the generator
    #[arg(long, global = true)]
    pub(crate) own_cpus: Option<Processors>,
}

/// Where the hub is.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddrV4,
    pub(crate) host: String,
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn address(&self) -> Result<Address> {
        let rest = self.url.strip_prefix("http://").context("only http:// addresses are spoken")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let socket = host.to_socket_addrs()?.find_map(|address| match address {
            SocketAddr::V4(address) => Some(address),
            SocketAddr::V6(_) => None,
        });
        let socket = socket.with_context(|| format!("{host} has no IPv4 address"))?;
        Ok(Address { socket, host: host.to_owned(), path: path.trim_end_matches('/').to_owned() })
    }

    pub(crate) fn check(&self, files: u64) -> Result<()> {
        let each = if self.transport == Transport::Ws { 1 } else { 2 };
        let needed = self.connections as u64 * each + 40;
        ensure!(self.connections > 0, "there must be a connection");
        ensure!(needed <= files, "{needed} files have to be open, and {files} may be");
        let is_text = self.transport != Transport::Sse || self.protocol == Protocol::Json;
        ensure!(is_text, "Server-Sent Events carry only JSON");
        Ok(())
    }
}
