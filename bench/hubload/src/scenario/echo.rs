//! Calls of Echo, as soon as answers come or on a schedule.

use super::{IDS, Measured, Scenario, id, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, Argument, ID, Template};
use crate::options::{Protocol, Target};

#[derive(Debug)]
pub(crate) struct Echo {
    measured: Measured,
    inflight: usize,
    template: Template,
    expected: Vec<u8>,
    /// What is on its way, `inflight` for each connection.
    places: Vec<Place>,
    schedule: Option<Schedule>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    id: u32,
    /// When the call was due; none is on its way without.
    due: Option<u64>,
}

#[derive(Debug)]
struct Schedule {
    /// Nanoseconds between calls.
    every: f64,
    next: f64,
    turn: usize,
}

impl Echo {
    pub(crate) fn new(target: &Target, inflight: usize, rate: Option<f64>) -> Self {
        let text = message::text(target.payload);
        let record = message::call(target.protocol, 1, Some(ID), "Echo", &[Argument::Text(&text)], None);
        let place = |index| Place { id: (index % inflight) as u32, due: None };
        Self {
            measured: Measured::default(),
            inflight,
            template: Template::new(target, &record),
            expected: expected(target.protocol, &text),
            places: (0..target.connections * inflight).map(place).collect(),
            schedule: rate.map(|rate| Schedule { every: 1e9 / rate, next: 0.0, turn: 0 }),
        }
    }

    /// The next call of a place.
    #[inline]
    fn call(&mut self, place: usize, due: u64) -> &[u8] {
        let Place { id, .. } = self.places[place];
        let step = self.inflight as u32;
        let id = if id + step < IDS { id + step } else { (place % self.inflight) as u32 };
        self.places[place] = Place { id, due: Some(due) };
        self.template.with_id(id)
    }

    /// A place of an open connection that waits for no answer; connections take turns.
    fn free_place(&mut self, generator: &Generator, turn: usize) -> Option<usize> {
        let count = generator.connections.len();
        let open = (0..count).map(|step| (turn + step) % count).filter(|&index| generator.is_open(index));
        open.flat_map(|index| index * self.inflight..(index + 1) * self.inflight)
            .find(|&place| self.places[place].due.is_none())
    }

    fn keep_schedule(&mut self, generator: &mut Generator) {
        let Some(Schedule { every, mut next, mut turn }) = self.schedule else { return };
        while next <= generator.clock() as f64 {
            let Some(place) = self.free_place(generator, turn) else { break };
            let index = place / self.inflight;
            turn = index + 1;
            generator.send(index, self.call(place, next as u64));
            next += every;
        }
        self.measured.behind = ((generator.now as f64 - next) / every).max(0.0) as u64;
        self.schedule = Some(Schedule { every, next, turn });
    }
}

/// What comes back for a text.
pub(super) fn expected(protocol: Protocol, text: &str) -> Vec<u8> {
    match protocol {
        Protocol::Json => format!("\"{text}\"").into_bytes(),
        Protocol::Messagepack => text.as_bytes().to_vec(),
    }
}

impl Scenario for Echo {
    fn start(&mut self, generator: &mut Generator) {
        let now = generator.clock();
        if let Some(schedule) = &mut self.schedule {
            generator.spins = true;
            schedule.next = now as f64;
            return;
        }
        for index in 0..generator.connections.len() {
            let places = index * self.inflight..(index + 1) * self.inflight;
            let calls: Vec<u8> = places.flat_map(|place| self.call(place, now).to_vec()).collect();
            generator.send(index, &calls);
        }
    }

    #[inline]
    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>) {
        let (id_text, result) = match event {
            Event::Done { id, result } => (id, result),
            Event::Failed { error, .. } => return refuse(generator, error),
            _ => return,
        };
        let id = id(id_text).unwrap_or(u32::MAX);
        let place = index * self.inflight + id as usize % self.inflight;
        let Place { id: expected, due: Some(due) } = self.places[place] else {
            return generator.error("an answer without a call");
        };
        if id != expected || result != self.expected {
            return generator.error("a wrong answer");
        }
        self.measured.add(due, generator.now);
        self.places[place].due = None;
        if self.schedule.is_none() {
            let now = generator.now;
            let call = self.call(place, now);
            generator.output.extend_from_slice(call);
        }
    }

    fn round_end(&mut self, generator: &mut Generator) {
        if self.schedule.as_ref().is_some_and(|schedule| schedule.next > 0.0) {
            self.keep_schedule(generator);
        }
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
