//! `cargo xtask conformance`: the project's conformance server against recordings of ASP.NET Core SignalR.

mod baseline;
mod intended;
mod judgement;
mod report;
mod suite;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::counts::Counts;
use crate::server::Server;
use crate::workspace::Workspace;
use crate::{command, node};
use baseline::Baseline;
use intended::Intended;
use judgement::Expectations;
use suite::{Results, Suite};

/// The folder of the suite.
pub(crate) const FOLDER: &str = "tests/conformance";
/// The binary that it talks to.
pub(crate) const SERVER: &str = "conformance-server";

/// More than these are not noise.
const MOST_RERUN: usize = 60;
const RERUNS: usize = 2;

/// Options of `cargo xtask conformance`.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// Only scenarios whose id or statement numbers match
    #[arg(long, value_name = "REGEX")]
    only: Option<String>,
    /// Write the outcomes to the baseline instead of comparing with it
    #[arg(long)]
    accept: bool,
    /// Play everything several times, and tell in the end how each run went
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "accept")]
    runs: u32,
}

/// Builds the server, then does what [`check`] does, as often as the options say.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let server = workspace.binary(SERVER)?;
    command::run(workspace.cargo("build").args(["--package", "tests", "--bin", SERVER]))?;
    node::prepare(workspace, FOLDER)?;
    match options.runs {
        0 | 1 => check(workspace, &server, options, &mut Counts::default()),
        _ => check_repeatedly(workspace, &server, options),
    }
}

fn check_repeatedly(workspace: &Workspace, server: &Path, options: &Options) -> Result<()> {
    let (mut lines, mut failed) = (Vec::new(), 0);
    for number in 1..=options.runs {
        let (start, mut counts) = (Instant::now(), Counts::default());
        if let Err(error) = check(workspace, server, options, &mut counts) {
            println!("\nrun {number} failed: {error:#}");
            failed += 1;
        }
        lines.push(format!("run {number}: {counts} in {:.1} s", start.elapsed().as_secs_f64()));
    }
    println!("\n{}", lines.join("\n"));
    ensure!(failed == 0, "{failed} of {} runs failed", options.runs);
    Ok(())
}

/// Runs the suite once against the server and compares the outcomes with the baseline, or makes them the baseline.
/// `counts` holds afterwards how the scenarios compare with their recordings.
pub(crate) fn check(workspace: &Workspace, server: &Path, options: &Options, counts: &mut Counts) -> Result<()> {
    let files = Files::of(workspace);
    let expectations = files.read()?;
    let output = workspace.build_folder("conformance")?;
    let mut server = Server::start(server, output.join("server.log"))?;
    let suite = Suite::new(workspace, server.url(), output);
    let mut results = suite.run(options.only.as_deref())?;
    server.ensure_alive()?;
    let rerun = rerun_worse(&suite, &mut results, &expectations)?;
    server.ensure_alive()?;
    report::count(&results, &expectations, counts);
    counts.add(rerun, "played again");
    conclude(&files, &expectations, &results, options)
}

/// Plays the scenarios that got worse again, by themselves: what measures time may fail on a busy machine. Gives how
/// many were played.
fn rerun_worse(suite: &Suite<'_>, results: &mut Results, expectations: &Expectations) -> Result<usize> {
    let mut rerun = 0;
    for _ in 0..RERUNS {
        let worse = judgement::judge(results, expectations).worse;
        if worse.is_empty() || worse.len() > MOST_RERUN {
            break;
        }
        println!("{} got worse; they are played once more, alone", worse.len());
        suite::keep_better(results, suite.run_alone(&worse)?);
        rerun += worse.len();
    }
    Ok(rerun)
}

/// Tells the outcome; fails when it is worse than the baseline.
fn conclude(files: &Files, expectations: &Expectations, results: &Results, options: &Options) -> Result<()> {
    let judgement = judgement::judge(results, expectations);
    println!("\n{}", report::table(results, expectations));
    if options.accept {
        let baseline = expectations.baseline.updated(results, options.only.is_some());
        return files.write_baseline(&baseline);
    }
    println!("{}", report::details(&judgement, results));
    let missing = if options.only.is_none() { expectations.missing(results) } else { Vec::new() };
    let problems = report::list("worse than tests/conformance/baseline.txt says", &judgement.worse)
        + &report::list("in baseline.txt or intended.txt, but not in the suite", &missing);
    ensure!(problems.is_empty(), "{}", problems.trim_end());
    Ok(())
}

/// The files beside the suite.
struct Files {
    baseline: std::path::PathBuf,
    intended: std::path::PathBuf,
}

impl Files {
    fn of(workspace: &Workspace) -> Self {
        let file = |name| workspace.path(FOLDER).join(name);
        Self { baseline: file("baseline.txt"), intended: file("intended.txt") }
    }

    fn read(&self) -> Result<Expectations> {
        let baseline = if self.baseline.exists() { read(&self.baseline)? } else { String::new() };
        let baseline = Baseline::parse(&baseline).context("baseline.txt cannot be understood")?;
        let intended = Intended::parse(&read(&self.intended)?).context("intended.txt cannot be understood")?;
        Ok(Expectations { baseline, intended })
    }

    fn write_baseline(&self, baseline: &Baseline) -> Result<()> {
        fs::write(&self.baseline, baseline.to_string())?;
        println!("written: {}", self.baseline.display());
        Ok(())
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The group of a scenario is what its id has before the slash.
fn group(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

/// An id as files and reports show it: a blank at its end would not be seen.
fn visible(id: &str) -> String {
    id.replace(' ', "␠")
}

/// An id from how it is shown.
fn from_visible(text: &str) -> String {
    text.replace('␠', " ")
}

/// Scenarios by group, in order.
fn by_group<'a>(ids: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, Vec<&'a String>> {
    let mut groups: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for id in ids {
        groups.entry(group(id)).or_default().push(id);
    }
    groups
}
