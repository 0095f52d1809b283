//! Messages from few to many: to all, or to groups in turn.

use super::{Measured, Scenario, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, Argument, Template};
use crate::options::{Target, Window};

/// Sequence numbers have eight digits.
const SEQUENCES: u64 = 100_000_000;
const STALLED: u64 = 10_000_000_000;

#[derive(Debug)]
pub(crate) struct Broadcast {
    measured: Measured,
    window: Window,
    /// How messages are sent: to all, or to each group.
    audiences: Vec<Audience>,
    /// Messages on their way.
    places: Vec<Place>,
    turn: usize,
    progressed: u64,
}

#[derive(Debug)]
struct Audience {
    template: Template,
    /// The call that joins it. To be among all takes none, but a server may answer the handshake before it counts the
    /// connection; it does when it answers calls.
    join: Vec<u8>,
    members: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    sequence: u64,
    /// Receivers that have not got the message.
    missing: usize,
}

impl Broadcast {
    pub(crate) fn new(target: &Target, window: Window, groups: Option<usize>) -> Self {
        let members = |group: usize| match groups {
            Some(groups) => (target.connections + groups - 1 - group) / groups,
            None => target.connections,
        };
        let audience = |group| Audience::new(target, groups.map(|_| group), members(group));
        let place = |sequence: usize| Place { sequence: sequence as u64, missing: 0 };
        Self {
            measured: Measured::default(),
            window,
            audiences: (0..groups.unwrap_or(1)).map(audience).collect(),
            places: (0..window.window).map(place).collect(),
            turn: 0,
            progressed: 0,
        }
    }

    /// Sends the message of a place, from the connections that send in turn.
    fn send(&mut self, generator: &mut Generator, place: usize) {
        let count = self.audiences.len();
        let audience = &mut self.audiences[self.turn % count];
        let sender = self.turn % self.window.drivers.min(generator.connections.len());
        self.turn += 1;
        self.places[place].missing = audience.members;
        let now = generator.clock();
        let call = audience.template.with_stamp(self.places[place].sequence, now);
        generator.send(sender, call);
    }

    fn received(&mut self, generator: &mut Generator, text: &[u8]) {
        let Some((sequence, sent)) = message::stamp(text) else { return generator.error("a message without a stamp") };
        let place = &mut self.places[sequence as usize % self.window.window];
        if place.sequence != sequence || place.missing == 0 {
            return generator.error("a message that nobody expects");
        }
        place.missing -= 1;
        self.measured.add(sent, generator.now);
    }
}

impl Audience {
    fn new(target: &Target, group: Option<usize>, members: usize) -> Self {
        let (protocol, text) = (target.protocol, message::stamped_text(target.payload));
        let name = group.map(|group| format!("g{group}"));
        let text = Argument::Text(&text);
        let record = match &name {
            Some(name) => message::call(protocol, 1, None, "SendToGroup", &[Argument::Text(name), text], None),
            None => message::call(protocol, 1, None, "Broadcast", &[text], None),
        };
        let (method, argument) = name.as_deref().map_or(("Echo", "ready"), |name| ("JoinGroup", name));
        let join = message::call(protocol, 1, Some("join"), method, &[Argument::Text(argument)], None);
        Self { template: Template::new(target, &record), join: message::wrapped(target, &join), members }
    }
}

impl Scenario for Broadcast {
    fn opened(&mut self, generator: &mut Generator, index: usize) {
        generator.output.extend_from_slice(&self.audiences[index % self.audiences.len()].join);
    }

    fn start(&mut self, generator: &mut Generator) {
        self.progressed = generator.clock();
        (0..self.places.len()).for_each(|place| self.send(generator, place));
    }

    #[inline]
    fn event(&mut self, generator: &mut Generator, _index: usize, event: Event<'_>) {
        match event {
            Event::Call { text } => self.received(generator, text),
            Event::Done { .. } => generator.ready += 1,
            Event::Failed { error, .. } => refuse(generator, error),
            _ => {}
        }
    }

    fn round_end(&mut self, generator: &mut Generator) {
        if self.progressed == 0 {
            return;
        }
        for index in 0..self.places.len() {
            if self.places[index].missing == 0 {
                self.measured.rounds += 1;
                self.progressed = generator.now;
                let place = &mut self.places[index];
                place.sequence += self.window.window as u64;
                if place.sequence >= SEQUENCES {
                    place.sequence = index as u64;
                }
                self.send(generator, index);
            }
        }
        if generator.now > self.progressed + STALLED {
            self.progressed = generator.now;
            generator.error("a message did not reach everybody within 10 seconds");
        }
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
