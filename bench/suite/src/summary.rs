//! What all rounds came to.

use std::fmt;

use crate::cases::{CASES, Case, Target};
use crate::generator::Server;
use crate::rounds::Run;
use crate::table::{Table, short};

/// The server could have run longer, had others not used its processor: more than this part of the time.
const DISTURBED: f64 = 0.05;

/// The tables of a measurement.
#[derive(Debug)]
pub(crate) struct Summary {
    operations: Table,
    latency: Table,
    disturbed: usize,
    runs: usize,
}

impl Summary {
    pub(crate) fn new(selected: &[usize], runs: &[Run]) -> Self {
        let heads = ["case", "floor", "hub", "ratio", "target", "met", "spread", "bytes each"];
        let mut operations = Table::new(&heads);
        let mut latency = Table::new(&["latency in µs", "floor p50", "hub p50", "floor p99", "hub p99", "p99 ratio"]);
        for &index in selected {
            let measured =
                Measured { case: &CASES[index], runs: runs.iter().filter(|run| run.case == index).collect() };
            operations.add(measured.operations());
            latency.add(measured.latency());
        }
        let waited = |run: &&Run| run.result["server_waited"].as_f64().unwrap_or(0.0);
        let disturbed = runs.iter().filter(|run| waited(run) > DISTURBED).count();
        Self { operations, latency, disturbed, runs: runs.len() }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Operations for a second of the server's processor, medians:\n\n{}\n{}",
            self.operations, self.latency
        )?;
        if self.disturbed > 0 {
            let (disturbed, runs) = (self.disturbed, self.runs);
            writeln!(f, "In {disturbed} of {runs} runs others used the server's processor: those are noisy.")?;
        }
        Ok(())
    }
}

/// A case with all its runs.
struct Measured<'a> {
    case: &'a Case,
    runs: Vec<&'a Run>,
}

impl Measured<'_> {
    fn operations(&self) -> Vec<String> {
        let (floor, hub) = (self.median(true, "/per_server_second"), self.median(false, "/per_server_second"));
        let ratio = self.ratio();
        let memory = self.median(false, "/resident_each");
        let (target, met) = match self.case.target {
            Target::Ratio(least) => (format!("≥ {least:.2}"), ratio.map(|ratio| ratio >= least)),
            Target::Operations(least) => (format!("≥ {}", short(least)), hub.map(|hub| hub >= least)),
            Target::Memory(most) => (format!("≤ {}", short(most)), memory.map(|memory| memory <= most)),
            Target::None => (String::new(), None),
        };
        let met = met.map_or("", |met| if met { "yes" } else { "no" });
        let spread = self.spread().map_or_else(String::new, |spread| format!("{:.0} %", spread * 100.0));
        let name = self.case.name.to_owned();
        vec![name, cell(floor), cell(hub), cell(ratio), target, met.to_owned(), spread, cell(memory)]
    }

    fn latency(&self) -> Vec<String> {
        let median = |floor, name| self.median(floor, name);
        let (floor, hub) = (median(true, "/latency/p99"), median(false, "/latency/p99"));
        let ratio = floor.zip(hub).map(|(floor, hub)| hub / floor);
        let calm = if self.case.is_calm() { " (calm)" } else { "" };
        vec![
            format!("{}{calm}", self.case.name),
            cell(median(true, "/latency/p50")),
            cell(median(false, "/latency/p50")),
            cell(floor),
            cell(hub),
            cell(ratio),
        ]
    }

    fn values(&self, floor: bool, pointer: &str) -> Vec<f64> {
        let runs = self.runs.iter().filter(|run| (run.server == Server::Floor) == floor);
        runs.filter_map(|run| run.result.pointer(pointer)?.as_f64()).collect()
    }

    fn median(&self, floor: bool, pointer: &str) -> Option<f64> {
        median(self.values(floor, pointer))
    }

    /// The hub's operations as a part of the yardstick's in the same round.
    fn ratio(&self) -> Option<f64> {
        let (floor, hub) = (self.values(true, "/per_server_second"), self.values(false, "/per_server_second"));
        median(floor.iter().zip(&hub).map(|(floor, hub)| hub / floor).collect())
    }

    /// How far the hub's runs are apart.
    fn spread(&self) -> Option<f64> {
        let values = self.values(false, "/per_server_second");
        let (least, most) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
        Some((most - least) / median(values)?)
    }
}

fn cell(number: Option<f64>) -> String {
    number.map_or_else(String::new, short)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => values.get(middle).copied(),
        _ => Some(f64::midpoint(*values.get(middle - 1)?, *values.get(middle)?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_median_is_the_middle_value_or_between_two() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let run = |server, operations| Run { case: 2, server, result: json!({ "per_server_second": operations }) };
        let hub = Server::Bench(1);
        let runs = [
            (Server::Floor, 100.0),
            (hub, 90.0),
            (Server::Floor, 200.0),
            (hub, 160.0),
            (Server::Floor, 100.0),
            (hub, 80.0),
        ];
        let runs: Vec<_> = runs.map(|(server, operations)| run(server, operations)).into();
        let measured = Measured { case: &CASES[2], runs: runs.iter().collect() };
        assert_eq!(measured.ratio(), Some(0.8));
        assert_eq!(measured.operations()[1..6], ["100", "90.0", "0.80", "≥ 0.85", "no"]);
    }
}
