//! What results mean in the light of what was expected.

use super::baseline::Baseline;
use super::intended::Intended;
use super::suite::{Outcome, Results};

/// What is known of all scenarios before they are played.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    pub(super) baseline: Baseline,
    pub(super) intended: Intended,
}

impl Expectations {
    /// What the files name but the suite does not have.
    pub(super) fn missing(&self, results: &Results) -> Vec<String> {
        let baseline = self.baseline.ids().filter(|id| !results.contains_key(*id));
        baseline.chain(self.intended.unmatched(results.keys())).cloned().collect()
    }
}

/// The ids that somebody should hear about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    /// Worse than the baseline; or neither exact nor equal, and not in the baseline.
    pub(super) worse: Vec<String>,
    /// Better than the baseline, which should be written anew.
    pub(super) better: Vec<String>,
    /// Meant to differ, but do not.
    pub(super) stale: Vec<String>,
}

/// Compares results with what was expected.
pub(super) fn judge(results: &Results, expectations: &Expectations) -> Judgement {
    let mut judgement = Judgement::default();
    for (id, played) in results {
        if let Some(list) = judgement.list_for(id, played.outcome, expectations) {
            list.push(id.clone());
        }
    }
    judgement
}

impl Judgement {
    fn list_for(&mut self, id: &str, outcome: Outcome, expectations: &Expectations) -> Option<&mut Vec<String>> {
        if expectations.intended.contains(id) {
            return outcome.is_good().then_some(&mut self.stale);
        }
        match expectations.baseline.outcome(id) {
            Some(before) if outcome.is_worse_than(before) => Some(&mut self.worse),
            Some(before) => before.is_worse_than(outcome).then_some(&mut self.better),
            None if outcome.is_good() => Some(&mut self.better),
            None => Some(&mut self.worse),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::suite::Played;
    use super::*;

    /// Results with nothing but outcomes.
    pub(in super::super) fn played(outcomes: &[(&str, Outcome)]) -> Results {
        let entry = |&(id, outcome): &(&str, Outcome)| (id.to_owned(), Played { outcome, why: None, diff: Vec::new() });
        outcomes.iter().map(entry).collect()
    }

    fn expectations() -> Expectations {
        Expectations {
            baseline: Baseline::parse("exact a\nequal b\ndiffers c\nfailed d\ndiffers f").unwrap(),
            intended: Intended::parse("f on purpose").unwrap(),
        }
    }

    fn judged(outcomes: &[(&str, Outcome)]) -> Judgement {
        judge(&played(outcomes), &expectations())
    }

    #[test]
    fn what_stays_as_it_was_is_not_mentioned() {
        use Outcome::{Differs, Equal, Exact, Failed};
        let same = [("a", Exact), ("b", Equal), ("c", Failed), ("d", Differs), ("f", Differs)];
        assert_eq!(judged(&same), Judgement::default());
    }

    #[test]
    fn a_scenario_below_its_baseline_is_worse() {
        let worse = judged(&[("a", Outcome::Equal), ("b", Outcome::Failed)]).worse;
        assert_eq!(worse, ["a", "b"]);
    }

    #[test]
    fn a_scenario_above_its_baseline_is_better() {
        let better = judged(&[("b", Outcome::Exact), ("c", Outcome::Equal), ("d", Outcome::Exact)]).better;
        assert_eq!(better, ["b", "c", "d"]);
    }

    #[test]
    fn a_scenario_without_baseline_must_be_good() {
        let judgement = judged(&[("x", Outcome::Differs), ("y", Outcome::Equal)]);
        assert_eq!((judgement.worse, judgement.better), (vec!["x".to_owned()], vec!["y".to_owned()]));
    }

    #[test]
    fn what_is_meant_to_differ_is_stale_when_it_does_not() {
        let judgement = judged(&[("f", Outcome::Exact)]);
        assert_eq!(judgement, Judgement { stale: vec!["f".to_owned()], ..Judgement::default() });
    }

    #[test]
    fn what_the_files_name_must_be_played() {
        let missing = expectations().missing(&played(&[("a", Outcome::Exact), ("b", Outcome::Exact)]));
        assert_eq!(missing, ["c", "d", "f", "f"]);
    }
}
