//! The baseline file: what is known about each scenario, one a line, sorted.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result, bail};

use super::suite::{Outcome, Results};
use super::{from_visible, visible};

const HEAD: &str = "\
# What each scenario compared with the recording of ASP.NET Core SignalR: exact, equal (other bytes, the same meaning),
# differs, or failed. A scenario that gets worse fails `cargo xtask conformance`;
# `cargo xtask conformance --accept` writes this file. A blank in an id is written as ␠.
";

/// All lines, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Baseline(BTreeMap<String, Outcome>);

impl Baseline {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(parse_line).collect::<Result<_>>().map(Self)
    }

    /// What a scenario must at least be; none when nothing is known of it yet.
    pub(super) fn outcome(&self, id: &str) -> Option<Outcome> {
        self.0.get(id).copied()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The baseline that these results make. Scenarios that were not played are kept if `partial`.
    #[must_use]
    pub(super) fn updated(&self, results: &Results, partial: bool) -> Self {
        let mut lines = if partial { self.0.clone() } else { BTreeMap::new() };
        lines.extend(results.iter().map(|(id, played)| (id.clone(), played.outcome)));
        Self(lines)
    }
}

fn parse_line(line: &str) -> Result<(String, Outcome)> {
    let (word, id) = line.split_once(' ').with_context(|| format!("`{line}` has no blank"))?;
    let outcome = match word {
        "exact" => Outcome::Exact,
        "equal" => Outcome::Equal,
        "differs" => Outcome::Differs,
        "failed" => Outcome::Failed,
        _ => bail!("`{word}` in `{line}` is no outcome"),
    };
    Ok((from_visible(id), outcome))
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (id, outcome) in &self.0 {
            writeln!(f, "{} {}", outcome.name(), visible(id))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::judgement::tests::played;
    use super::*;

    const TEXT: &str = "exact a/1\nequal a/2␠\ndiffers b/1\nfailed b/2\n";

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
        let accepted = Baseline::parse(TEXT).unwrap().updated(&results, false);
        assert_eq!(accepted, Baseline::parse("differs a/1\nexact c/2").unwrap());
    }

    #[test]
    fn accepting_a_part_keeps_the_rest() {
        let results = played(&[("b/1", Outcome::Exact)]);
        let accepted = Baseline::parse(TEXT).unwrap().updated(&results, true);
        assert_eq!(accepted, Baseline::parse(&TEXT.replace("differs b/1", "exact b/1")).unwrap());
    }
}
