//! What is measured, and what it shall come to.

/// A load, as the generator is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The generator's words.
    pub(crate) load: &'static str,
    pub(crate) target: Target,
    /// The server's words beyond its address.
    pub(crate) workers: u8,
}

/// What a case shall come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// Operations for a second of the server's processor, as a part of what the yardstick does.
    Ratio(f64),
    /// As much for a second of the server's processor.
    Operations(f64),
    /// At most so many bytes of resident memory for each connection.
    Memory(f64),
    /// Only told.
    None,
}

impl Case {
    const fn new(name: &'static str, load: &'static str, target: Target) -> Self {
        Self { name, load, target, workers: 1 }
    }

    const fn with_workers(self, workers: u8) -> Self {
        Self { workers, ..self }
    }

    /// Whether the yardstick speaks this.
    pub(crate) fn has_floor(&self) -> bool {
        !self.load.contains("--transport")
    }

    /// Whether latency is what it is about.
    pub(crate) fn is_calm(&self) -> bool {
        self.load.contains("--rate") || self.load.ends_with("-n 1")
    }
}

/// All cases, in the order in which they are told.
pub(crate) const CASES: &[Case] = &[
    Case::new("echo-1", "echo -n 1", Target::None),
    Case::new("echo-30k", "echo -n 100 -k 8 --rate 30000", Target::None),
    Case::new("echo-100", "echo -n 100", Target::Ratio(0.85)),
    Case::new("echo-1000", "echo -n 1000", Target::Ratio(0.85)),
    Case::new("echo-10000", "echo -n 10000", Target::None),
    Case::new("echo-inflight", "echo -n 100 -k 16", Target::Ratio(0.55)),
    Case::new("broadcast-1000", "broadcast -n 1000", Target::Ratio(0.90)),
    Case::new("broadcast-10000", "broadcast -n 10000", Target::None),
    Case::new("broadcast-window", "broadcast -n 1000 --window 8", Target::Ratio(0.80)),
    Case::new("group", "group -n 1000 --groups 10", Target::Ratio(0.90)),
    Case::new("stream", "stream -n 10", Target::Ratio(0.20)),
    Case::new("upload", "upload -n 10", Target::Ratio(0.20)),
    Case::new("storm", "storm -n 32", Target::Ratio(0.80)),
    Case::new("idle", "idle -n 10000", Target::Memory(4096.0)),
    Case::new("messagepack-echo-100", "echo -n 100 --protocol messagepack", Target::Ratio(0.85)),
    Case::new("messagepack-echo-inflight", "echo -n 100 -k 16 --protocol messagepack", Target::Ratio(0.55)),
    Case::new("messagepack-broadcast", "broadcast -n 1000 --protocol messagepack", Target::Ratio(0.90)),
    Case::new("messagepack-stream", "stream -n 10 --protocol messagepack", Target::Ratio(0.20)),
    Case::new("messagepack-upload", "upload -n 10 --protocol messagepack", Target::Ratio(0.20)),
    Case::new("sse-echo", "echo -n 100 --transport sse", Target::Operations(2.5 * 24_000.0)),
    Case::new("sse-broadcast", "broadcast -n 1000 --transport sse", Target::None),
    Case::new("lp-echo", "echo -n 100 --transport lp", Target::Operations(2.5 * 12_700.0)),
    Case::new("lp-broadcast", "broadcast -n 100 --transport lp", Target::Operations(2.5 * 28_000.0)),
    Case::new("cores-broadcast-1", "broadcast -n 1000 --window 8 --drivers 8", Target::None),
    Case::new("cores-broadcast-2", "broadcast -n 1000 --window 8 --drivers 8", Target::None).with_workers(2),
    Case::new("cores-echo-2", "echo -n 100", Target::None).with_workers(2),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let names: HashSet<_> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
    }
}
