//! Streams of numbers to every connection.

use super::{IDS, Measured, Scenario, id, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, Argument, ID, Template};
use crate::options::Target;

#[derive(Debug)]
pub(crate) struct Stream {
    measured: Measured,
    inflight: usize,
    count: u64,
    template: Template,
    /// `inflight` for each connection.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    id: u32,
    began: u64,
    items: u64,
}

impl Stream {
    pub(crate) fn new(target: &Target, inflight: usize, count: u64) -> Self {
        let arguments = [Argument::Number(count), Argument::Number(0)];
        let record = message::call(target.protocol, 4, Some(ID), "Counter", &arguments, None);
        let place = |index| Place { id: (index % inflight) as u32, began: 0, items: 0 };
        Self {
            measured: Measured::default(),
            inflight,
            count,
            template: Template::new(target, &record),
            places: (0..target.connections * inflight).map(place).collect(),
        }
    }

    /// Asks for the next stream of a place.
    fn ask(&mut self, place: usize, now: u64) -> &[u8] {
        let Place { id, .. } = self.places[place];
        let step = self.inflight as u32;
        let id = if id + step < IDS { id + step } else { (place % self.inflight) as u32 };
        self.places[place] = Place { id, began: now, items: 0 };
        self.template.with_id(id)
    }

    #[inline]
    fn place(&self, index: usize, text: &[u8]) -> Option<usize> {
        let id = id(text)?;
        let place = index * self.inflight + id as usize % self.inflight;
        (self.places[place].id == id).then_some(place)
    }
}

impl Scenario for Stream {
    fn start(&mut self, generator: &mut Generator) {
        let now = generator.clock();
        for place in 0..self.places.len() {
            let index = place / self.inflight;
            generator.send(index, self.ask(place, now));
        }
    }

    #[inline]
    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>) {
        let place = match event {
            Event::Item { id } | Event::Done { id, .. } => self.place(index, id),
            Event::Failed { error, .. } => return refuse(generator, error),
            _ => return,
        };
        let Some(place) = place else { return generator.error("an answer without a call") };
        if let Event::Item { .. } = event {
            self.places[place].items += 1;
            self.measured.operations += 1;
            return;
        }
        if self.places[place].items != self.count {
            generator.error("a stream with a wrong number of items");
        }
        self.measured.latency.add(generator.now - self.places[place].began);
        self.measured.rounds += 1;
        let now = generator.now;
        let request = self.ask(place, now);
        generator.output.extend_from_slice(request);
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
