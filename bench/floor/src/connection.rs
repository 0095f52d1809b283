//! What is known of one client.

use std::os::fd::OwnedFd;

use crate::message::Protocol;
use crate::streams::{Stream, Upload};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Http,
    Handshake,
    Open(Protocol),
    Closed,
}

#[derive(Debug)]
pub(crate) struct Connection {
    /// None when it is closed.
    pub(crate) socket: Option<OwnedFd>,
    pub(crate) phase: Phase,
    pub(crate) waits_for_room: bool,
    /// An incomplete head or frame.
    pub(crate) unread: Vec<u8>,
    /// An incomplete record, which is spread over frames.
    pub(crate) record: Vec<u8>,
    /// What the socket did not take.
    pub(crate) unsent: Vec<u8>,
    pub(crate) extra: Option<Box<Extra>>,
}

/// What few connections have, kept out of the others.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) streams: Vec<Stream>,
    pub(crate) uploads: Vec<Upload>,
    pub(crate) groups: Vec<u32>,
}

impl Connection {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self {
            socket: Some(socket),
            phase: Phase::Http,
            waits_for_room: false,
            unread: Vec::new(),
            record: Vec::new(),
            unsent: Vec::new(),
            extra: None,
        }
    }

    /// Closes it; returns the groups that it was in.
    pub(crate) fn close(&mut self) -> Vec<u32> {
        self.phase = Phase::Closed;
        self.socket = None;
        self.unread = Vec::new();
        self.record = Vec::new();
        self.unsent = Vec::new();
        self.extra.take().map(|extra| extra.groups).unwrap_or_default()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether streams wait for their turn.
    pub(crate) fn is_streaming(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| !extra.streams.is_empty())
    }
}
