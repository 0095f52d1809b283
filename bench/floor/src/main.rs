//! The yardstick: one thread, level-triggered epoll, one `recv` and one `send` for each connection and round, and
//! messages encoded once. It speaks as much SignalR as the load generator asks for and is no product: no escapes, no
//! limits, no timeouts, no authentication. It trusts its only client.
//!
//! `floor [--urls http://127.0.0.1:5100]`

#![allow(
    clippy::cast_possible_truncation,
    reason = "numbers of connections and groups, and lengths that are compared before they are narrowed"
)]

mod connection;
mod groups;
mod message;
mod request;
mod requests;
mod server;
mod streams;

use std::io::{self, Write as _};
use std::net::SocketAddrV4;
use std::process::ExitCode;

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::server::Server;

fn main() -> ExitCode {
    match run() {
        Ok(never) => match never {},
        Err(error) => {
            let _ = writeln!(io::stderr(), "floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<std::convert::Infallible> {
    let address =
        address(std::env::args().skip(1)).ok_or_else(|| io::Error::other("usage: floor --urls http://IP:PORT"))?;
    allow_many_files()?;
    Server::listen(address)?.run()
}

fn address(words: impl Iterator<Item = String>) -> Option<SocketAddrV4> {
    let words: Vec<_> = words.collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Some(SocketAddrV4::new([127, 0, 0, 1].into(), 5100)),
        ["--urls", url] => url.strip_prefix("http://")?.trim_end_matches('/').parse().ok(),
        _ => None,
    }
}

fn allow_many_files() -> io::Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
