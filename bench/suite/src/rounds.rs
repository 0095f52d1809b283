//! All cases against both servers in turn, some rounds long.

use std::path::Path;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::cases::{CASES, Case};
use crate::generator::{Machine, Server};
use crate::record::Record;
use crate::summary::Summary;

/// What is measured, and for how long.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only cases whose name contains this; may be given several times
    #[arg(long, value_name = "CASE")]
    only: Vec<String>,
    /// How often each case is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each case is measured each time
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// One round of a moment with fewer connections: whether everything works, and no figures
    #[arg(long)]
    quick: bool,
    /// Only tells the names of the cases
    #[arg(long)]
    list: bool,
}

/// A run of a case.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) case: usize,
    pub(crate) server: Server,
    pub(crate) result: Value,
}

/// Measures, and tells the table; fails when anything went wrong.
pub(crate) fn run(machine: &Machine, records: &Path, options: &Options) -> Result<()> {
    let selected: Vec<_> = (0..CASES.len()).filter(|&index| options.selects(&CASES[index])).collect();
    ensure!(!selected.is_empty(), "no case is called so; `--list` tells their names");
    if options.list {
        list(&selected);
        return Ok(());
    }
    if machine.server_processors.is_none() {
        println!("There is one processor only: server and generator share it, and the figures mean little.\n");
    }
    let mut record = Record::create(records, "bench")?;
    let mut runs = Vec::new();
    for round in 1..=options.rounds() {
        for &index in &selected {
            runs.extend(measure(machine, &mut record, options, index, round)?);
        }
    }
    let summary = Summary::new(&selected, &runs);
    println!("\n{}\n\n{summary}\nEvery run is kept in {}", record.about(), record.path().display());
    let failed = runs.iter().filter(|run| run.result["ok"] != true).count();
    ensure!(failed == 0, "{failed} of {} runs failed", runs.len());
    Ok(())
}

fn list(selected: &[usize]) {
    for &index in selected {
        println!("{:<26} hubload {}", CASES[index].name, CASES[index].load);
    }
}

/// A case, once against each server.
fn measure(machine: &Machine, record: &mut Record, options: &Options, index: usize, round: usize) -> Result<Vec<Run>> {
    let case = &CASES[index];
    let words = options.words(case);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let servers = case.has_floor().then_some(Server::Floor).into_iter().chain([Server::Bench(case.workers)]);
    let mut runs = Vec::new();
    for server in servers {
        let result = machine.run(server, "/bench", &words)?;
        record.add(case.name, &server.to_string(), &result)?;
        println!("{round} {:<26} {:<14} {}", case.name, server.to_string(), outcome(&result));
        runs.push(Run { case: index, server, result });
    }
    Ok(runs)
}

fn outcome(result: &Value) -> String {
    if result["ok"] != true {
        return format!("failed: {}", result["errors"]);
    }
    let number = |name: &str| result[name].as_f64();
    match (number("per_server_second"), number("resident_each")) {
        (Some(operations), _) => format!("{operations:>12.0} for a second of the server's processor"),
        (_, Some(bytes)) => format!("{bytes:>12.0} bytes for each connection"),
        _ => "done".to_owned(),
    }
}

impl Options {
    fn selects(&self, case: &Case) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| case.name.contains(part.as_str()))
    }

    fn rounds(&self) -> usize {
        if self.quick { 1 } else { self.rounds.max(1) }
    }

    /// What the generator is told.
    fn words(&self, case: &Case) -> Vec<String> {
        let (seconds, warmup) = if self.quick { (0.3, 0.05) } else { (self.seconds, 0.5) };
        let times = [format!("--seconds={seconds}"), format!("--warmup={warmup}")];
        let words = case.load.split(' ').map(|word| match word.parse::<u32>() {
            Ok(10_000 | 1_000) if self.quick => "50".to_owned(),
            _ => word.to_owned(),
        });
        words.chain(times).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(quick: bool, only: &[&str]) -> Options {
        let only = only.iter().map(ToString::to_string).collect();
        Options { only, rounds: 3, seconds: 2.0, quick, list: false }
    }

    #[test]
    fn cases_are_selected_by_parts_of_their_names() {
        let selected = |only| CASES.iter().filter(|case| options(false, only).selects(case)).count();
        assert_eq!(selected(&[]), CASES.len());
        assert_eq!(selected(&["echo-100"]), CASES.iter().filter(|case| case.name.contains("echo-100")).count());
        assert_eq!(selected(&["no-such-case"]), 0);
    }

    #[test]
    fn a_quick_run_has_few_connections_and_one_round() {
        let case = CASES.iter().find(|case| case.name == "echo-10000").unwrap();
        let (quick, full) = (options(true, &[]), options(false, &[]));
        assert_eq!(quick.words(case)[..3], ["echo", "-n", "50"]);
        assert_eq!(full.words(case)[..4], ["echo", "-n", "10000", "--seconds=2"]);
        assert_eq!((quick.rounds(), full.rounds()), (1, 3));
    }
}
