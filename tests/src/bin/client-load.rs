//! What the Rust client costs: `client-load --url http://127.0.0.1:5000/bench --connections 1000 --seconds 3`.
//!
//! Opens connections to a bench server, lets them rest, and has each call `Echo` as fast as it is answered. One line of
//! JSON tells the memory of each connection and the calls of a second of processor time. All runs on one thread.

use std::error::Error;
use std::fs::read_to_string;
use std::io::{self, Write as _};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hub_client::http::{Transports, http_client_builder, reqwest};
use hub_client::{HubConnection, InvocationError, StartError};
use hub_server::HubProtocol;
use tokio::runtime;
use tokio::time::{Instant, sleep};

/// How many connections are started at the same time.
const STARTING: usize = 32;
/// What the start took is given back by then.
const REST: Duration = Duration::from_secs(2);
/// What is echoed.
const TEXT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn main() -> Result<(), Box<dyn Error>> {
    let load = Load::parse(std::env::args().skip(1))?;
    let report = runtime::Builder::new_current_thread().enable_all().build()?.block_on(load.run())?;
    Ok(writeln!(io::stdout(), "{report}")?)
}

/// The command line.
struct Load {
    url: String,
    connections: u32,
    seconds: f64,
    transports: Transports,
    protocol: HubProtocol,
    /// The HTTP client of all connections, if they share one.
    client: Option<reqwest::Client>,
}

impl Load {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut load = Self {
            url: "http://127.0.0.1:5000/bench".to_owned(),
            connections: 1000,
            seconds: 3.0,
            transports: Transports::ALL,
            protocol: HubProtocol::json(),
            client: None,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--url" => load.url = value()?,
                "--connections" => load.connections = value()?.parse()?,
                "--seconds" => load.seconds = value()?.parse()?,
                "--transport" => load.transports = transport(&value()?)?,
                "--messagepack" => load.protocol = HubProtocol::message_pack(),
                "--shared" => load.client = Some(http_client_builder().build()?),
                _ => return Err(format!("unknown option {word}").into()),
            }
        }
        Ok(load)
    }

    async fn run(&self) -> Result<String, Box<dyn Error>> {
        let fresh = resident()?;
        let starting = stream::iter((0..self.connections).map(|_| self.connect())).buffer_unordered(STARTING);
        let hubs: Vec<HubConnection> = starting.try_collect().await?;
        sleep(REST).await;
        let (resting, cpu) = (resident()?, processor_time()?);
        let until = Instant::now() + Duration::from_secs_f64(self.seconds);
        let calls: u64 = try_join_all(hubs.iter().map(|hub| echo(hub, until))).await?.into_iter().sum();
        let (busy, cpu) = (resident()?, processor_time()? - cpu);
        join_all(hubs.iter().map(HubConnection::stop)).await;
        let each = |bytes: f64| ((bytes - fresh) / f64::from(self.connections)).round();
        Ok(format!(
            r#"{{"calls":{calls},"per_own_second":{:.0},"resident_each":{},"resident_each_busy":{}}}"#,
            f64::from(u32::try_from(calls)?) / cpu,
            each(resting),
            each(busy)
        ))
    }

    async fn connect(&self) -> Result<HubConnection, StartError> {
        let builder = HubConnection::builder(&self.url).transports(self.transports).protocol(self.protocol.clone());
        let builder = match &self.client {
            Some(client) => builder.http_client(client.clone()),
            None => builder,
        };
        let hub = builder.build();
        hub.start().await.map(|()| hub)
    }
}

fn transport(name: &str) -> Result<Transports, String> {
    match name {
        "websockets" => Ok(Transports::WEB_SOCKETS),
        "sse" => Ok(Transports::SERVER_SENT_EVENTS),
        "lp" => Ok(Transports::LONG_POLLING),
        _ => Err(format!("unknown transport {name}; there are websockets, sse and lp")),
    }
}

/// Calls until then, and tells how often.
async fn echo(hub: &HubConnection, until: Instant) -> Result<u64, InvocationError> {
    let mut calls = 0;
    while Instant::now() < until {
        hub.invoke::<String>("Echo", (TEXT,)).await?;
        calls += 1;
    }
    Ok(calls)
}

/// The memory of this process in bytes.
fn resident() -> io::Result<f64> {
    let status = read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: u32 = line.and_then(number).ok_or(io::ErrorKind::InvalidData)?;
    Ok(f64::from(kibibytes) * 1024.0)
}

/// How many seconds this thread has run.
fn processor_time() -> io::Result<f64> {
    let statistics = read_to_string("/proc/thread-self/schedstat")?;
    let time = number(&statistics).map(Duration::from_nanos).ok_or(io::ErrorKind::InvalidData)?;
    Ok(time.as_secs_f64())
}

/// The first number of a text.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.split_ascii_whitespace().next()?.parse().ok()
}
