//! Which channels are to be subscribed, by how many, and which are.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

/// The channels somebody wants. What Redis is told follows from it, so that nothing is ever subscribed by one and
/// forgotten by another.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    channels: HashMap<Arc<str>, Entry>,
    /// Those that may have to be subscribed or given up, in the order in which that came about.
    changed: Vec<Arc<str>>,
    /// Redis is being told.
    telling: bool,
}

#[derive(Debug, Default)]
struct Entry {
    /// How many want it. Who joins and leaves at once from two threads may be counted as leaving first.
    count: i64,
    subscribed: bool,
    /// It is in the list of changes.
    noted: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

/// What is to be told to Redis.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) give_up: Vec<Arc<str>>,
    pub(crate) subscribe: Vec<Arc<str>>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.subscribe.is_empty() && self.give_up.is_empty()
    }
}

impl Wanted {
    /// One more wants this channel; what tells when it is subscribed, unless it is already.
    pub(crate) fn acquire(&mut self, channel: &str) -> Option<oneshot::Receiver<()>> {
        self.count(channel, 1);
        self.wait(channel)
    }

    /// One fewer wants this channel.
    pub(crate) fn release(&mut self, channel: &str) {
        self.count(channel, -1);
    }

    /// What tells when a channel is subscribed that others have acquired; nothing if it is, or nobody has.
    pub(crate) fn wait(&mut self, channel: &str) -> Option<oneshot::Receiver<()>> {
        let entry = self.channels.get_mut(channel).filter(|entry| !entry.subscribed && entry.count > 0)?;
        let (sender, receiver) = oneshot::channel();
        entry.waiting.push(sender);
        Some(receiver)
    }

    /// Whether Redis has been told everything.
    pub(crate) fn is_settled(&self) -> bool {
        self.changed.is_empty() && !self.telling
    }

    fn count(&mut self, channel: &str, by: i64) {
        let known = self.channels.get_key_value(channel).map(|(name, _)| Arc::clone(name));
        let name = known.unwrap_or_else(|| channel.into());
        let entry = self.channels.entry(Arc::clone(&name)).or_default();
        entry.count += by;
        entry.note(&name, &mut self.changed);
    }

    /// Takes what is to be told to Redis. What is to be given up counts as given up from now on.
    pub(crate) fn take_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        for name in std::mem::take(&mut self.changed) {
            let Some(entry) = self.channels.get_mut(&name) else { continue };
            entry.noted = false;
            let (wanted, subscribed) = (entry.count > 0, entry.subscribed);
            entry.subscribed &= wanted;
            if entry.count == 0 {
                self.channels.remove(&name);
            }
            match (wanted, subscribed) {
                (true, false) => changes.subscribe.push(name),
                (false, true) => changes.give_up.push(name),
                _ => {}
            }
        }
        self.telling = !changes.is_empty();
        changes
    }

    /// Redis has subscribed these.
    pub(crate) fn subscribed(&mut self, channels: &[Arc<str>]) {
        for name in channels {
            let entry = self.channels.entry(Arc::clone(name)).or_default();
            entry.subscribed = true;
            for waiting in entry.waiting.drain(..) {
                // Whoever waits may have given up.
                let _ = waiting.send(());
            }
            if entry.count <= 0 {
                entry.note(name, &mut self.changed);
            }
        }
    }

    /// Redis has refused to subscribe these: who waits for them learns that, and who still wants them has them
    /// subscribed with the next connection.
    pub(crate) fn refused(&mut self, channels: &[Arc<str>]) {
        for name in channels {
            if let Some(entry) = self.channels.get_mut(name) {
                entry.waiting.clear();
            }
        }
    }

    /// Whether Redis did this is not known: it is told again.
    pub(crate) fn undecided(&mut self, changes: &Changes) {
        for name in &changes.give_up {
            self.channels.entry(Arc::clone(name)).or_default().subscribed = true;
        }
        for name in changes.give_up.iter().chain(&changes.subscribe) {
            if let Some(entry) = self.channels.get_mut(name) {
                entry.note(name, &mut self.changed);
            }
        }
    }

    /// The connection is lost, and every subscription with it.
    pub(crate) fn lost(&mut self) {
        for (name, entry) in &mut self.channels {
            entry.subscribed = false;
            entry.note(name, &mut self.changed);
        }
    }
}

impl Entry {
    fn note(&mut self, name: &Arc<str>, changed: &mut Vec<Arc<str>>) {
        if !self.noted {
            self.noted = true;
            changed.push(Arc::clone(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(channels: &[Arc<str>]) -> Vec<&str> {
        channels.iter().map(AsRef::as_ref).collect()
    }

    /// Has Redis do what it is told; what that was.
    fn reconcile(wanted: &mut Wanted) -> (Vec<String>, Vec<String>) {
        let changes = wanted.take_changes();
        wanted.subscribed(&changes.subscribe);
        let texts = |list: &[Arc<str>]| names(list).into_iter().map(str::to_owned).collect();
        (texts(&changes.subscribe), texts(&changes.give_up))
    }

    fn told(subscribe: &[&str], give_up: &[&str]) -> (Vec<String>, Vec<String>) {
        let texts = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
        (texts(subscribe), texts(give_up))
    }

    #[test]
    fn the_first_subscribes_and_the_last_gives_up() {
        let mut wanted = Wanted::default();
        let mut first = wanted.acquire("g").unwrap();
        let mut second = wanted.acquire("g").unwrap();
        assert_eq!(reconcile(&mut wanted), told(&["g"], &[]));
        assert_eq!((first.try_recv(), second.try_recv()), (Ok(()), Ok(())));
        assert!(wanted.acquire("g").is_none());
        wanted.release("g");
        wanted.release("g");
        assert_eq!(reconcile(&mut wanted), told(&[], &[]));
        wanted.release("g");
        assert_eq!(reconcile(&mut wanted), told(&[], &["g"]));
        assert!(wanted.channels.is_empty() && wanted.changed.is_empty());
    }

    #[test]
    fn changes_keep_their_order_and_come_once() {
        let mut wanted = Wanted::default();
        for name in ["b", "a", "c", "a"] {
            drop(wanted.acquire(name));
        }
        wanted.release("c");
        assert_eq!(reconcile(&mut wanted), told(&["b", "a"], &[]));
    }

    #[test]
    fn who_comes_while_a_channel_is_given_up_has_it_subscribed_again() {
        let mut wanted = Wanted::default();
        drop(wanted.acquire("g"));
        reconcile(&mut wanted);
        wanted.release("g");
        let changes = wanted.take_changes();
        assert_eq!(names(&changes.give_up), ["g"]);
        let mut again = wanted.acquire("g").unwrap();
        assert!(again.try_recv().is_err());
        assert_eq!(reconcile(&mut wanted), told(&["g"], &[]));
        assert_eq!(again.try_recv(), Ok(()));
    }

    #[test]
    fn who_leaves_while_a_channel_is_subscribed_has_it_given_up() {
        let mut wanted = Wanted::default();
        drop(wanted.acquire("g"));
        let changes = wanted.take_changes();
        wanted.release("g");
        wanted.subscribed(&changes.subscribe);
        assert_eq!(reconcile(&mut wanted), told(&[], &["g"]));
        assert!(wanted.channels.is_empty());
    }

    #[test]
    fn leaving_may_be_counted_before_joining() {
        let mut wanted = Wanted::default();
        wanted.release("g");
        assert_eq!(reconcile(&mut wanted), told(&[], &[]));
        assert!(wanted.acquire("g").is_none());
        assert_eq!(reconcile(&mut wanted), told(&[], &[]));
        assert!(wanted.channels.is_empty());
    }

    #[test]
    fn what_was_lost_is_subscribed_again_but_for_what_nobody_wants_any_more() {
        let mut wanted = Wanted::default();
        drop((wanted.acquire("a"), wanted.acquire("b")));
        reconcile(&mut wanted);
        wanted.lost();
        wanted.release("b");
        assert!(wanted.wait("a").is_some());
        assert_eq!(reconcile(&mut wanted), told(&["a"], &[]));
        assert!(wanted.wait("a").is_none());
    }

    #[test]
    fn what_is_not_known_to_be_done_is_told_again() {
        let mut wanted = Wanted::default();
        drop((wanted.acquire("a"), wanted.acquire("b")));
        reconcile(&mut wanted);
        wanted.release("a");
        drop(wanted.acquire("c"));
        let changes = wanted.take_changes();
        wanted.undecided(&changes);
        assert_eq!(reconcile(&mut wanted), told(&["c"], &["a"]));
        assert_eq!(wanted.channels.len(), 2);
    }

    #[test]
    fn who_waits_for_a_refused_channel_learns_it() {
        let mut wanted = Wanted::default();
        let mut waiting = wanted.acquire("g").unwrap();
        let changes = wanted.take_changes();
        wanted.refused(&changes.subscribe);
        assert!(matches!(waiting.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
    }
}
