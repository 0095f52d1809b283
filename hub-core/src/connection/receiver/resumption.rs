//! What counting and resuming a connection add to its input (sections 9.1 and 9.3).

use std::task::Context;

use super::{Receiver, Taken};
use crate::dispatch::HubDispatch;
use crate::protocol::{Frame, Message};

impl<H: HubDispatch> Receiver<H> {
    /// Notes whether messages wait for the client's acknowledgements.
    pub(in crate::connection) fn note_unacknowledged(&mut self, waiting: Option<u64>) {
        self.clock.note_unacknowledged(waiting);
    }

    /// What to acknowledge to the client, if there is anything.
    pub(in crate::connection) fn acknowledge(&mut self) -> Option<i64> {
        self.inbound.as_mut().filter(|inbound| inbound.is_owing()).map(|inbound| inbound.acknowledge())
    }

    /// The client goes on with another transport, on which it sends a message again that was cut off.
    pub(in crate::connection) fn resume(&mut self) {
        let end = self.complete_messages();
        self.unread.truncate(end);
        self.clock.heard();
        if self.inbound.as_ref().is_some_and(|inbound| inbound.is_owing()) {
            self.clock.acknowledge_soon();
        }
    }

    /// How much of the unread input is complete messages.
    fn complete_messages(&self) -> usize {
        let limit = self.server.core().options().maximum_receive_message_size;
        let mut end = 0;
        loop {
            match self.connection.protocol().frame(self.unread.get(end..).unwrap_or_default(), limit) {
                Frame::Complete { consumed, .. } => end += consumed,
                Frame::Incomplete => return end,
                Frame::TooLarge | Frame::Broken(_) => return self.unread.len(), // the end of the connection
            }
        }
    }

    /// Looks for acknowledgements behind what waits, which may be just what it waits for (S-23).
    pub(super) fn look_for_acknowledgements(&mut self) {
        let Some(inbound) = &mut self.inbound else { return };
        let (protocol, outbox) = (self.connection.protocol(), self.connection.outbox());
        let limit = self.server.core().options().maximum_receive_message_size;
        while let rest = self.unread.get(inbound.searched..).unwrap_or_default()
            && let Frame::Complete { message, consumed } = protocol.frame(rest, limit)
            && let Ok(message) = protocol.parse(rest.get(message).unwrap_or_default())
        {
            inbound.searched += consumed;
            if let Message::Ack { sequence_id } = message {
                outbox.acknowledge(sequence_id);
            }
        }
    }

    /// Carries out a message unless it was received before (S-33).
    pub(super) fn count(&mut self, cx: &mut Context<'_>, message: Message<'_>) -> Taken {
        if self.inbound.is_none() || !is_counted(&message) {
            return self.carry_out(cx, message);
        }
        let duplicate = self.inbound.as_ref().is_some_and(|inbound| inbound.is_duplicate());
        let taken = if duplicate { Taken::Done } else { self.carry_out(cx, message) };
        if taken == Taken::Done
            && let Some(inbound) = &mut self.inbound
        {
            inbound.count();
            self.clock.acknowledge_soon();
        }
        taken
    }
}

/// Whether sender and receiver count a message: types 1 to 5 (S-10).
fn is_counted(message: &Message<'_>) -> bool {
    match message {
        Message::Invocation(_)
        | Message::StreamInvocation(_)
        | Message::StreamItem { .. }
        | Message::Completion { .. }
        | Message::CancelInvocation { .. } => true,
        Message::Ping | Message::Close { .. } | Message::Ack { .. } | Message::Sequence { .. } | Message::Unknown => {
            false
        }
    }
}
