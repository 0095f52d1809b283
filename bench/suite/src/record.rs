//! What is kept of every run: a line of JSON.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// A file of runs.
#[derive(Debug)]
pub(crate) struct Record {
    file: File,
    path: PathBuf,
    about: Value,
}

impl Record {
    /// A new file in `folder`, named after what is measured and when.
    pub(crate) fn create(folder: &Path, what: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let path = folder.join(format!("{what}-{seconds}.jsonl"));
        let file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        let about = json!({ "commit": commit(), "machine": machine(), "time": seconds });
        Ok(Self { file, path, about })
    }

    /// Adds a run, with the commit, the machine and the time.
    pub(crate) fn add(&mut self, what: &str, server: &str, run: &Value) -> Result<()> {
        let line = json!({ "what": what, "server": server, "about": self.about, "run": run });
        Ok(writeln!(self.file, "{line}")?)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The commit, the machine and the time in a sentence.
    pub(crate) fn about(&self) -> String {
        let word = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
        let machine = &self.about["machine"];
        let (commit, processor, kernel) = (&self.about["commit"], &machine["processor"], &machine["kernel"]);
        let (commit, processor, kernel) = (word(commit), word(processor), word(kernel));
        format!("Commit {commit}; {} × {processor}; Linux {kernel}", machine["processors"])
    }
}

fn commit() -> Option<String> {
    let output = Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn machine() -> Value {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "processor": name.map(|(_, name)| name),
        "processors": std::thread::available_parallelism().map_or(1, usize::from),
        "kernel": kernel.trim(),
    })
}
