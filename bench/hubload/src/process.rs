//! What the kernel tells about processes.

use std::fs::{read_dir, read_to_string};
use std::io;
use std::str::FromStr;

use rustix::process::{Pid, Resource, getrlimit, setpriority_process, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

const PRIORITY: i32 = -10;

/// A reading of the server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    /// Seconds that its threads have run.
    pub(crate) cpu: f64,
    /// Seconds that they could have run, had others not used the processor.
    pub(crate) waited: f64,
    /// Bytes of its resident memory.
    pub(crate) resident: u64,
    pub(crate) threads: u64,
    /// Descriptors that it has open.
    pub(crate) files: u64,
}

/// Reads what a process has used; zeros if it is gone.
pub(crate) fn sample(process: u32) -> Sample {
    let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let number = |name: &str| status.lines().find_map(|line| first_number(line.strip_prefix(name)?)).unwrap_or(0);
    let (cpu, waited) = schedule(process);
    Sample {
        cpu,
        waited,
        resident: number("VmRSS:") * 1024,
        threads: number("Threads:"),
        files: count(&format!("/proc/{process}/fd")),
    }
}

/// Seconds that the threads which are there have run, and waited for a processor; exact to the nanosecond.
fn schedule(process: u32) -> (f64, f64) {
    let Ok(threads) = read_dir(format!("/proc/{process}/task")) else { return (0.0, 0.0) };
    let statistics = threads.flatten().filter_map(|thread| read_to_string(thread.path().join("schedstat")).ok());
    let times = statistics.filter_map(|text| {
        let (run, rest) = text.split_once(' ')?;
        Some((run.parse::<u64>().ok()?, first_number(rest)?))
    });
    let (run, waited) = times.fold((0, 0), |sum, time| (sum.0 + time.0, sum.1 + time.1));
    (run as f64 / 1e9, waited as f64 / 1e9)
}

fn count(folder: &str) -> u64 {
    read_dir(folder).map_or(0, |entries| entries.count() as u64)
}

fn first_number(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

/// Seconds that this process has used.
pub(crate) fn own_cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Raises the number of files that may be open as far as that is allowed; returns it.
pub(crate) fn allow_many_files() -> io::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    Ok(limit.current.unwrap_or(u64::MAX))
}

/// Comes before other processes, where that is allowed: what else runs on the machine disturbs less.
pub(crate) fn take_precedence() {
    let _ = setpriority_process(None, PRIORITY);
}

/// Processors, as in `0` or `0,2-3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Processors(Vec<usize>);

impl FromStr for Processors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |word: &str| word.parse::<usize>().map_err(|_| format!("not a list of processors: {text}"));
        let mut processors = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            processors.extend(number(first)?..=number(last)?);
        }
        Ok(Self(processors))
    }
}

impl Processors {
    /// Lets the caller's thread, and processes that it starts, run on these only.
    pub(crate) fn pin(&self) -> io::Result<()> {
        let mut set = CpuSet::new();
        self.0.iter().for_each(|&processor| set.set(processor));
        Ok(sched_setaffinity(None::<Pid>, &set)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_numbers_and_ranges() {
        assert_eq!("0,2-3".parse(), Ok(Processors(vec![0, 2, 3])));
        assert!("x".parse::<Processors>().is_err());
    }

    #[test]
    fn a_process_that_runs_has_memory_and_files() {
        let sample = sample(std::process::id());
        assert!(sample.resident > 0 && sample.files > 0 && sample.threads > 0, "{sample:?}");
    }
}
