//! Which scenarios need something that is not built yet, told from their recordings. Remove what gets built from the
//! lists below, and accept the outcomes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::group;

/// Groups of which nothing is expected.
const GROUPS: [&str; 1] = ["messagepack"];

/// Hub methods, in lower case, that are authorized.
const METHODS: [&str; 2] = ["adminonly", "secret"];

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
    /// How a message came: `text`, `binary`, `sse` and so on.
    got: String,
    /// What the client sent, as text.
    data: String,
    /// How the client sent that, or what was sent with a single request.
    sent: Value,
    msgpack: Option<String>,
}

impl Recording {
    fn is_later(&self, id: &str) -> bool {
        GROUPS.contains(&group(id)) || self.steps.iter().any(Step::is_later)
    }
}

impl Step {
    fn is_later(&self) -> bool {
        self.needs_message_pack() || self.needs_method()
    }

    fn needs_message_pack(&self) -> bool {
        self.msgpack.is_some()
            || self.got == "binary"
            || self.all_sent().any(|text| text.to_lowercase().contains(r#""messagepack""#))
    }

    fn needs_method(&self) -> bool {
        let targets = self.all_sent().flat_map(|text| text.split(r#""target":""#).skip(1));
        let targets = targets.filter_map(|rest| rest.split('"').next());
        targets.map(str::to_lowercase).any(|target| METHODS.contains(&target.as_str()))
    }

    fn all_sent(&self) -> impl Iterator<Item = &str> {
        self.sent.as_str().into_iter().chain([self.data.as_str()])
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
        assert!(is_later("messagepack/x", r#"{"on":"a","did":"connect ws /wire"}"#));
    }

    #[test]
    fn message_pack_is_later() {
        assert!(is_later("dispatch/x", r#"{"on":"a","got":"binary","msgpack":"9106","decoded":[6]}"#));
        assert!(is_later("lifecycle/x", r#"{"on":"a","got":"binary","json":"{}␞"}"#));
        assert!(is_later("handshake/x", r#"{"on":"a","sent":"text","data":"{\"protocol\":\"messagepack\"}␞"}"#));
        assert!(is_later("sse/x", r#"{"on":"http","did":"POST /wire","sent":"{\"protocol\":\"MessagePack\"}␞"}"#));
    }

    #[test]
    fn authorized_methods_are_later_however_they_are_spelled() {
        let sent = r#"{"on":"a","sent":"text","data":"{\"type\":4,\"target\":\"SECRET\",\"arguments\":[]}␞"}"#;
        assert!(is_later("dispatch/x", sent));
    }

    /// A change of the rules that lets scenarios slip out of what is expected must be seen.
    #[test]
    fn what_is_expected_of_the_golden_file_is_counted() {
        let golden = include_str!("../../../tests/conformance/golden.json");
        let all: Golden = serde_json::from_str(golden).unwrap();
        assert_eq!((all.scenarios.len(), later(golden).unwrap().len()), (2565, 2565 - 1988));
    }
}
