//! Who is in which room.

use std::collections::HashMap;

use hub_server::{ConnectionId, HubError};

const LONGEST_LABEL: usize = 24;
const LONGEST_KEY: usize = 64;
const LONGEST_TEXT: usize = 1000;

/// Somebody in a room.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) room: String,
    /// Known to the guest's page alone: proves that a new connection is the same guest's.
    key: String,
}

impl Guest {
    pub(crate) fn new(name: &str, room: &str, key: &str) -> Result<Self, HubError> {
        Ok(Self {
            name: checked("name", name, LONGEST_LABEL)?,
            room: checked("room", room, LONGEST_LABEL)?,
            key: checked("key", key, LONGEST_KEY)?,
        })
    }

    /// The guest as a text, in a line for each part: none has one in it.
    pub(crate) fn written(&self) -> String {
        format!("{}\n{}\n{}", self.name, self.room, self.key)
    }

    /// The guest that was [`written`](Self::written).
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '\n').map(str::to_owned);
        Some(Self { name: parts.next()?, room: parts.next()?, key: parts.next()? })
    }
}

/// The guests of all rooms. A name is taken once in a room, however it is capitalised.
#[derive(Default)]
pub(crate) struct Guests(HashMap<ConnectionId, Guest>);

impl Guests {
    /// The guest at `connection`.
    pub(crate) fn at(&self, connection: &ConnectionId) -> Result<&Guest, HubError> {
        self.0.get(connection).ok_or_else(|| HubError::new("Join a room first"))
    }

    /// The connection of the one called `name` in `room`.
    pub(crate) fn find(&self, room: &str, name: &str) -> Option<&ConnectionId> {
        let name = name.to_lowercase();
        self.in_room(room).find(|(_, guest)| guest.name.to_lowercase() == name).map(|(connection, _)| connection)
    }

    /// The connection that `newcomer` had before, if any; fails if somebody else has the name.
    pub(crate) fn earlier(&self, newcomer: &Guest) -> Result<Option<ConnectionId>, HubError> {
        match self.find(&newcomer.room, &newcomer.name) {
            Some(connection) if self.at(connection)?.key != newcomer.key => {
                Err(HubError::new(format!("The name {} is taken in this room", newcomer.name)))
            }
            connection => Ok(connection.cloned()),
        }
    }

    /// The names in `room`, in order.
    pub(crate) fn names(&self, room: &str) -> Vec<String> {
        let mut names: Vec<_> = self.in_room(room).map(|(_, guest)| guest.name.clone()).collect();
        names.sort_by_key(|name| name.to_lowercase());
        names
    }

    pub(crate) fn add(&mut self, connection: ConnectionId, guest: Guest) {
        self.0.insert(connection, guest);
    }

    pub(crate) fn remove(&mut self, connection: &ConnectionId) -> Option<Guest> {
        self.0.remove(connection)
    }

    /// The connections in `room` that are not among these.
    pub(crate) fn absent(&self, room: &str, present: &[ConnectionId]) -> Vec<ConnectionId> {
        self.in_room(room).map(|(connection, _)| connection.clone()).filter(|id| !present.contains(id)).collect()
    }

    fn in_room(&self, room: &str) -> impl Iterator<Item = (&ConnectionId, &Guest)> {
        self.0.iter().filter(move |(_, guest)| guest.room == room)
    }
}

impl FromIterator<(ConnectionId, Guest)> for Guests {
    fn from_iter<I: IntoIterator<Item = (ConnectionId, Guest)>>(guests: I) -> Self {
        Self(guests.into_iter().collect())
    }
}

/// A message's text as it is passed on.
pub(crate) fn text(text: &str) -> Result<String, HubError> {
    checked("message", text, LONGEST_TEXT)
}

fn checked(what: &str, input: &str, longest: usize) -> Result<String, HubError> {
    let input = input.trim();
    if input.is_empty() || input.chars().count() > longest || input.chars().any(char::is_control) {
        return Err(HubError::new(format!("A {what} has 1 to {longest} characters, all printable")));
    }
    Ok(input.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_trimmed_and_bounded() {
        assert_eq!(text("  hello  ").unwrap(), "hello");
        assert!(text(&"x".repeat(LONGEST_TEXT)).is_ok());
        for bad in ["", "  ", "two\nlines", "bell\u{7}", &"x".repeat(LONGEST_TEXT + 1)] {
            assert!(text(bad).is_err(), "{bad:?}");
        }
        assert!(Guest::new(&"é".repeat(LONGEST_LABEL), "room", "key").is_ok());
        assert!(Guest::new(&"é".repeat(LONGEST_LABEL + 1), "room", "key").is_err());
        assert!(Guest::new("ann", "", "key").is_err());
        assert!(Guest::new("ann", "room", "").is_err());
    }

    #[test]
    fn a_guest_is_read_as_written() {
        let guest = Guest::new("ann", "garden", "k").unwrap();
        let read = Guest::read(&guest.written()).unwrap();
        assert_eq!((read.name, read.room, read.key), (guest.name, guest.room, guest.key));
        assert!(Guest::read("ann\ngarden").is_none());
    }
}
