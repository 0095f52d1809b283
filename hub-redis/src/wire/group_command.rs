//! A command to whichever server has a connection.

use bytes::Bytes;

use super::invocation::{array, integer, text};
use super::{Reader, Unreadable};

/// Adds the connection to the group.
pub(crate) const ADD: u8 = 1;
/// Removes the connection from the group.
pub(crate) const REMOVE: u8 = 2;
/// Ends the connection. ASP.NET Core acknowledges it as it does every command that it does not know, and does nothing.
pub(crate) const ABORT: u8 = 100;

/// `[id, server, action, group, connection]`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GroupCommand<'a> {
    pub(crate) id: i32,
    /// The name of the server that waits for an acknowledgement.
    pub(crate) server: &'a str,
    pub(crate) action: u8,
    pub(crate) group: &'a str,
    pub(crate) connection: &'a str,
}

impl<'a> GroupCommand<'a> {
    pub(crate) fn read(payload: &'a Bytes) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(payload);
        reader.array(5, "Insufficient items in GroupCommand array.")?;
        Ok(Self {
            id: reader.integer()?,
            server: reader.text()?,
            action: reader.integer()?,
            group: reader.text()?,
            connection: reader.text()?,
        })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + self.server.len() + self.group.len() + self.connection.len());
        array(&mut out, 5);
        integer(&mut out, self.id);
        text(&mut out, self.server);
        integer(&mut out, self.action.into());
        text(&mut out, self.group);
        text(&mut out, self.connection);
        out
    }
}
