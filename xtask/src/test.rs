//! `cargo xtask test`: all steps, whatever happens to one of them, and a summary.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum as _};

use crate::counts::Counts;
use crate::steps::{Context, Step};
use crate::workspace::Workspace;

/// Options of `cargo xtask test`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Leave out a step; may be given several times
    #[arg(long, value_enum, value_name = "STEP")]
    skip: Vec<Step>,
    /// Run only this step; may be given several times
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
    /// Install no system package: a missing browser or proxy fails its step
    #[arg(long)]
    no_install: bool,
}

impl Options {
    fn selects(&self, step: Step) -> bool {
        !self.skip.contains(&step) && (self.only.is_empty() || self.only.contains(&step))
    }
}

struct Outcome {
    step: Step,
    /// None when it was left out.
    result: Option<Result<()>>,
    counts: Counts,
    took: Duration,
}

/// Runs the selected steps; fails when one of them failed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let context = Context::new(workspace, !options.no_install);
    let outcomes: Vec<_> =
        Step::value_variants().iter().map(|&step| run_step(step, options.selects(step), &context)).collect();
    println!("\n{}", table(&outcomes));
    for outcome in &outcomes {
        if let Some(Err(error)) = &outcome.result {
            println!("\n{} failed: {error:#}", outcome.step.name());
        }
    }
    conclude(&outcomes)
}

fn run_step(step: Step, selected: bool, context: &Context<'_>) -> Outcome {
    let (start, mut counts) = (Instant::now(), Counts::default());
    let result = selected.then(|| {
        println!("\n== {}", step.name());
        step.run(context, &mut counts)
    });
    Outcome { step, result, counts, took: start.elapsed() }
}

fn table(outcomes: &[Outcome]) -> String {
    let line = |outcome: &Outcome| {
        let word = match outcome.result {
            Some(Ok(())) => "passed",
            Some(Err(_)) => "failed",
            None => "skipped",
        };
        let Outcome { step, counts, took, .. } = outcome;
        let line = format!("{:<12} {word:<8} {:>7.1} s  {counts}", step.name(), took.as_secs_f64());
        line.trim_end().to_owned()
    };
    outcomes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn conclude(outcomes: &[Outcome]) -> Result<()> {
    let passed = outcomes.iter().filter(|outcome| matches!(outcome.result, Some(Ok(())))).count();
    let failed: Vec<_> = outcomes.iter().filter(|outcome| matches!(outcome.result, Some(Err(_)))).collect();
    let names = failed.iter().map(|outcome| outcome.step.name()).collect::<Vec<_>>().join(", ");
    if !failed.is_empty() {
        bail!("steps: {passed} passed, {} failed: {names}", failed.len());
    }
    println!("\nsteps: {passed} passed, 0 failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(skip: &[Step], only: &[Step]) -> Options {
        Options { skip: skip.to_vec(), only: only.to_vec(), no_install: false }
    }

    fn outcome(step: Step, result: Option<Result<()>>) -> Outcome {
        Outcome { step, result, counts: Counts::default(), took: Duration::from_millis(1500) }
    }

    #[test]
    fn every_step_is_selected_unless_something_is_said() {
        assert!(Step::value_variants().iter().all(|&step| options(&[], &[]).selects(step)));
    }

    #[test]
    fn skip_and_only_select() {
        assert!(!options(&[Step::Browser], &[]).selects(Step::Browser));
        assert!(options(&[Step::Browser], &[]).selects(Step::Fmt));
        assert!(options(&[], &[Step::Doc]).selects(Step::Doc));
        assert!(!options(&[], &[Step::Doc]).selects(Step::Fmt));
    }

    #[test]
    fn the_table_tells_every_step_and_its_counts() {
        let mut outcomes = [
            outcome(Step::Fmt, Some(Ok(()))),
            outcome(Step::Doc, Some(Err(anyhow::anyhow!("x")))),
            outcome(Step::Test, None),
        ];
        outcomes[1].counts.add(3, "passed");
        outcomes[1].counts.add(1, "failed");
        let expected = "\
fmt          passed       1.5 s
doc          failed       1.5 s  3 passed, 1 failed
test         skipped      1.5 s";
        assert_eq!(table(&outcomes), expected);
    }

    #[test]
    fn one_failed_step_fails_the_command_and_is_named() {
        let outcomes = [outcome(Step::Fmt, Some(Ok(()))), outcome(Step::Doc, Some(Err(anyhow::anyhow!("x"))))];
        assert_eq!(conclude(&outcomes).unwrap_err().to_string(), "steps: 1 passed, 1 failed: doc");
    }

    #[test]
    fn a_skipped_step_does_not_fail_the_command() {
        assert!(conclude(&[outcome(Step::Fmt, Some(Ok(()))), outcome(Step::Doc, None)]).is_ok());
    }
}
