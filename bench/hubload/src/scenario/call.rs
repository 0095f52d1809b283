//! Calls of any method with changing numbers: to groups, to users, of joins and leaves.

use super::joining::Joining;
use super::{Measured, Random, Scenario, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, Argument, ID, NUMBER, Template};
use crate::options::{Calls, Target};

#[derive(Debug)]
pub(crate) struct Call {
    measured: Measured,
    joining: Joining,
    /// For each method.
    templates: Vec<Template>,
    numbers: u64,
    random: Random,
    places: Vec<Place>,
}

/// The call of a connection that is on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    method: usize,
    number: u64,
    began: u64,
}

impl Call {
    pub(crate) fn new(target: &Target, calls: &Calls) -> Self {
        let arguments: Vec<_> = calls.argument.iter().map(|text| text.replace("{}", NUMBER)).collect();
        let arguments: Vec<_> = arguments.iter().map(|text| Argument::Text(text)).collect();
        let record = |method: &String| message::call(target.protocol, 1, Some(ID), method, &arguments, None);
        Self {
            measured: Measured::default(),
            joining: Joining::new(target, calls.joins),
            templates: calls.method.iter().map(|method| Template::new(target, &record(method))).collect(),
            numbers: calls.numbers,
            random: Random::new(),
            places: vec![Place::default(); target.connections],
        }
    }

    /// The next call of a connection: the next method with the same number, or the first with another one.
    fn call(&mut self, index: usize, now: u64) -> &[u8] {
        let place = &mut self.places[index];
        place.began = now;
        place.method = (place.method + 1) % self.templates.len();
        if place.method == 0 {
            place.number = self.random.below(self.numbers);
        }
        self.templates[place.method].with_number(place.number).bytes()
    }
}

impl Scenario for Call {
    fn opened(&mut self, generator: &mut Generator, index: usize) {
        self.places[index].method = self.templates.len() - 1;
        self.joining.opened(generator, index);
    }

    fn start(&mut self, generator: &mut Generator) {
        let now = generator.clock();
        for index in 0..generator.connections.len() {
            let call = self.call(index, now);
            generator.send(index, call);
        }
    }

    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>) {
        match event {
            Event::Done { id, .. } if self.joining.done(generator, index, id) => {}
            Event::Done { .. } => {
                self.measured.add(self.places[index].began, generator.now);
                let now = generator.now;
                let call = self.call(index, now);
                generator.output.extend_from_slice(call);
            }
            Event::Failed { error, .. } => refuse(generator, error),
            _ => {}
        }
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
