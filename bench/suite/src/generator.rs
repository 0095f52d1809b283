//! Runs of the load generator.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Where servers and the generator run.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) binaries: PathBuf,
    /// Of the server, if there are processors enough to keep it and the generator apart.
    pub(crate) server_processors: Option<String>,
    pub(crate) own_processors: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// The yardstick.
    Floor,
    /// The bench server, with so many workers.
    Bench(u8),
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor => f.write_str("floor"),
            Self::Bench(1) => f.write_str("hub"),
            Self::Bench(workers) => write!(f, "hub, {workers} threads"),
        }
    }
}

impl Machine {
    pub(crate) fn new(binaries: &Path) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let apart = processors > 1;
        Self {
            binaries: binaries.to_path_buf(),
            server_processors: apart.then(|| "0".to_owned()),
            own_processors: apart.then(|| "1".to_owned()),
        }
    }

    /// Runs a load once against a server of its own; tells what the generator told.
    pub(crate) fn run(&self, server: Server, path: &str, words: &[&str]) -> Result<Value> {
        let origin = format!("http://127.0.0.1:{}", free_port()?);
        let mut generator = Command::new(self.binaries.join("hubload"));
        generator.args(words).arg(format!("--url={origin}{path}"));
        generator.arg(format!("--server={}", self.command(server, &origin)));
        match server {
            Server::Bench(workers) if workers > 1 => {}
            _ => {
                generator.args(self.server_processors.iter().map(|list| format!("--server-cpus={list}")));
                generator.args(self.own_processors.iter().map(|list| format!("--own-cpus={list}")));
            }
        }
        let output = generator.output().context("the load generator cannot be started; is it built?")?;
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(text.trim()).with_context(|| {
            format!("the load generator said `{text}` and `{}`", String::from_utf8_lossy(&output.stderr).trim())
        })
    }

    fn command(&self, server: Server, origin: &str) -> String {
        let (name, workers) = match server {
            Server::Floor => ("floor", String::new()),
            Server::Bench(workers) => ("bench-server", format!(" --workers {workers}")),
        };
        format!("{} --urls {origin}{workers}", self.binaries.join(name).display())
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
