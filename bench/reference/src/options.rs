//! The command line that all servers have in common, and what it is about.

use std::io::{self, Write as _};
use std::net::SocketAddrV4;
use std::process::ExitCode;

use clap::Args;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

/// `TcpListener::bind` lets 128 connections wait, and a burst beyond that waits a second for its next attempt.
const BACKLOG: u32 = 4096;

/// What every server can be told.
#[derive(Args, Clone, Copy, Debug)]
pub struct Options {
    /// Where it listens
    #[arg(long = "urls", value_name = "http://IP:PORT", default_value = "http://127.0.0.1:5100", value_parser = address)]
    address: SocketAddrV4,
    /// Threads of tokio's runtime; 0 is the runtime that has no threads of its own
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// tokio's `global_queue_interval`, if not its default
    #[arg(long)]
    global_queue_interval: Option<u32>,
    /// tokio's `event_interval`, if not its default
    #[arg(long)]
    event_interval: Option<u32>,
}

fn address(url: &str) -> Result<SocketAddrV4, String> {
    let address = url.strip_prefix("http://").ok_or("it does not begin with http://")?;
    address.trim_end_matches('/').parse().map_err(|error| format!("{error}"))
}

impl Options {
    /// Runs a server, and tells why it ended.
    pub fn run(self, server: impl Future<Output = io::Result<()>> + Send + 'static) -> ExitCode {
        // As a task, so that it runs where its connections do.
        let ended = self.runtime().and_then(|runtime| runtime.block_on(async { tokio::spawn(server).await? }));
        let Err(error) = ended else { return ExitCode::SUCCESS };
        let _ = writeln!(io::stderr(), "{error}");
        ExitCode::FAILURE
    }

    /// Listens where it was told to.
    pub fn listen(self) -> io::Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(self.address.into())?;
        socket.listen(BACKLOG)
    }

    fn runtime(self) -> io::Result<Runtime> {
        let mut builder = match self.workers {
            0 => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        if self.workers > 0 {
            builder.worker_threads(self.workers);
        }
        if let Some(interval) = self.global_queue_interval {
            builder.global_queue_interval(interval);
        }
        if let Some(interval) = self.event_interval {
            builder.event_interval(interval);
        }
        builder.enable_all().build()
    }
}
