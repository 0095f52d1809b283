//! What a run says about itself.

use super::judgement::{Expectations, Judgement};
use super::suite::{Outcome, Results};
use super::{by_group, visible};
use crate::counts::Counts;

const WIDTH: usize = 20;
/// The differences of more than these would hide everything else; the tool's own log has them all.
const MOST_SHOWN: usize = 25;
/// The last lines of a run should fit on a screen.
const MOST_LISTED: usize = 40;

/// How many scenarios of a group are what. `intended` are those that differ on purpose.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    exact: usize,
    equal: usize,
    intended: usize,
    differs: usize,
    failed: usize,
}

impl Tally {
    fn of<'a>(ids: impl Iterator<Item = &'a String>, results: &Results, expectations: &Expectations) -> Self {
        let mut tally = Self::default();
        for id in ids {
            if let Some(played) = results.get(id) {
                *tally.column(id, played.outcome, expectations) += 1;
            }
        }
        tally
    }

    fn column(&mut self, id: &str, outcome: Outcome, expectations: &Expectations) -> &mut usize {
        match outcome {
            Outcome::Exact => &mut self.exact,
            Outcome::Equal => &mut self.equal,
            _ if expectations.intended.contains(id) => &mut self.intended,
            Outcome::Differs => &mut self.differs,
            Outcome::Failed => &mut self.failed,
        }
    }

    fn row(&self, name: &str) -> String {
        let Self { exact, equal, intended, differs, failed } = self;
        format!("{name:<WIDTH$}{exact:>7}{equal:>7}{intended:>10}{differs:>9}{failed:>8}\n")
    }
}

/// Counts per group, and of all.
pub(super) fn table(results: &Results, expectations: &Expectations) -> String {
    let mut table = format!("{:<WIDTH$}  exact  equal  intended  differs  failed\n", "group");
    for (group, ids) in by_group(results.keys()) {
        table += &Tally::of(ids.into_iter(), results, expectations).row(group);
    }
    table + &Tally::of(results.keys(), results, expectations).row("all")
}

/// What [`table`] tells of all, to be told with other suites.
pub(super) fn count(results: &Results, expectations: &Expectations, counts: &mut Counts) {
    let Tally { exact, equal, intended, differs, failed } = Tally::of(results.keys(), results, expectations);
    let columns = [(exact, "exact"), (equal, "equal"), (intended, "intended"), (differs, "differ"), (failed, "failed")];
    for (number, what) in columns {
        counts.add(number, what);
    }
}

/// What changed, with the differences of what got worse.
pub(super) fn details(judgement: &Judgement, results: &Results) -> String {
    let mut text = String::new();
    for id in judgement.worse.iter().take(MOST_SHOWN) {
        text += &worse(id, results);
    }
    text += &list("better than the baseline (write it with --accept)", &judgement.better);
    text += &list("meant to differ, but not different (remove from intended.txt)", &judgement.stale);
    text
}

fn worse(id: &str, results: &Results) -> String {
    let Some(played) = results.get(id) else {
        return String::new();
    };
    let why = played.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let diff = crate::command::indented(&played.diff);
    format!("WORSE {} ({}{why})\n{diff}\n", visible(id), played.outcome.name())
}

/// How many there are, and which; nothing if there are none.
pub(super) fn list(what: &str, ids: &[String]) -> String {
    let mut lines: Vec<_> = ids.iter().take(MOST_LISTED).map(|id| visible(id)).collect();
    if ids.len() > MOST_LISTED {
        lines.push(format!("and {} more", ids.len() - MOST_LISTED));
    }
    match ids.len() {
        0 => String::new(),
        count => format!("{count} {what}:\n{}\n", crate::command::indented(&lines)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::intended::Intended;
    use super::super::judgement::tests::played;
    use super::*;

    #[test]
    fn every_scenario_is_counted_once() {
        use Outcome::{Differs, Equal, Exact, Failed};
        let results = played(&[("a/1", Exact), ("a/2", Equal), ("a/3", Differs), ("b/1", Differs), ("b/2", Failed)]);
        let expectations =
            Expectations { intended: Intended::parse("a/3 on purpose").unwrap(), ..Expectations::default() };
        let tally = Tally::of(results.keys(), &results, &expectations);
        assert_eq!(tally, Tally { exact: 1, equal: 1, intended: 1, differs: 1, failed: 1 });
        let mut all = Counts::default();
        count(&results, &expectations, &mut all);
        assert_eq!(all.to_string(), "1 exact, 1 equal, 1 intended, 1 differ, 1 failed");
        let rows = table(&results, &expectations);
        let rows: Vec<_> = rows.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(rows[1..], ["a 1 1 1 0 0", "b 0 0 0 1 1", "all 1 1 1 1 1"]);
    }

    #[test]
    fn a_list_is_cut_when_it_is_long() {
        let ids: Vec<_> = (0..42).map(|number| format!("a/{number} ")).collect();
        assert_eq!(list("of x", &[]), "");
        assert_eq!(list("of x", &ids[..1]), "1 of x:\n    a/0␠\n");
        assert!(list("of x", &ids).ends_with("    a/39␠\n    and 2 more\n"));
    }

    #[test]
    fn what_got_worse_is_shown_with_its_difference() {
        let mut results = played(&[("a/1", Outcome::Failed)]);
        let one = results.get_mut("a/1").unwrap();
        one.why = Some("not finished".to_owned());
        one.diff = vec!["- a: got".to_owned()];
        let judgement = Judgement { worse: vec!["a/1".to_owned()], ..Judgement::default() };
        assert_eq!(details(&judgement, &results), "WORSE a/1 (failed: not finished)\n    - a: got\n");
    }
}
