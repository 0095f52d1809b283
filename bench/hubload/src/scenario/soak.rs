//! Connections that come and go, join groups and leave them, and send to groups, all at random.

use super::{Measured, Random, Scenario, refuse};
use crate::connection::State;
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, Argument, ID, NUMBER, Template};
use crate::options::Target;

/// Nanoseconds between steps: busy, and no load to speak of.
const STEP: u64 = 500_000;

#[derive(Debug)]
pub(crate) struct Soak {
    measured: Measured,
    random: Random,
    groups: u64,
    join: Template,
    leave: Template,
    send: Template,
    /// When the next step is due, while connections come and calls are made.
    next: Option<u64>,
}

impl Soak {
    pub(crate) fn new(target: &Target, groups: u64) -> Self {
        let (name, text) = (format!("g{NUMBER}"), message::text(target.payload));
        let (name, text) = (Argument::Text(&name), Argument::Text(&text));
        let template = |method: &str, arguments: &[Argument<'_>]| {
            Template::new(target, &message::call(target.protocol, 1, Some(ID), method, arguments, None))
        };
        let join = template("JoinGroup", std::slice::from_ref(&name));
        let leave = template("LeaveGroup", std::slice::from_ref(&name));
        let send = template("SendToGroup", &[name, text]);
        Self { measured: Measured::default(), random: Random::new(), groups, join, leave, send, next: None }
    }

    /// Lets all go.
    pub(crate) fn stop(&mut self, generator: &mut Generator) {
        self.next = None;
        generator.is_ending = true;
        (0..generator.connections.len()).for_each(|index| generator.hang_up(index));
    }

    fn step(&mut self, generator: &mut Generator) {
        let index = self.random.below(generator.connections.len() as u64) as usize;
        let group = self.random.below(self.groups);
        match (generator.connections[index].state, self.random.below(100)) {
            (State::Closed, _) => generator.open(self, index),
            (State::Open, 0..10) => generator.say_goodbye(index),
            (State::Open, 10..15) => generator.hang_up(index),
            (State::Open, 15..50) => generator.send(index, self.join.with_number(group).bytes()),
            (State::Open, 50..80) => generator.send(index, self.leave.with_number(group).bytes()),
            (State::Open, _) => generator.send(index, self.send.with_number(group).bytes()),
            _ => {}
        }
        self.measured.operations += 1;
    }
}

impl Scenario for Soak {
    fn start(&mut self, generator: &mut Generator) {
        generator.is_ending = false;
        self.next = Some(generator.clock());
    }

    fn event(&mut self, generator: &mut Generator, _index: usize, event: Event<'_>) {
        if let Event::Failed { error, .. } = event {
            refuse(generator, error);
        }
    }

    fn round_end(&mut self, generator: &mut Generator) {
        while let Some(due) = self.next.filter(|&due| due <= generator.now) {
            self.next = Some(due + STEP);
            self.step(generator);
        }
    }

    fn closed(&mut self, _generator: &mut Generator, _index: usize) -> bool {
        true
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
