//! Running the suite's tool, and reading what it found.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::FOLDER;
use crate::workspace::Workspace;

/// How a scenario compares with its recording. Later is better; `Failed` and `Differs` are equally bad.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// It could not be played to its end.
    Failed,
    /// Something else came.
    Differs,
    /// Other bytes of the same meaning.
    Equal,
    /// The same bytes.
    Exact,
}

impl Outcome {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Differs => "differs",
            Self::Equal => "equal",
            Self::Exact => "exact",
        }
    }

    /// It does what the original does.
    pub(super) fn is_good(self) -> bool {
        matches!(self, Self::Equal | Self::Exact)
    }

    pub(super) fn is_worse_than(self, other: Self) -> bool {
        self.rank() < other.rank()
    }

    fn rank(self) -> u8 {
        match self {
            Self::Failed | Self::Differs => 0,
            Self::Equal => 1,
            Self::Exact => 2,
        }
    }
}

/// What the tool says about one scenario.
#[derive(Clone, Debug)]
pub(super) struct Played {
    pub(super) outcome: Outcome,
    /// Why it failed.
    pub(super) why: Option<String>,
    /// The recording and what came, line by line.
    pub(super) diff: Vec<String>,
}

/// All that were played, by id.
pub(super) type Results = BTreeMap<String, Played>;

/// The suite's tool, set to one server.
#[derive(Debug)]
pub(super) struct Suite<'a> {
    workspace: &'a Workspace,
    server: String,
    output: PathBuf,
}

impl<'a> Suite<'a> {
    /// What the tool writes goes to the folder `output`.
    pub(super) fn new(workspace: &'a Workspace, server: String, output: PathBuf) -> Self {
        Self { workspace, server, output }
    }

    /// Plays the scenarios that match, or all.
    pub(super) fn run(&self, only: Option<&str>) -> Result<Results> {
        let only = only.map(|pattern| ["--only", pattern]);
        self.play("all", only.as_ref().map_or(&[], |words| words))
    }

    /// Plays these scenarios, few at a time.
    pub(super) fn run_alone(&self, ids: &[String]) -> Result<Results> {
        let ids: Vec<_> = ids.iter().map(|id| escaped(id)).collect();
        let mut results = self.play("again", &["--jobs", "2", "--only", &format!("^({}) ", ids.join("|"))])?;
        results.retain(|id, _| ids.contains(&escaped(id)));
        Ok(results)
    }

    /// What the tool says and finds goes to files of that name.
    fn play(&self, name: &str, options: &[&str]) -> Result<Results> {
        let (outcomes, log) = (self.output.join(format!("{name}.json")), self.output.join(format!("{name}.log")));
        let mut tool = self.workspace.program("node", FOLDER);
        tool.args(["wirecheck.mjs", "check", &self.server, "golden.json", "--json"]).arg(&outcomes).args(options);
        println!("$ {}", crate::command::shown(&tool));
        let said = File::create(&log)?;
        let status = tool.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said).status();
        let status = status.context("`node` cannot be started")?;
        // It ends with 1 when a scenario differs, which is for the baseline to judge.
        ensure!(matches!(status.code(), Some(0 | 1)), "the suite ended with {status}; see {}", log.display());
        read(&fs::read_to_string(outcomes)?)
    }
}

/// Takes what was better when it was played again.
pub(super) fn keep_better(results: &mut Results, again: Results) {
    for (id, played) in again {
        if results.get(&id).is_some_and(|before| before.outcome.is_worse_than(played.outcome)) {
            results.insert(id, played);
        }
    }
}

fn read(outcomes: &str) -> Result<Results> {
    #[derive(Deserialize)]
    struct Entry {
        id: String,
        verdict: Outcome,
        why: Option<String>,
        diff: Vec<String>,
    }
    let entries: Vec<Entry> = serde_json::from_str(outcomes).context("the suite's outcomes cannot be understood")?;
    ensure!(!entries.is_empty(), "no scenario matches");
    let played = |Entry { id, verdict: outcome, why, diff }| (id, Played { outcome, why, diff });
    Ok(entries.into_iter().map(played).collect())
}

/// A text as a regular expression of itself.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        if !character.is_alphanumeric() && !matches!(character, '/' | '-' | '_' | ' ') {
            escaped.push('\\');
        }
        escaped.push(character);
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(entries: &[(&str, &str)]) -> Results {
        let entry = |(id, verdict): &(&str, &str)| {
            format!(r#"{{"id":"{id}","title":"t","covers":["J-1"],"verdict":"{verdict}","diff":["- a"],"steps":[]}}"#)
        };
        read(&format!("[{}]", entries.iter().map(entry).collect::<Vec<_>>().join(","))).unwrap()
    }

    #[test]
    fn the_tools_outcomes_are_read() {
        let results = results(&[("a/1", "exact"), ("a/2", "equal"), ("b/1", "differs"), ("b/2", "failed")]);
        let outcomes: Vec<_> = results.values().map(|played| played.outcome).collect();
        assert_eq!(outcomes, [Outcome::Exact, Outcome::Equal, Outcome::Differs, Outcome::Failed]);
        assert_eq!(results["b/1"].diff, ["- a"]);
    }

    /// Some scenarios nest as deeply as they can.
    #[test]
    fn what_is_not_needed_may_be_nested_deeply() {
        let steps = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        assert!(read(&format!(r#"[{{"id":"a","verdict":"exact","diff":[],"steps":{steps}}}]"#)).is_ok());
    }

    #[test]
    fn nothing_played_is_an_error() {
        assert!(read("[]").is_err());
        assert!(read("no").is_err());
    }

    #[test]
    fn exact_is_better_than_equal_and_failing_as_bad_as_differing() {
        assert!(Outcome::Equal.is_worse_than(Outcome::Exact));
        assert!(Outcome::Differs.is_worse_than(Outcome::Equal));
        assert!(Outcome::Failed.is_worse_than(Outcome::Equal));
        assert!(!Outcome::Failed.is_worse_than(Outcome::Differs));
        assert!(!Outcome::Differs.is_worse_than(Outcome::Failed));
    }

    #[test]
    fn the_better_of_two_runs_counts() {
        let mut first = results(&[("a", "differs"), ("b", "exact"), ("c", "exact")]);
        keep_better(&mut first, results(&[("a", "exact"), ("b", "failed")]));
        assert!(first.values().all(|played| played.outcome == Outcome::Exact));
        assert_eq!(first.len(), 3);
    }

    #[test]
    fn ids_are_escaped_for_a_regular_expression() {
        assert_eq!(escaped("a/b-%20 1.5`"), r"a/b-\%20 1\.5\`");
    }
}
