//! What an operation costs when there is more of everything.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use crate::generator::{Machine, Server};
use crate::plot::{Plot, Series};
use crate::record::Record;
use crate::table::{Table, grouped, short};

/// The cost at the most expensive size is at most so many times that at the cheapest.
const LIMIT: f64 = 3.0;

/// Costs against sizes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only plots whose name contains this; may be given several times
    #[arg(long, value_name = "PLOT")]
    only: Vec<String>,
    /// How often each size is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each size is measured each time
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Where the plots go
    #[arg(long, default_value = "docs/performance")]
    folder: PathBuf,
}

/// Something of which there can be more.
#[derive(Debug)]
struct Dimension {
    name: &'static str,
    title: &'static str,
    across: &'static str,
    sizes: &'static [u32],
    operations: &'static [Operation],
}

/// A load in which `SIZE` is replaced.
#[derive(Debug)]
struct Operation {
    name: &'static str,
    load: &'static str,
    path: &'static str,
}

const fn operation(name: &'static str, load: &'static str) -> Operation {
    Operation { name, load, path: "/bench" }
}

const DIMENSIONS: &[Dimension] = &[
    Dimension {
        name: "connections",
        title: "Server time for an operation, by the number of connections",
        across: "connections",
        sizes: &[10, 100, 1_000, 10_000],
        operations: &[
            operation("echo", "echo -n SIZE"),
            operation("delivery", "broadcast -n SIZE"),
            operation(
                "join or leave",
                "call -n SIZE --method JoinGroup --method LeaveGroup --argument x{} --numbers 1000",
            ),
            operation("close, all at once", "crowd -n SIZE --joins 1"),
        ],
    },
    Dimension {
        name: "groups-of-a-connection",
        title: "Server time for an operation, by the groups that each of 100 connections is in",
        across: "groups of a connection",
        sizes: &[1, 10, 100, 1_000],
        operations: &[
            operation(
                "join or leave",
                "call -n 100 --joins SIZE --method JoinGroup --method LeaveGroup --argument x{}",
            ),
            operation(
                "join or leave, groups shared",
                "call -n 100 --joins SIZE --shared --method JoinGroup --method LeaveGroup --argument x{}",
            ),
            operation("echo", "call -n 100 --joins SIZE --method Echo --argument x{}"),
        ],
    },
    Dimension {
        name: "groups",
        title: "Server time for an operation, by the number of groups, 100 connections",
        across: "groups",
        sizes: &[100, 1_000, 10_000, 100_000],
        operations: &[
            operation(
                "message to a group of one",
                "call -n 100 --joins EACH --method SendToGroup --argument g{} --argument text --numbers SIZE",
            ),
            operation(
                "join or leave",
                "call -n 100 --joins EACH --method JoinGroup --method LeaveGroup --argument x{} --numbers 1000",
            ),
        ],
    },
    Dimension {
        name: "users",
        title: "Server time for an operation, by the number of users",
        across: "users, one connection each",
        sizes: &[10, 100, 1_000, 10_000],
        operations: &[Operation {
            name: "message to a user",
            load: "call -n SIZE --users --method SendToUser --argument u{} --argument text --numbers SIZE",
            path: "/users",
        }],
    },
    Dimension {
        name: "messages-that-wait",
        title: "Server time for an operation, by the calls that 10 connections made of requests have on their way",
        across: "calls on their way",
        sizes: &[1, 10, 100, 1_000],
        operations: &[
            operation("echo, Server-Sent Events", "echo -n 10 -k SIZE --transport sse"),
            operation("echo, long polling", "echo -n 10 -k SIZE --transport lp"),
        ],
    },
];

/// Measures all, tells a table and draws plots; fails when something went wrong, or costs too much.
pub(crate) fn run(machine: &Machine, records: &Path, options: &Options) -> Result<()> {
    let mut record = Record::create(records, "scaling")?;
    let mut table = Table::new(&["operation, by", "of", "µs at each size", "largest ÷ smallest", "≤ 3"]);
    let mut steep = 0;
    let dimensions = DIMENSIONS.iter().filter(|dimension| options.selects(dimension));
    for dimension in dimensions {
        let mut plot = dimension.plot();
        for operation in dimension.operations {
            let points = measure(machine, &mut record, options, dimension, operation)?;
            let factor = factor(&points);
            steep += usize::from(factor > LIMIT);
            table.add(row(dimension, operation, &points, factor));
            plot.series.push(Series { name: operation.name.to_owned(), points });
        }
        plot.write(&options.folder.join(format!("{}.svg", dimension.name)))?;
    }
    println!(
        "\n{}\n\n{table}\nPlots are in {}, every run in {}",
        record.about(),
        options.folder.display(),
        record.path().display()
    );
    ensure!(steep == 0, "{steep} operations cost more than {LIMIT} times as much where there is more");
    Ok(())
}

impl Options {
    fn selects(&self, dimension: &Dimension) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| dimension.name.contains(part.as_str()))
    }
}

impl Dimension {
    fn plot(&self) -> Plot {
        Plot {
            title: self.title.to_owned(),
            across: self.across.to_owned(),
            up: "µs of the server's processor".to_owned(),
            is_logarithmic: true,
            series: Vec::new(),
        }
    }
}

/// The cost of an operation in microseconds at each size, the median of all rounds.
fn measure(
    machine: &Machine,
    record: &mut Record,
    options: &Options,
    dimension: &Dimension,
    operation: &Operation,
) -> Result<Vec<(f64, f64)>> {
    let mut costs = vec![Vec::new(); dimension.sizes.len()];
    for _ in 0..options.rounds.max(1) {
        for (&size, costs) in dimension.sizes.iter().zip(&mut costs) {
            costs.push(once(machine, record, options, operation, size)?);
        }
    }
    let points = dimension.sizes.iter().zip(&mut costs).map(|(&size, costs)| {
        costs.sort_by(f64::total_cmp);
        (f64::from(size), costs[costs.len() / 2])
    });
    Ok(points.collect())
}

fn once(machine: &Machine, record: &mut Record, options: &Options, operation: &Operation, size: u32) -> Result<f64> {
    let load = operation.load.replace("SIZE", &size.to_string()).replace("EACH", &(size / 100).to_string());
    let seconds = format!("--seconds={}", options.seconds);
    let words: Vec<_> = load.split(' ').chain([seconds.as_str(), "--warmup=0.5"]).collect();
    let result = machine.run(Server::Bench(1), operation.path, &words)?;
    record.add(&load, "hub", &result)?;
    ensure!(result["ok"] == true, "`hubload {load}` failed: {}", result["errors"]);
    let cost = 1e6 / result["per_server_second"].as_f64().unwrap_or(f64::NAN);
    println!("{:<30} {size:>7} {cost:>9.2} µs", operation.name);
    Ok(cost)
}

fn row(dimension: &Dimension, operation: &Operation, points: &[(f64, f64)], factor: f64) -> Vec<String> {
    let costs: Vec<_> = points.iter().map(|&(_, cost)| short(cost)).collect();
    let sizes: Vec<_> = dimension.sizes.iter().map(|&size| grouped(size)).collect();
    let met = if factor <= LIMIT { "yes" } else { "no" };
    vec![
        format!("{}, by {}", operation.name, dimension.across),
        sizes.join(" / "),
        costs.join(" / "),
        format!("{factor:.2}"),
        met.to_owned(),
    ]
}

/// How many times the cost at the smallest size that at the largest is.
fn factor(points: &[(f64, f64)]) -> f64 {
    match points {
        [(_, first), .., (_, last)] => last / first,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_compares_the_largest_size_with_the_smallest() {
        assert!((factor(&[(1.0, 2.0), (10.0, 9.0), (100.0, 5.0)]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn a_row_tells_all_sizes() {
        let dimension = &DIMENSIONS[0];
        let row = row(dimension, &dimension.operations[0], &[(10.0, 7.0), (10_000.0, 28.0)], 4.0);
        assert_eq!(row, ["echo, by connections", "10 / 100 / 1,000 / 10,000", "7.00 / 28.0", "4.00", "no"]);
    }
}
