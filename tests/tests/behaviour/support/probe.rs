//! What a hub and its test know of each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

/// A log that the hub writes, and gates that hold its calls up until the test opens them.
#[derive(Clone, Default)]
pub(crate) struct Probe(Arc<Inner>);

#[derive(Default)]
struct Inner {
    log: Mutex<Vec<String>>,
    gates: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Probe {
    /// Writes a line.
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.log.lock().unwrap().push(line.into());
    }

    /// Takes the lines written since the last time.
    pub(crate) fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.0.log.lock().unwrap())
    }

    /// Waits at a gate; each opening lets one through.
    pub(crate) async fn pass(&self, gate: &str) {
        self.gate(gate).acquire().await.unwrap().forget();
    }

    /// Lets one call through a gate.
    pub(crate) fn open(&self, gate: &str) {
        self.gate(gate).add_permits(1);
    }

    fn gate(&self, name: &str) -> Arc<Semaphore> {
        let mut gates = self.0.gates.lock().unwrap();
        Arc::clone(gates.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(0))))
    }
}
