//! Streams of numbers from every connection.

use wire::{json, message_pack};

use super::{IDS, Measured, Scenario, id, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, ID, Template};
use crate::options::{Protocol, Target};

/// Streams of a connection have so many ids in turn.
const STREAMS: u32 = 8;

#[derive(Debug)]
pub(crate) struct Upload {
    measured: Measured,
    count: u64,
    /// Whole uploads; only the invocation id changes.
    templates: Vec<Template>,
    /// For each connection, the id of its upload and when it began.
    uploads: Vec<(u32, u64)>,
}

impl Upload {
    pub(crate) fn new(target: &Target, count: u64) -> Self {
        Self {
            measured: Measured::default(),
            count,
            templates: (0..STREAMS).map(|stream| template(target, &format!("s{stream}"), count)).collect(),
            uploads: vec![(0, 0); target.connections],
        }
    }

    fn send(&mut self, generator: &mut Generator, index: usize) {
        let id = (self.uploads[index].0 + 1) % IDS;
        self.uploads[index] = (id, generator.now);
        let upload = self.templates[(id % STREAMS) as usize].with_id(id);
        generator.send(index, upload);
    }
}

fn template(target: &Target, stream: &str, count: u64) -> Template {
    let protocol = target.protocol;
    let record = message::call(protocol, 1, Some(ID), "UploadSum", &[], Some(stream));
    let mut template = Template::new(target, &record);
    (0..count).for_each(|number| template.push(target, &message::item(protocol, stream, number)));
    template.push(target, &message::end(protocol, stream));
    template
}

impl Scenario for Upload {
    fn start(&mut self, generator: &mut Generator) {
        generator.clock();
        (0..generator.connections.len()).for_each(|index| self.send(generator, index));
    }

    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>) {
        let (id_text, result) = match event {
            Event::Done { id, result } => (id, result),
            Event::Failed { error, .. } => return refuse(generator, error),
            _ => return,
        };
        let (expected, began) = self.uploads[index];
        let sum = match generator.target.protocol {
            Protocol::Json => json::number(result),
            Protocol::Messagepack => message_pack::Reader::new(result).number(),
        };
        if id(id_text) != Some(expected) || sum != Some(self.count * self.count.saturating_sub(1) / 2) {
            generator.error("a wrong sum");
        }
        self.measured.latency.add(generator.now - began);
        self.measured.rounds += 1;
        self.measured.operations += self.count;
        self.send(generator, index);
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
