//! Runs the benchmarks against servers that it starts, and tells what came out. `cargo xtask bench` builds everything
//! and calls this.

#![allow(clippy::print_stdout, reason = "a command line program talks on its standard output")]

mod cases;
mod generator;
mod record;
mod rounds;
mod summary;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Measures the hub server beside the yardstick.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Cli {
    #[command(flatten)]
    cases: rounds::Options,
    /// Where the programs are that take part
    #[arg(long, hide = true)]
    binaries: PathBuf,
    /// Where lines of JSON are kept
    #[arg(long, hide = true)]
    records: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let machine = generator::Machine::new(&cli.binaries);
    match rounds::run(&machine, &cli.records, &cli.cases) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}
