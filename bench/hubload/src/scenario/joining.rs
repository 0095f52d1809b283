//! Groups that connections join before they are ready.

use crate::generator::Generator;
use crate::message::{self, Argument, NUMBER, Template};
use crate::options::{Joins, Target};

/// Marks the calls; other ids are numbers.
const ID: &str = "join";

#[derive(Debug)]
pub(super) struct Joining {
    options: Joins,
    template: Template,
    /// For each connection, the calls that are not answered.
    unanswered: Vec<u64>,
}

impl Joining {
    pub(super) fn new(target: &Target, options: Joins) -> Self {
        let name = format!("g{NUMBER}");
        let record = message::call(target.protocol, 1, Some(ID), "JoinGroup", &[Argument::Text(&name)], None);
        let unanswered = vec![options.joins; target.connections];
        Self { options, template: Template::new(target, &record), unanswered }
    }

    /// The first of the groups of a connection.
    pub(super) fn first(&self, index: usize) -> u64 {
        if self.options.shared { 0 } else { index as u64 * self.options.joins }
    }

    pub(super) fn opened(&mut self, generator: &mut Generator, index: usize) {
        if self.options.joins == 0 {
            generator.ready += 1;
        }
        let first = self.first(index);
        for group in first..first + self.options.joins {
            generator.output.extend_from_slice(self.template.with_number(group).bytes());
        }
    }

    /// Whether a completion was that of a join.
    pub(super) fn done(&mut self, generator: &mut Generator, index: usize, id: &[u8]) -> bool {
        if id != ID.as_bytes() {
            return false;
        }
        self.unanswered[index] -= 1;
        if self.unanswered[index] == 0 {
            generator.ready += 1;
        }
        true
    }
}
