//! The server that is measured, if it is started here.

use std::net::{SocketAddr, SocketAddrV4, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use crate::process::{self, Processors};

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(20);
/// What a server does behind its first accept, before it is measured.
const SETTLE: Duration = Duration::from_millis(200);

/// A server process, which ends with the value that stands for it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts a command, on these processors, and waits until something listens on `address`.
    pub(crate) fn start(command: &str, processors: Option<&str>, address: SocketAddrV4) -> Result<Self> {
        ensure!(!listens(address), "something listens on {address} already");
        let mut launcher = Command::new(std::env::current_exe()?);
        launcher.arg("launch").args(processors.map(|list| format!("--server-cpus={list}")));
        launcher.arg("--").args(command.split_whitespace());
        let child =
            launcher.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("the server cannot be started")?;
        let mut server = Self { child };
        server.wait_until_it_listens(address)?;
        Ok(server)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn wait_until_it_listens(&mut self, address: SocketAddrV4) -> Result<()> {
        let start = Instant::now();
        while !listens(address) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            ensure!(start.elapsed() < START, "the server does not listen on {address}");
            std::thread::sleep(PAUSE);
        }
        std::thread::sleep(SETTLE);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let start = Instant::now();
        while start.elapsed() < STOP {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listens(address: SocketAddrV4) -> bool {
    TcpStream::connect_timeout(&SocketAddr::V4(address), PAUSE).is_ok()
}

/// Becomes the server: it runs on its processors only, may open many files, and ends when its parent does.
pub(crate) fn launch(command: &[String], processors: Option<&Processors>) -> Result<()> {
    let (program, arguments) = command.split_first().context("no command")?;
    process::allow_many_files()?;
    if let Some(processors) = processors {
        processors.pin()?;
    }
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("`{program}` cannot be started"))
}
