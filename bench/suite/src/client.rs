//! What the Rust client costs the program that it is in.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::generator::Machine;
use crate::record::Record;
use crate::table::{Table, short};

/// Connections by the Rust client, all in one program.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How many connections there are
    #[arg(long, default_value_t = 1000)]
    connections: u32,
    /// How long they call
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

/// What is measured, and what the client is told.
const CASES: [(&str, &[&str]); 5] = [
    ("WebSockets, JSON", &["--transport", "websockets", "--shared"]),
    ("WebSockets, JSON, an HTTP client each", &["--transport", "websockets"]),
    ("WebSockets, MessagePack", &["--transport", "websockets", "--messagepack", "--shared"]),
    ("Server-Sent Events, JSON", &["--transport", "sse", "--shared"]),
    ("long polling, JSON", &["--transport", "lp", "--shared"]),
];

/// Measures each case once.
pub(crate) fn run(machine: &Machine, records: &Path, options: &Options) -> Result<()> {
    let mut record = Record::create(records, "client")?;
    let mut table = Table::new(&["connections", "bytes each at rest", "bytes each calling", "calls a second"]);
    for (name, words) in CASES {
        let run = measure(machine, words, options)?;
        record.add(name, "hub", &run)?;
        let told = |member: &str| run[member].as_f64().with_context(|| format!("no {member}"));
        let figures = [told("resident_each")?, told("resident_each_busy")?, told("per_own_second")?];
        table.add([vec![name.to_owned()], figures.map(short).to_vec()].concat());
    }
    println!("{}\n\n{table}", record.about());
    println!("Calls are counted by the second of the client's own processor time.");
    Ok(())
}

fn measure(machine: &Machine, words: &[&str], options: &Options) -> Result<Value> {
    let (server, url) = Running::start(machine)?;
    let mut client = Command::new(machine.binaries.join("client-load"));
    client.args(words).args(["--url", &url]);
    client.arg("--connections").arg(options.connections.to_string());
    client.arg("--seconds").arg(options.seconds.to_string());
    let output = client.output().context("the client cannot be started; is it built?")?;
    drop(server);
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the client failed: {}", error.trim());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A server that ends when it is dropped.
struct Running {
    process: Child,
    /// Open, so that the server can go on talking.
    _output: BufReader<ChildStdout>,
}

impl Running {
    fn start(machine: &Machine) -> Result<(Self, String)> {
        let mut process = Command::new(machine.binaries.join("bench-server"))
            .args(["--urls", "http://127.0.0.1:0", "--workers", "1"])
            .stdout(Stdio::piped())
            .spawn()
            .context("the server cannot be started; is it built?")?;
        let mut output = BufReader::new(process.stdout.take().context("the server has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let server = Self { process, _output: output };
        let origin = line.trim().strip_prefix("listening on ").context("the server does not say where it listens")?;
        Ok((server, format!("{origin}/bench")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already if that fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
