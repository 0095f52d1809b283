//! Connections that join groups, if any, and do nothing more.

use super::joining::Joining;
use super::{Measured, Scenario, refuse};
use crate::event::Event;
use crate::generator::Generator;
use crate::options::{Joins, Target};

#[derive(Debug)]
pub(crate) struct Quiet {
    measured: Measured,
    joining: Joining,
}

impl Quiet {
    pub(crate) fn new(target: &Target, joins: Joins) -> Self {
        Self { measured: Measured::default(), joining: Joining::new(target, joins) }
    }
}

impl Scenario for Quiet {
    fn opened(&mut self, generator: &mut Generator, index: usize) {
        self.joining.opened(generator, index);
    }

    fn event(&mut self, generator: &mut Generator, index: usize, event: Event<'_>) {
        match event {
            Event::Done { id, .. } => {
                self.joining.done(generator, index, id);
            }
            Event::Failed { error, .. } => refuse(generator, error),
            _ => {}
        }
    }

    fn measured(&mut self) -> &mut Measured {
        &mut self.measured
    }
}
