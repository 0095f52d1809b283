//! From the client's bytes to running calls, in order (section 6.7).

mod resumption;

use std::sync::Arc;
use std::task::{Context, Poll};

use super::in_flight::{Held, InFlight};
use super::inbound::Inbound;
use super::keep_alive::{Due, KeepAlive};
use super::streams::Streams;
use super::unread::Unread;
use super::{Connection, Ending};
use crate::dispatch::{HubDispatch, MethodKind, Prepared, streams_of};
use crate::protocol::{Frame, Invocation, Message};
use crate::server::HubServer;
use crate::transport::Input;

/// How much of a client's input may wait while its calls run, in bytes (T-90).
const INPUT_BUFFER: usize = 64 * 1024;

/// Takes a connection's input apart and carries it out.
pub(super) struct Receiver<H: HubDispatch> {
    server: HubServer<H>,
    connection: Arc<Connection>,
    /// Input that is incomplete, or waits for `waiting`.
    unread: Unread,
    waiting: Option<Waiting>,
    in_flight: InFlight,
    streams: Streams,
    clock: KeepAlive,
    /// Counts messages, if the connection can be resumed.
    inbound: Option<Box<Inbound>>,
    /// Messages are carried out once `on_connected` is over (D-111).
    open: bool,
    ended: bool,
}

/// What everything behind it waits for as well.
enum Waiting {
    /// A call that is ready and waits for a slot (D-81), or for room for its answers.
    Call(Prepared),
    /// An item, still unread, for which this upload has no room (D-62).
    Item(String),
}

/// Whether a message was carried out, or stays unread.
#[derive(PartialEq, Eq)]
enum Taken {
    Done,
    NotYet,
}

impl<H: HubDispatch> Receiver<H> {
    /// `unread`: what came behind the handshake.
    pub(super) fn new(
        server: HubServer<H>,
        connection: Arc<Connection>,
        unread: Vec<u8>,
        clock: KeepAlive,
        inbound: Option<Box<Inbound>>,
    ) -> Self {
        let in_flight = InFlight::new(server.core().options().maximum_parallel_invocations_per_client.max(1));
        Self {
            server,
            connection,
            unread: unread.into(),
            waiting: None,
            in_flight,
            streams: Streams::default(),
            clock,
            inbound,
            open: false,
            ended: false,
        }
    }

    /// From now on messages are carried out.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// Whether there is anything to go on with but new input.
    pub(super) fn has_work(&self) -> bool {
        !self.in_flight.is_empty() || self.waiting.is_some() || !self.unread.is_empty() || self.ended
    }

    /// Goes on with what runs and with what waits.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>) {
        loop {
            self.run(cx);
            if self.connection.ending().is_none() {
                self.end_waiting(cx);
            }
            let before = self.unread.len();
            self.read_on(cx);
            // A method that only waits for the items of its upload takes them at once: then there is room for more.
            let is_full = matches!(self.waiting, Some(Waiting::Item(_)));
            if !is_full || self.unread.len() == before {
                return;
            }
        }
    }

    fn end_waiting(&mut self, cx: &mut Context<'_>) {
        match self.waiting.take() {
            Some(Waiting::Call(call)) => self.start_or_wait(cx, call),
            Some(Waiting::Item(id)) if self.streams.poll_room(cx, &id).is_pending() => {
                self.waiting = Some(Waiting::Item(id));
            }
            Some(Waiting::Item(_)) | None => {}
        }
    }

    /// Runs what is still in flight; ready when nothing is.
    pub(super) fn poll_in_flight(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.run(cx);
        if self.in_flight.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The connection is over, and the hub knows: uploads fail.
    pub(super) fn end_streams(&mut self) {
        self.streams.end();
    }

    fn run(&mut self, cx: &mut Context<'_>) {
        for _ in 0..self.connection.take_freed_slots() {
            self.in_flight.free_slot();
        }
        while let Poll::Ready(held) = self.in_flight.poll_finished(cx) {
            self.forget(&held);
        }
    }

    fn forget(&mut self, held: &Held) {
        if let Some(streams) = &held.streams {
            self.streams.forget(streams);
        }
    }

    /// Whether there is room for more input.
    pub(super) fn wants_input(&self) -> bool {
        !self.ended && (self.is_ready() || self.unread.len() < INPUT_BUFFER)
    }

    /// The client will send no more: what came is carried out, then the connection ends.
    pub(super) fn end_input(&mut self, cx: &mut Context<'_>) {
        self.ended = true;
        self.connection.aborted().cancel();
        if matches!(self.waiting, Some(Waiting::Item(_))) {
            // Nobody may ever make room: the wait ends with the connection.
            self.connection.end(Ending::EndOfInput);
        }
        self.read_on(cx);
    }

    /// Looks at the clock; `reading` says whether there is room for answers, without which nothing is read.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>, reading: bool) -> Poll<Due> {
        self.clock.pause(!reading || self.waiting.is_some());
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
            unread.consume(read);
            self.unread = unread;
            if let Some(inbound) = &mut self.inbound {
                inbound.searched = inbound.searched.saturating_sub(read);
            }
        }
        if self.ended && self.is_ready() {
            let incomplete = !self.unread.is_empty();
            self.connection.end(if incomplete { Ending::incomplete_message() } else { Ending::EndOfInput });
        }
    }

    /// Carries out the complete messages of `bytes` until one has to wait; returns how much that was.
    fn read(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> usize {
        let limit = self.server.core().options().maximum_receive_message_size;
        let mut read = 0;
        while self.is_ready() {
            let rest = bytes.get(read..).unwrap_or_default();
            match self.connection.protocol().frame(rest, limit) {
                Frame::Complete { message, consumed } => match self.take(cx, rest.get(message).unwrap_or_default()) {
                    Taken::Done => read += consumed,
                    Taken::NotYet => break,
                },
                Frame::Incomplete => break,
                Frame::TooLarge => self.connection.end(Ending::too_large(limit.unwrap_or(usize::MAX))),
                Frame::Broken(error) => self.connection.end(error.into()),
            }
        }
        if read > 0 {
            self.clock.heard();
        }
        read
    }

    fn take(&mut self, cx: &mut Context<'_>, message: &[u8]) -> Taken {
        match self.connection.protocol().parse(message) {
            Ok(message) => self.count(cx, message),
            Err(error) => {
                tracing::debug!(connection = %self.connection.id(), error = error.text(), "unreadable message");
                self.connection.end(error.into());
                Taken::Done
            }
        }
    }

    fn carry_out(&mut self, cx: &mut Context<'_>, message: Message<'_>) -> Taken {
        match message {
            Message::Invocation(invocation) => self.call(cx, invocation, MethodKind::Value),
            Message::StreamInvocation(invocation) => self.call(cx, invocation, MethodKind::Stream),
            Message::StreamItem { id, item } => {
                let detailed = self.server.core().options().enable_detailed_errors;
                if self.streams.poll_push(cx, &id, &item, detailed).is_pending() {
                    self.waiting = Some(Waiting::Item(id.into_owned()));
                    return Taken::NotYet;
                }
            }
            Message::Completion { id, outcome } => {
                if !self.streams.finish(&id, &outcome)
                    && let Err(error) = self.server.core().questions().answer(&self.connection, &id, &outcome)
                {
                    self.connection.end(error);
                }
            }
            Message::CancelInvocation { id } => self.streams.cancel(&id),
            Message::Ping => self.clock.arm(),
            Message::Close { error, .. } => {
                self.connection.end(Ending::ClosedByClient(error.map(std::borrow::Cow::into_owned)));
            }
            Message::Ack { sequence_id } => self.connection.outbox().acknowledge(sequence_id),
            Message::Sequence { sequence_id } => {
                // Without stateful reconnect it means nothing (S-53).
                if self.inbound.as_mut().is_some_and(|inbound| inbound.go_on_at(sequence_id).is_err()) {
                    self.connection.end(Ending::sequence_gap());
                }
            }
            // Skipped (J-30).
            Message::Unknown => {}
        }
        Taken::Done
    }

    fn call(&mut self, cx: &mut Context<'_>, invocation: Invocation<'_>, asked: MethodKind) {
        let limit = self.server.core().options().maximum_streams_per_client;
        if let Some(limit) = limit.filter(|limit| !self.streams.admits(streams_of(&invocation, asked), *limit)) {
            let text = format!("The maximum of {limit} streams per client was exceeded.");
            return self.start_or_wait(cx, Prepared::refused_unseen(&self.connection, invocation, text));
        }
        match self.server.methods().prepare(self.server.hub(), &self.connection, invocation, asked) {
            Ok(call) => self.start_or_wait(cx, call),
            Err(error) => self.connection.end(error.into()),
        }
    }

    fn start_or_wait(&mut self, cx: &mut Context<'_>, call: Prepared) {
        // Calls without a slot wait for room, so that a flood of them does not pile up with answers nobody takes.
        let ready = if call.needs_slot { self.in_flight.has_slot() } else { self.connection.has_room(cx) };
        if !ready {
            self.waiting = Some(Waiting::Call(call));
            return;
        }
        let Prepared { run, needs_slot, slot, streams, .. } = call.admit();
        let streams = match streams.map(|streams| self.streams.begin(*streams)) {
            None => None,
            Some(Ok(streams)) => Some(Box::new(streams)),
            Some(Err(id)) => return self.refuse_stream(&id),
        };
        if let Some(held) = self.in_flight.start(cx, run, Held { slot: needs_slot.then_some(slot), streams }) {
            self.forget(&held);
        }
    }

    fn refuse_stream(&self, id: &str) {
        let mut message = Vec::new();
        let text = format!("Invocation ID '{id}' is already in use.");
        self.connection.protocol().write_error(&mut message, id, &text);
        self.connection.send_now(&message);
    }
}

impl<H: HubDispatch> Input for Receiver<H> {
    fn data(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        if self.unread.is_empty() && self.is_ready() {
            let read = self.read(cx, bytes);
            self.unread.extend(bytes.get(read..).unwrap_or_default());
        } else {
            self.unread.extend(bytes);
            // Without an end in what is new, all there is to find out is whether it has become too much.
            let limit = self.server.core().options().maximum_receive_message_size.unwrap_or(usize::MAX);
            if self.is_ready() && (self.connection.protocol().may_end_in(bytes) || self.unread.len() > limit) {
                self.read_on(cx);
            }
        }
        if !self.is_ready() {
            self.look_for_acknowledgements();
        }
    }

    fn reply(&mut self, frame: &[u8]) {
        self.connection.send_frames(frame);
    }
}
