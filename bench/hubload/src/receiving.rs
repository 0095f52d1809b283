//! From bytes to events: HTTP, frames, chunks and records.

use memchr::memchr;
use wire::websocket::{self, Parsed};
use wire::{http, json, message_pack};

use crate::connection::State;
use crate::event::Event;
use crate::generator::Generator;
use crate::message;
use crate::options::{Protocol, Transport};
use crate::scenario::Scenario;

impl Generator {
    /// Takes what is complete; returns how much that was.
    pub(crate) fn consume(&mut self, scenario: &mut dyn Scenario, index: usize, bytes: &[u8]) -> usize {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let consumed = match (self.connections[index].state, self.target.transport) {
                (State::Closed, _) => return bytes.len(),
                (State::Connecting | State::Negotiating, _) | (_, Transport::Lp) => self.answer(scenario, index, rest),
                (State::Upgrading, _) => self.head(scenario, index, rest),
                (_, Transport::Ws) => self.frame(scenario, index, rest),
                (_, Transport::Sse) => self.events(scenario, index, rest),
            };
            match consumed {
                Some(length) => taken += length,
                None => return taken,
            }
        }
    }

    /// A whole answer.
    fn answer(&mut self, scenario: &mut dyn Scenario, index: usize, bytes: &[u8]) -> Option<usize> {
        let (head, rest) = bytes.split_at(http::head_length(bytes)?);
        let (body, length) = http::body(head, rest)?;
        match self.connections[index].state {
            State::Negotiating => self.negotiated(scenario, index, head, &body),
            State::Upgrading => self.upgraded(scenario, index, head),
            _ => self.polled(scenario, index, head, &body),
        }
        Some(head.len() + length)
    }

    /// The head of an answer that goes on in another way.
    fn head(&mut self, scenario: &mut dyn Scenario, index: usize, bytes: &[u8]) -> Option<usize> {
        let length = http::head_length(bytes)?;
        self.upgraded(scenario, index, &bytes[..length]);
        Some(length)
    }

    #[inline]
    fn frame(&mut self, scenario: &mut dyn Scenario, index: usize, bytes: &[u8]) -> Option<usize> {
        let header = match websocket::header(bytes) {
            Parsed::Complete(header) if header.key.is_none() => header,
            Parsed::Incomplete => return None,
            Parsed::Complete(_) | Parsed::Bad => {
                self.refused(scenario, index, "a frame that is none".to_owned());
                return Some(bytes.len());
            }
        };
        let end = header.size + header.length;
        let payload = bytes.get(header.size..end)?;
        match header.opcode {
            websocket::CLOSE => self.close_frame(scenario, index, payload),
            websocket::PING => self.send_raw(index, &message::frame(websocket::PONG, payload)),
            websocket::PONG => {}
            _ => self.payload(scenario, index, payload),
        }
        Some(end)
    }

    fn close_frame(&mut self, scenario: &mut dyn Scenario, index: usize, payload: &[u8]) {
        if self.connections[index].state != State::Closing && !self.is_ending {
            let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
            self.error(format!("the server closed with {code}"));
        }
        self.closed(scenario, index);
    }

    /// A piece of a stream of events.
    fn events(&mut self, scenario: &mut dyn Scenario, index: usize, bytes: &[u8]) -> Option<usize> {
        if bytes.is_empty() {
            return None;
        }
        let (piece, length) =
            if self.connections[index].is_chunked { http::chunk(bytes)? } else { (bytes, bytes.len()) };
        if piece.is_empty() {
            self.closed(scenario, index);
        } else {
            self.lines(scenario, index, piece);
        }
        Some(length)
    }

    fn lines(&mut self, scenario: &mut dyn Scenario, index: usize, piece: &[u8]) {
        let mut lines = std::mem::take(&mut self.connections[index].line);
        lines.extend_from_slice(piece);
        let mut taken = 0;
        while let Some(length) = memchr(b'\n', &lines[taken..]) {
            let line = lines[taken..taken + length].trim_ascii_end();
            taken += length + 1;
            if let Some(data) = line.strip_prefix(b"data:") {
                self.payload(scenario, index, data.trim_ascii_start());
            }
        }
        lines.drain(..taken);
        self.connections[index].line = lines;
    }

    /// Bytes of the stream of records.
    #[inline]
    pub(crate) fn payload(&mut self, scenario: &mut dyn Scenario, index: usize, payload: &[u8]) {
        let mut kept = std::mem::take(&mut self.connections[index].record);
        if kept.is_empty() {
            let taken = self.records(scenario, index, payload);
            kept.extend_from_slice(&payload[taken..]);
        } else {
            kept.extend_from_slice(payload);
            let taken = self.records(scenario, index, &kept);
            kept.drain(..taken);
        }
        if self.connections[index].state != State::Closed {
            self.connections[index].record = kept;
        }
    }

    #[inline]
    fn records(&mut self, scenario: &mut dyn Scenario, index: usize, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            match self.connections[index].state {
                State::Closed => return bytes.len(),
                State::Handshake => {
                    let Some(end) = memchr(json::SEPARATOR, rest) else { return taken };
                    taken += end + 1;
                    self.shaken(scenario, index, &rest[..end]);
                }
                _ => {
                    let Some((length, record)) = split(self.target.protocol, rest) else { return taken };
                    taken += length;
                    self.record(scenario, index, record);
                }
            }
        }
        taken
    }

    #[inline]
    fn record(&mut self, scenario: &mut dyn Scenario, index: usize, record: &[u8]) {
        match self.target.protocol.event(record) {
            Some(Event::Ping) => self.pings += 1,
            Some(Event::Close { error }) => {
                self.error(format!("the server's close message: {}", String::from_utf8_lossy(error)));
                self.closed(scenario, index);
            }
            Some(event) => scenario.event(self, index, event),
            None => self.error(format!("not understood: {}", String::from_utf8_lossy(record))),
        }
    }
}

#[inline]
fn split(protocol: Protocol, bytes: &[u8]) -> Option<(usize, &[u8])> {
    match protocol {
        Protocol::Json => memchr(json::SEPARATOR, bytes).map(|end| (end + 1, &bytes[..end])),
        Protocol::Messagepack => message_pack::split(bytes).map(|(start, record)| (start + record.len(), record)),
    }
}
