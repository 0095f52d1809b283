//! What is known of one connection.

use std::os::fd::OwnedFd;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Closed,
    Connecting,
    Negotiating,
    /// Waits for the head of the upgrade or of the event stream, or for the first poll.
    Upgrading,
    Handshake,
    Open,
    /// Has said goodbye.
    Closing,
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: Option<OwnedFd>,
    pub(crate) state: State,
    pub(crate) waits_for_room: bool,
    pub(crate) failures: u8,
    /// Whether the stream of events comes in chunks.
    pub(crate) is_chunked: bool,
    pub(crate) began: u64,
    /// What is incomplete: a head, a frame, a chunk.
    pub(crate) unread: Vec<u8>,
    /// A line of the event stream that is incomplete.
    pub(crate) line: Vec<u8>,
    /// A record that is incomplete.
    pub(crate) record: Vec<u8>,
    /// What the socket did not take.
    pub(crate) unsent: Vec<u8>,
    pub(crate) token: Box<str>,
    /// The second socket of transports that send by requests of their own.
    pub(crate) posts: Option<Box<Posts>>,
}

/// The requests that Server-Sent Events and long polling send by: one at a time.
#[derive(Debug, Default)]
pub(crate) struct Posts {
    pub(crate) socket: Option<OwnedFd>,
    pub(crate) is_connected: bool,
    pub(crate) is_busy: bool,
    pub(crate) was_repeated: bool,
    /// What the next request will carry.
    pub(crate) queue: Vec<u8>,
    /// What the request on its way carries: the server may close the socket before it reads that.
    pub(crate) sent: Vec<u8>,
    pub(crate) unread: Vec<u8>,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            socket: None,
            state: State::Closed,
            waits_for_room: false,
            failures: 0,
            is_chunked: false,
            began: 0,
            unread: Vec::new(),
            line: Vec::new(),
            record: Vec::new(),
            unsent: Vec::new(),
            token: "".into(),
            posts: None,
        }
    }

    /// Closes its sockets.
    pub(crate) fn close(&mut self) {
        self.state = State::Closed;
        self.socket = None;
        self.posts = None;
        self.waits_for_room = false;
        self.unread.clear();
        self.line.clear();
        self.record.clear();
        self.unsent.clear();
        self.token = "".into();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether it is on its way to be open.
    pub(crate) fn is_opening(&self) -> bool {
        !matches!(self.state, State::Closed | State::Open | State::Closing)
    }
}
