//! Users that connect, call Echo, say goodbye, and come again.

use super::{Measured, Scenario, echo, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::message::{self, Argument, ID, Template};
use crate::options::Target;

#[derive(Debug)]
pub(crate) struct Storm {
    measured: Measured,
    template: Template,
    expected: Vec<u8>,
    gone: Vec<usize>,
}

impl Storm {
    pub(crate) fn new(target: &Target) -> Self {
        let text = message::text(target.payload);
        let record = message::call(target.protocol, 1, Some(ID), "Echo", &[Argument::Text(&text)], None);
        Self {
            measured: Measured::default(),
            template: Template::new(target, &record),
            expected: echo::expected(target.protocol, &text),
            gone: Vec::new(),
        }
    }
}

impl Scenario for Storm {
    fn opened(&mut self, generator: &mut Generator, _index: usize) {
        generator.ready += 1;
        generator.output.extend_from_slice(self.template.bytes());
    }

    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>) {
        match event {
            Event::Done { result, .. } if result == self.expected => {
                self.measured.add(generator.connections[index].began, generator.now);
            }
            Event::Done { .. } => generator.error("a wrong answer"),
            Event::Failed { error, .. } => refuse(generator, error),
            _ => return,
        }
        generator.say_goodbye(index);
    }

    fn round_end(&mut self, generator: &mut Generator) {
        for index in std::mem::take(&mut self.gone) {
            generator.open(self, index);
        }
    }

    fn closed(&mut self, _generator: &mut Generator, index: usize) -> bool {
        self.gone.push(index);
        true
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
