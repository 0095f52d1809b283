//! The project's own commands: `cargo xtask test`, `cargo xtask conformance`, `cargo xtask bench`.

#![allow(clippy::print_stdout, reason = "a command line program talks on its standard output")]

mod apt;
mod bench;
mod command;
mod conformance;
mod counts;
mod deps;
mod java;
mod node;
mod output;
mod server;
mod steps;
mod test;
mod tool;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Checks and tests of SignalR for Rust.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every check and every test; what continuous integration runs
    Test(test::Options),
    /// Compare the conformance server with recordings of ASP.NET Core SignalR
    Conformance(conformance::Options),
    /// Measure the hub server beside the yardstick
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Task) -> Result<()> {
    let workspace = Workspace::load()?;
    match command {
        Task::Test(options) => test::run(&workspace, options),
        Task::Conformance(options) => conformance::run(&workspace, options),
        Task::Bench(options) => bench::run(&workspace, options),
    }
}
