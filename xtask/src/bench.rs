//! `cargo xtask bench`: builds the benchmarks, which are a workspace of their own, and the server that they measure, and
//! runs them.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use crate::command;
use crate::counts::Counts;
use crate::workspace::Workspace;

/// The folder of the workspace.
const FOLDER: &str = "bench";
/// The server and the client that are measured.
const MEASURED: [&str; 4] = ["--bin", "bench-server", "--bin", "client-load"];

/// Options of `cargo xtask bench`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// What the benchmarks are told; `--help` explains it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// Measures.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    start(workspace, Profile::Release, &options.words)
}

/// Whether everything works: every case for a moment, without optimization, and no figures.
pub(crate) fn check(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    command::run(cargo(workspace, "fmt").args(["--all", "--check"]))?;
    let mut clippy = cargo(workspace, "clippy");
    command::run(clippy.args(["--locked", "--all-targets", "--", "-D", "warnings"]))?;
    // Building the micro-benchmarks takes longer than all else here; that they compile is enough. The reference servers
    // are no default member: what they depend on is built for nothing else.
    let mut tests = cargo(workspace, "test");
    tests.args(["--locked", "--workspace", "--exclude", "micro", "--exclude", "reference"]);
    command::run_suite(&mut tests, counts, Counts::add_rust)?;
    start(workspace, Profile::Debug, &["--quick".into()])
}

#[derive(Clone, Copy, Debug)]
enum Profile {
    Debug,
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &[],
            Self::Release => &["--release"],
        }
    }
}

fn start(workspace: &Workspace, profile: Profile, words: &[OsString]) -> Result<()> {
    let mut measured = workspace.cargo("build");
    command::run(measured.args(["--package", "tests"]).args(MEASURED).args(profile.words()))?;
    command::run(cargo(workspace, "build").arg("--bins").args(profile.words()))?;
    let binaries = workspace.build_folder(profile.folder())?;
    let mut suite = workspace.program(binaries.join("suite"), "");
    suite.args(words).env("BENCH_BINARIES", &binaries).env("BENCH_RECORDS", workspace.build_folder(FOLDER)?);
    println!("$ {}", command::shown(&suite));
    // What it says ends with why it failed, so nothing of it has to be said again.
    ensure!(suite.status()?.success(), "the benchmarks failed, as said before");
    Ok(())
}

/// Cargo in the benchmarks' workspace, which builds into the folder of this one.
fn cargo(workspace: &Workspace, subcommand: &str) -> Command {
    let mut command = workspace.program("cargo", FOLDER);
    command.arg(subcommand);
    if subcommand != "fmt" {
        command.arg("--target-dir").arg(workspace.target());
    }
    command
}
