//! Commands that wait for the acknowledgement of whichever server has the connection.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// The commands of this server that are not acknowledged yet, by number.
#[derive(Debug, Default)]
pub(crate) struct Acks(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    last: i32,
    waiting: HashMap<i32, oneshot::Sender<()>>,
}

/// A command that waits; dropping it is to give up.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    acks: &'a Acks,
    pub(crate) id: i32,
    pub(crate) acknowledged: oneshot::Receiver<()>,
}

impl Acks {
    /// Numbers a command.
    pub(crate) fn open(&self) -> Waiting<'_> {
        let (sender, acknowledged) = oneshot::channel();
        let id = self.with(|open| {
            open.last = open.last.checked_add(1).unwrap_or(1);
            open.waiting.insert(open.last, sender);
            open.last
        });
        Waiting { acks: self, id, acknowledged }
    }

    /// A command has been carried out; a number that nobody waits for is ignored.
    pub(crate) fn acknowledge(&self, id: i32) {
        if let Some(sender) = self.with(|open| open.waiting.remove(&id)) {
            // Whoever waits may have given up.
            let _ = sender.send(());
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Open) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.acks.with(|open| open.waiting.remove(&self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_numbered_from_one_and_forgotten_when_nobody_waits() {
        let acks = Acks::default();
        let (mut first, second) = (acks.open(), acks.open());
        assert_eq!((first.id, second.id), (1, 2));
        acks.acknowledge(7);
        acks.acknowledge(1);
        assert_eq!(first.acknowledged.try_recv(), Ok(()));
        acks.acknowledge(1);
        drop((first, second));
        acks.with(|open| assert!(open.waiting.is_empty()));
    }

    #[test]
    fn numbers_begin_again_behind_the_last() {
        let acks = Acks::default();
        acks.with(|open| open.last = i32::MAX - 1);
        assert_eq!((acks.open().id, acks.open().id), (i32::MAX, 1));
    }
}
