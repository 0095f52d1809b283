//! Whether memory comes back when everybody is gone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::generator::{Machine, Server};
use crate::plot::{Plot, Series};
use crate::record::Record;

const MIB: f64 = 1024.0 * 1024.0;
/// How long a first wave of clients lasts, as a part of the whole. What the server keeps after it for good, such as its
/// allocator's pools, is what it starts with.
const FIRST: f64 = 0.1;
/// How long nobody is there at the end.
const QUIET: f64 = 20.0;
/// How far the end may be from the start.
const TOLERANCE: f64 = 0.10;

/// Connections that come and go for a while.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How long
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// How many connections there are at most
    #[arg(long, default_value_t = 1000)]
    connections: u32,
    /// Where the plot goes
    #[arg(long, default_value = "docs/performance/soak.svg")]
    plot: PathBuf,
}

/// Soaks, draws the memory, and fails when it did not come back.
pub(crate) fn run(machine: &Machine, records: &Path, options: &Options) -> Result<()> {
    let mut record = Record::create(records, "soak")?;
    let connections = options.connections.to_string();
    let seconds = options.minutes * 60.0;
    let times = [format!("--seconds={seconds}"), format!("--first={}", seconds * FIRST), format!("--warmup={QUIET}")];
    let words = ["soak", "-n", &connections].into_iter().chain(times.iter().map(String::as_str));
    let result = machine.run(Server::Bench(1), "/bench", &words.collect::<Vec<_>>())?;
    record.add("soak", "hub", &result)?;
    ensure!(result["ok"] == true, "the soak failed: {}", result["errors"]);
    let plot = Plot {
        title: format!("Resident memory, up to {connections} connections that come and go"),
        across: "minutes".to_owned(),
        up: "MiB".to_owned(),
        is_logarithmic: false,
        series: vec![Series { name: "hub".to_owned(), points: curve(&result)? }],
    };
    plot.write(&options.plot)?;
    println!(
        "{}\n\nThe memory's curve is in {}, the samples in {}",
        record.about(),
        options.plot.display(),
        record.path().display()
    );
    judge(&result)
}

fn curve(result: &Value) -> Result<Vec<(f64, f64)>> {
    let samples = result["memory"].as_array().context("no samples")?;
    let point = |sample: &Value| Some((sample[0].as_f64()? / 60.0, sample[1].as_f64()? / MIB));
    samples.iter().map(|sample| point(sample).context("a sample that is none")).collect()
}

/// Compares the memory after all with that after the first wave.
fn judge(result: &Value) -> Result<()> {
    let number = |name: &str| result[name].as_f64().with_context(|| format!("no {name}"));
    let (fresh, start, end) = (number("resident_before")?, number("resident_first")?, number("resident_after")?);
    let change = end / start - 1.0;
    println!(
        "MiB of resident memory: {:.1} before the first client, {:.1} after a first wave, {:.1} at the end ({:+.1} %); \
        {} steps; files open {} and {}",
        fresh / MIB,
        start / MIB,
        end / MIB,
        change * 100.0,
        result["operations"],
        result["files_before"],
        result["files_after"],
    );
    ensure!(change <= TOLERANCE, "the memory did not come back");
    ensure!(result["files_before"] == result["files_after"], "files stayed open");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn soak(end: f64, files: u32) -> Value {
        json!({
            "resident_before": 4e6, "resident_first": 1e7, "resident_after": end,
            "files_before": 9, "files_after": files, "operations": 1, "memory": [[0.0, 1_048_576], [60.0, 2_097_152]],
        })
    }

    #[test]
    fn memory_and_files_have_to_come_back() {
        assert!(judge(&soak(1.05e7, 9)).is_ok());
        assert!(judge(&soak(0.5e7, 9)).is_ok());
        assert!(judge(&soak(1.2e7, 9)).is_err());
        assert!(judge(&soak(1e7, 10)).is_err());
    }

    #[test]
    fn the_curve_is_in_minutes_and_mebibytes() {
        assert_eq!(curve(&soak(1e7, 9)).unwrap(), [(0.0, 1.0), (1.0, 2.0)]);
    }
}
