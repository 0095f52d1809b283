//! The baseline file: what is known about each scenario, one a line, sorted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, bail};

use super::suite::{Outcome, Results};
use super::{from_visible, visible};

const HEAD: &str = "\
# What each scenario compared with the recording of ASP.NET Core SignalR: exact, equal (other bytes, the same meaning),
# differs, failed, or later (not built yet). A scenario that gets worse fails `cargo xtask conformance`;
# `cargo xtask conformance --accept` writes this file. A blank in an id is written as ␠.
";

/// What a line says of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Known(Outcome),
    /// It needs something that is not built yet.
    Later,
}

/// All lines, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Baseline(BTreeMap<String, Standing>);

impl Baseline {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(parse_line).collect::<Result<_>>().map(Self)
    }

    /// What a scenario must at least be; none when nothing is known of it yet.
    pub(super) fn outcome(&self, id: &str) -> Option<Outcome> {
        match self.0.get(id) {
            Some(Standing::Known(outcome)) => Some(*outcome),
            Some(Standing::Later) | None => None,
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The baseline that these results make. Scenarios that were not played are kept if `partial`.
    #[must_use]
    pub(super) fn updated(&self, results: &Results, later: &BTreeSet<String>, partial: bool) -> Self {
        let mut lines = if partial { self.0.clone() } else { BTreeMap::new() };
        for (id, played) in results {
            let standing = if later.contains(id) { Standing::Later } else { Standing::Known(played.outcome) };
            lines.insert(id.clone(), standing);
        }
        Self(lines)
    }
}

fn parse_line(line: &str) -> Result<(String, Standing)> {
    let (word, id) = line.split_once(' ').with_context(|| format!("`{line}` has no blank"))?;
    let standing = match word {
        "exact" => Standing::Known(Outcome::Exact),
        "equal" => Standing::Known(Outcome::Equal),
        "differs" => Standing::Known(Outcome::Differs),
        "failed" => Standing::Known(Outcome::Failed),
        "later" => Standing::Later,
        _ => bail!("`{word}` in `{line}` is no outcome"),
    };
    Ok((from_visible(id), standing))
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (id, standing) in &self.0 {
            let word = match standing {
                Standing::Known(outcome) => outcome.name(),
                Standing::Later => "later",
            };
            writeln!(f, "{word} {}", visible(id))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::judgement::tests::played;
    use super::*;

    const TEXT: &str = "exact a/1\nequal a/2␠\ndiffers b/1\nfailed b/2\nlater c/1\n";

    #[test]
    fn what_is_written_is_read_again() {
        let baseline = Baseline::parse(TEXT).unwrap();
        assert_eq!(baseline.to_string(), format!("{HEAD}{TEXT}"));
        assert_eq!(Baseline::parse(&baseline.to_string()).unwrap(), baseline);
        assert_eq!(baseline.outcome("a/2 "), Some(Outcome::Equal));
        assert_eq!(baseline.outcome("c/1"), None);
    }

    #[test]
    fn a_line_that_cannot_be_understood_is_an_error() {
        assert!(Baseline::parse("good a/1").is_err());
        assert!(Baseline::parse("exact").is_err());
    }

    #[test]
    fn accepting_replaces_everything() {
        let results = played(&[("a/1", Outcome::Differs), ("c/2", Outcome::Exact)]);
        let later = BTreeSet::from(["c/2".to_owned()]);
        let accepted = Baseline::parse(TEXT).unwrap().updated(&results, &later, false);
        assert_eq!(accepted, Baseline::parse("differs a/1\nlater c/2").unwrap());
    }

    #[test]
    fn accepting_a_part_keeps_the_rest() {
        let results = played(&[("b/1", Outcome::Exact)]);
        let accepted = Baseline::parse(TEXT).unwrap().updated(&results, &BTreeSet::new(), true);
        assert_eq!(accepted, Baseline::parse(&TEXT.replace("differs b/1", "exact b/1")).unwrap());
    }
}
