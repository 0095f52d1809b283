//! From the client's bytes to running calls, in order (section 6.7).

use std::sync::Arc;
use std::task::{Context, Poll};

use super::in_flight::InFlight;
use super::keep_alive::{Due, KeepAlive};
use super::{Connection, Ending};
use crate::dispatch::{Bound, HubDispatch, Step};
use crate::protocol::{Frame, Message, Outcome};
use crate::server::HubServer;
use crate::transport::Input;

/// How much of a client's input may wait while its calls run, in bytes (T-90).
const INPUT_BUFFER: usize = 64 * 1024;

/// Takes a connection's input apart and carries it out.
pub(super) struct Receiver<H: HubDispatch> {
    server: HubServer<H>,
    connection: Arc<Connection>,
    /// Input that is incomplete, or waits for `waiting`.
    unread: Vec<u8>,
    /// A call that is bound and waits for a slot; everything behind it waits as well (D-81).
    waiting: Option<Bound>,
    in_flight: InFlight,
    clock: KeepAlive,
    /// Messages are carried out once `on_connected` is over (D-111).
    open: bool,
    ended: bool,
}

impl<H: HubDispatch> Receiver<H> {
    pub(super) fn new(server: HubServer<H>, connection: Arc<Connection>, unread: Vec<u8>, pings: bool) -> Self {
        let options = server.core().options();
        let in_flight = InFlight::new(options.maximum_parallel_invocations_per_client.max(1));
        let clock = KeepAlive::new(options, pings);
        Self { server, connection, unread, waiting: None, in_flight, clock, open: false, ended: false }
    }

    /// From now on messages are carried out.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// Goes on with what runs and with what waits.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>) {
        self.in_flight.poll(cx);
        if self.in_flight.has_slot()
            && let Some(call) = self.waiting.take()
        {
            self.in_flight.start(cx, call);
        }
        self.read_on(cx);
    }

    /// Runs what is still in flight; ready when nothing is.
    pub(super) fn poll_in_flight(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.in_flight.poll_done(cx)
    }

    /// Whether there is room for more input.
    pub(super) fn wants_input(&self) -> bool {
        !self.ended && (self.is_ready() || self.unread.len() < INPUT_BUFFER)
    }

    /// The client will send no more: what came is carried out, then the connection ends.
    pub(super) fn end_input(&mut self, cx: &mut Context<'_>) {
        self.ended = true;
        self.connection.aborted().cancel();
        self.read_on(cx);
    }

    /// Looks at the clock.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        self.clock.pause(self.waiting.is_some());
        self.clock.poll(cx)
    }

    /// Notes whether output waits for the client.
    pub(super) fn note_writing(&mut self, written: Option<u64>) {
        self.clock.note_writing(written);
    }

    fn is_ready(&self) -> bool {
        self.open && self.waiting.is_none() && self.connection.ending().is_none()
    }

    /// Reads what came before.
    fn read_on(&mut self, cx: &mut Context<'_>) {
        if self.is_ready() && !self.unread.is_empty() {
            let mut unread = std::mem::take(&mut self.unread);
            let read = self.read(cx, &unread);
            self.unread = if read == unread.len() {
                Vec::new()
            } else {
                unread.drain(..read);
                unread
            };
        }
        if self.ended && self.is_ready() {
            let incomplete = !self.unread.is_empty();
            self.connection.end(if incomplete { Ending::incomplete_message() } else { Ending::EndOfInput });
        }
    }

    /// Carries out the complete messages of `bytes` until one has to wait; returns how much that was.
    fn read(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> usize {
        let connection = Arc::clone(&self.connection);
        let limit = self.server.core().options().maximum_receive_message_size;
        let mut read = 0;
        while self.is_ready() {
            let rest = bytes.get(read..).unwrap_or_default();
            match connection.protocol().frame(rest, limit) {
                Frame::Complete { message, consumed } => {
                    self.take(cx, rest.get(message).unwrap_or_default());
                    read += consumed;
                }
                Frame::Incomplete => break,
                Frame::TooLarge => connection.end(Ending::too_large(limit.unwrap_or(usize::MAX))),
                Frame::Broken(error) => connection.end(error.into()),
            }
        }
        if read > 0 {
            self.clock.heard();
        }
        read
    }

    fn take(&mut self, cx: &mut Context<'_>, message: &[u8]) {
        let connection = Arc::clone(&self.connection);
        match connection.protocol().parse(message) {
            Ok(message) => self.carry_out(cx, message),
            Err(error) => {
                tracing::debug!(connection = %connection.id(), error = error.text(), "unreadable message");
                connection.end(error.into());
            }
        }
    }

    fn carry_out(&mut self, cx: &mut Context<'_>, message: Message<'_>) {
        match message {
            Message::Invocation(invocation) => {
                let step = self.server.methods().invoke(self.server.hub(), &self.connection, invocation);
                self.follow(cx, step);
            }
            Message::StreamInvocation(invocation) => {
                let step = self.server.methods().stream(self.server.hub(), &self.connection, invocation);
                self.follow(cx, step);
            }
            Message::Ping => self.clock.arm(),
            Message::Close { error, .. } => {
                self.connection.end(Ending::ClosedByClient(error.map(std::borrow::Cow::into_owned)));
            }
            Message::Completion { outcome: Outcome::Result(result), .. } => {
                // Nobody waits for it, but it must be there (M-5).
                if let Err(error) = result.skip() {
                    self.connection.end(error.into());
                }
            }
            // Nothing of ours has asked for them: late answers and items are ignored (D-101, S-53, J-30).
            _ => {}
        }
    }

    fn follow(&mut self, cx: &mut Context<'_>, step: Step) {
        match step {
            Step::Call(call) if self.in_flight.has_slot() => self.in_flight.start(cx, call),
            Step::Call(call) => self.waiting = Some(call),
            Step::Refuse(reply) => reply.into_iter().for_each(|message| self.connection.send_now(&message)),
            Step::End(error) => self.connection.end(error.into()),
        }
    }
}

impl<H: HubDispatch> Input for Receiver<H> {
    fn data(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        if self.unread.is_empty() && self.is_ready() {
            let read = self.read(cx, bytes);
            self.unread.extend_from_slice(bytes.get(read..).unwrap_or_default());
        } else {
            self.unread.extend_from_slice(bytes);
            // Without an end in what is new, all there is to find out is whether it has become too much.
            let limit = self.server.core().options().maximum_receive_message_size.unwrap_or(usize::MAX);
            if self.connection.protocol().may_end_in(bytes) || self.unread.len() > limit {
                self.read_on(cx);
            }
        }
    }

    fn reply(&mut self, frame: &[u8]) {
        if self.connection.outbox().push(frame).is_ok() {
            super::batch::written_soon(&self.connection);
        }
    }
}
