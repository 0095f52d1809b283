//! Which scenarios need something that is not built yet, told from their recordings. Remove what gets built from the
//! lists below, and accept the outcomes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Deserialize;

use super::group;

/// Groups of which nothing is expected.
const GROUPS: [&str; 1] = ["stateful-reconnect"];

/// A path whose hub needs an option that is not there, and a query value.
const PATHS: [&str; 2] = ["/wire-reconnect", "useStatefulReconnect=true"];

/// The ids of a golden file that are not expected yet.
pub(super) fn later(golden: &str) -> Result<BTreeSet<String>> {
    let golden: Golden = serde_json::from_str(golden)?;
    let later = golden.scenarios.into_iter().filter(|(id, recording)| recording.is_later(id));
    Ok(later.map(|(id, _)| id).collect())
}

#[derive(Deserialize)]
struct Golden {
    scenarios: BTreeMap<String, Recording>,
}

#[derive(Deserialize)]
struct Recording {
    steps: Vec<Step>,
}

/// What is looked at of a step; the suite's README tells them all.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Step {
    did: String,
}

impl Recording {
    fn is_later(&self, id: &str) -> bool {
        GROUPS.contains(&group(id)) || self.steps.iter().any(Step::is_later)
    }
}

impl Step {
    /// Whether it needs an option that is not there.
    fn is_later(&self) -> bool {
        PATHS.iter().any(|path| self.did.contains(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_later(id: &str, steps: &str) -> bool {
        let golden = format!(r#"{{"format":1,"scenarios":{{"{id}":{{"title":"t","covers":[],"steps":[{steps}]}}}}}}"#);
        !later(&golden).unwrap().is_empty()
    }

    #[test]
    fn json_is_expected_on_every_transport() {
        let steps = r#"{"on":"a","did":"connect ws /wire?id=<token:1>"},
            {"on":"a","sent":"text","data":"{\"type\":1,\"target\":\"Echo\",\"arguments\":[\"secret\"]}␞"},
            {"on":"http","did":"POST /wire/negotiate?negotiateVersion=x","status":200,"body":"{\"error\":\"…\"}"}"#;
        assert!(!is_later("dispatch/x", steps));
        for did in ["connect sse /wire", "connect lp /wire", "GET (event-stream) /wire", "POST /echo?id=1"] {
            assert!(!is_later("dispatch/x", &format!(r#"{{"on":"a","did":"{did}"}}"#)), "{did}");
        }
    }

    #[test]
    fn whole_groups_are_later() {
        assert!(is_later("stateful-reconnect/x", r#"{"on":"a","did":"connect ws /wire"}"#));
    }

    /// A change of the rules that lets scenarios slip out of what is expected must be seen.
    #[test]
    fn what_is_expected_of_the_golden_file_is_counted() {
        let golden = include_str!("../../../tests/conformance/golden.json");
        let all: Golden = serde_json::from_str(golden).unwrap();
        assert_eq!((all.scenarios.len(), later(golden).unwrap().len()), (2565, 2565 - 2486));
    }
}
