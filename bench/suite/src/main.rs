//! Runs the benchmarks against servers that it starts, and tells what came out. `cargo xtask bench` builds everything
//! and calls this.

#![allow(clippy::print_stdout, reason = "a command line program talks on its standard output")]

mod cases;
mod client;
mod generator;
mod plot;
mod record;
mod rounds;
mod scaling;
mod soak;
mod summary;
mod table;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::generator::Machine;

/// Measures the hub server beside the yardstick.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    cases: rounds::Options,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Let connections come and go for a while: whether memory comes back
    Soak(soak::Options),
    /// What an operation costs when there are more connections, groups, users
    Scaling(scaling::Options),
    /// What connections by the Rust client cost
    Client(client::Options),
}

/// Where the programs are that take part.
const BINARIES: &str = "BENCH_BINARIES";
/// Where lines of JSON are kept.
const RECORDS: &str = "BENCH_RECORDS";

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let folder = |name| env::var_os(name).map(PathBuf::from).with_context(|| format!("{name} is not set"));
    let (machine, records) = (Machine::new(&folder(BINARIES)?), folder(RECORDS)?);
    match &cli.task {
        None => rounds::run(&machine, &records, &cli.cases),
        Some(Task::Soak(options)) => soak::run(&machine, &records, options),
        Some(Task::Scaling(options)) => scaling::run(&machine, &records, options),
        Some(Task::Client(options)) => client::run(&machine, &records, options),
    }
}
