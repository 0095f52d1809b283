//! The incremental decoder of what a client sends.

use super::Violation;
use super::close::{CloseCode, parse_close};
use super::header::{COMPRESSED, Header, MAX_CLIENT_HEADER, Opcode, Parsed};
use super::mask::unmask;
use super::utf8::Utf8Validator;

/// What the next bytes of a client mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// The next bytes of some Text or Binary message: never empty, unmasked, in the buffer they came in.
    Data(&'a [u8]),
    /// The next bytes of a compressed message.
    Deflated(Deflated<'a>),
    /// A ping with its payload, which a pong has to carry back.
    Ping(Vec<u8>),
    /// The peer closes and will send nothing more; whatever follows is not looked at.
    Close(Option<CloseCode>),
}

/// A part of a compressed message, unmasked: not so large that it could not be expanded at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Deflated<'a> {
    /// Empty only if it is the last part.
    pub(super) payload: &'a [u8],
    pub(super) is_text: bool,
    pub(super) is_last: bool,
}

/// The size of the largest part: no byte stands for more than 1,032 (zlib's technical details).
const MAX_DEFLATED: u64 = 256;

/// A chunk of what a connection received, as far as it was not looked at yet.
#[derive(Debug)]
pub(super) struct Chunk<'a>(&'a mut [u8]);

/// Decodes the frames of one connection from chunks cut anywhere.
///
/// Between chunks it keeps the part of a header or of a control frame's payload (125 bytes at most), never data.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    message: Message,
    partial: PartialHeader,
    text: Utf8Validator,
    /// The reserved bit of a first byte that means something on this connection.
    extension: u8,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Header,
    Data(DataFrame),
    Deflated(DataFrame),
    Control(ControlFrame),
    Closed,
    Failed(Violation),
}

#[derive(Clone, Copy, Debug)]
struct DataFrame {
    fin: bool,
    remaining: u64,
    mask: [u8; 4],
}

#[derive(Debug)]
struct ControlFrame {
    opcode: Opcode,
    remaining: usize,
    mask: [u8; 4],
    payload: Vec<u8>,
}

/// The message whose fragments are arriving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Message {
    #[default]
    None,
    Text,
    Binary,
    DeflatedText,
    DeflatedBinary,
}

#[derive(Debug, Default)]
struct PartialHeader {
    bytes: [u8; MAX_CLIENT_HEADER],
    length: usize,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(chunk: &'a mut [u8]) -> Self {
        Self(chunk)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What has not been looked at.
    pub(super) fn rest(&self) -> &[u8] {
        self.0
    }

    /// The next `count` bytes, or all there are.
    fn take(&mut self, count: u64) -> &'a mut [u8] {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.0.len());
        self.0.split_off_mut(..count).unwrap_or_default()
    }
}

impl Decoder {
    /// The decoder of a connection on which messages may be compressed, or may not.
    pub(super) fn new(may_be_compressed: bool) -> Self {
        Self { extension: if may_be_compressed { COMPRESSED } else { 0 }, ..Self::default() }
    }

    /// Takes bytes off the front of `input` until they mean something; `None` when all are taken.
    ///
    /// After a violation or a Close frame the decoder is done: the violation is repeated, or `None` is returned.
    pub(super) fn next<'a>(&mut self, input: &mut Chunk<'a>) -> Result<Option<Event<'a>>, Violation> {
        let result = self.advance(input);
        if let Err(violation) = result {
            self.state = State::Failed(violation);
        }
        result
    }

    fn advance<'a>(&mut self, input: &mut Chunk<'a>) -> Result<Option<Event<'a>>, Violation> {
        loop {
            match &mut self.state {
                State::Header => {
                    let Some(header) = self.partial.read(input, self.extension)? else { return Ok(None) };
                    self.begin_frame(header)?;
                }
                State::Data(frame) if frame.remaining == 0 => {
                    let fin = frame.fin;
                    self.end_data_frame(fin)?;
                }
                State::Data(frame) => {
                    if input.is_empty() {
                        return Ok(None);
                    }
                    let payload = frame.take(input);
                    if self.message == Message::Text && !self.text.push(payload) {
                        return Err(Violation::InvalidUtf8);
                    }
                    return Ok(Some(Event::Data(payload)));
                }
                State::Deflated(frame) => {
                    let payload = frame.take_up_to(MAX_DEFLATED, input);
                    let (is_over, fin) = (frame.remaining == 0, frame.fin);
                    if payload.is_empty() && !is_over {
                        return Ok(None);
                    }
                    if let Some(part) = self.deflated(payload, is_over, fin) {
                        return Ok(Some(Event::Deflated(part)));
                    }
                }
                State::Control(frame) => {
                    if !frame.fill(input) {
                        return Ok(None);
                    }
                    let (opcode, payload) = (frame.opcode, std::mem::take(&mut frame.payload));
                    if let Some(event) = self.end_control_frame(opcode, payload)? {
                        return Ok(Some(event));
                    }
                }
                State::Closed => return Ok(None),
                State::Failed(violation) => return Err(*violation),
            }
        }
    }

    fn begin_frame(&mut self, header: Header) -> Result<(), Violation> {
        let Header { fin, opcode, length, mask } = header;
        match (opcode, self.message) {
            (Opcode::Continuation, Message::None) => {
                return Err(Violation::Protocol("a continuation of no message"));
            }
            (Opcode::Continuation, _) => {}
            (Opcode::Text, Message::None) => self.message = Message::Text,
            (Opcode::Binary, Message::None) => self.message = Message::Binary,
            (Opcode::CompressedText, Message::None) => self.message = Message::DeflatedText,
            (Opcode::CompressedBinary, Message::None) => self.message = Message::DeflatedBinary,
            (Opcode::Text | Opcode::Binary | Opcode::CompressedText | Opcode::CompressedBinary, _) => {
                return Err(Violation::Protocol("a new message within another"));
            }
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => {
                let remaining = length.try_into().unwrap_or_default();
                self.state = State::Control(ControlFrame { opcode, remaining, mask, payload: Vec::new() });
                return Ok(());
            }
        }
        let frame = DataFrame { fin, remaining: length, mask };
        self.state = match self.message {
            Message::DeflatedText | Message::DeflatedBinary => State::Deflated(frame),
            Message::None | Message::Text | Message::Binary => State::Data(frame),
        };
        Ok(())
    }

    fn end_data_frame(&mut self, fin: bool) -> Result<(), Violation> {
        self.state = State::Header;
        if fin {
            self.message = Message::None;
            if !self.text.is_complete() {
                return Err(Violation::InvalidUtf8);
            }
        }
        Ok(())
    }

    /// A part of a compressed message, if it is one; `is_over`: nothing is left of its frame.
    fn deflated<'a>(&mut self, payload: &'a [u8], is_over: bool, fin: bool) -> Option<Deflated<'a>> {
        let is_text = self.message == Message::DeflatedText;
        let is_last = is_over && fin;
        if is_over {
            self.state = State::Header;
        }
        if is_last {
            self.message = Message::None;
        }
        (is_last || !payload.is_empty()).then_some(Deflated { payload, is_text, is_last })
    }

    fn end_control_frame(&mut self, opcode: Opcode, payload: Vec<u8>) -> Result<Option<Event<'static>>, Violation> {
        self.state = State::Header;
        match opcode {
            Opcode::Ping => Ok(Some(Event::Ping(payload))),
            Opcode::Close => {
                self.state = State::Closed;
                parse_close(&payload).map(|code| Some(Event::Close(code)))
            }
            _ => Ok(None),
        }
    }
}

impl DataFrame {
    /// As much of the payload as `input` has, unmasked.
    fn take<'a>(&mut self, input: &mut Chunk<'a>) -> &'a [u8] {
        self.take_up_to(self.remaining, input)
    }

    fn take_up_to<'a>(&mut self, count: u64, input: &mut Chunk<'a>) -> &'a [u8] {
        let payload = input.take(self.remaining.min(count));
        self.remaining -= payload.len() as u64;
        unmask(payload, &mut self.mask);
        payload
    }
}

impl ControlFrame {
    /// Whether the payload is complete.
    fn fill(&mut self, input: &mut Chunk<'_>) -> bool {
        let piece = input.take(self.remaining as u64);
        self.remaining -= piece.len();
        unmask(piece, &mut self.mask);
        self.payload.extend_from_slice(piece);
        self.remaining == 0
    }
}

impl PartialHeader {
    /// Reads a header from what is kept and the front of `input`; keeps what there is when it is not complete.
    fn read(&mut self, input: &mut Chunk<'_>, extension: u8) -> Result<Option<Header>, Violation> {
        if self.length == 0
            && let Parsed::Complete(header, size) = Header::parse(input.0, extension)?
        {
            input.take(size as u64);
            return Ok(Some(header));
        }
        loop {
            match Header::parse(self.bytes.get(..self.length).unwrap_or_default(), extension)? {
                Parsed::Complete(header, _) => {
                    self.length = 0;
                    return Ok(Some(header));
                }
                Parsed::Missing(_) if input.is_empty() => return Ok(None),
                Parsed::Missing(count) => self.keep(input.take(count as u64)),
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(free) = self.bytes.get_mut(self.length..end) {
            free.copy_from_slice(bytes);
            self.length = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Outcome, close, decode, decode_pieces, frame};
    use super::*;

    const HELLO_MASKED: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

    fn data(bytes: &[u8]) -> Outcome {
        Outcome { data: bytes.to_vec(), ..Outcome::default() }
    }

    #[test]
    fn the_examples_of_the_rfc() {
        assert_eq!(decode(&HELLO_MASKED), data(b"Hello"));
        let fragments = [frame(0x01, b"Hel"), frame(0x80, b"lo")].concat();
        assert_eq!(decode(&fragments), data(b"Hello"));
        assert_eq!(decode(&frame(0x82, &[7; 256])), data(&[7; 256]));
        assert_eq!(decode(&frame(0x82, &vec![7; 65536])), data(&vec![7; 65536]));
        let ping = Outcome { pings: vec![b"Hello".to_vec()], ..Outcome::default() };
        assert_eq!(decode(&[0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]), ping);
        assert_eq!(decode(&[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]), Outcome::default());
    }

    #[test]
    fn control_frames_may_stand_between_fragments() {
        let bytes =
            [frame(0x01, b"a"), frame(0x89, b"?"), frame(0x00, b"b"), frame(0x8a, b""), frame(0x80, b"c")].concat();
        assert_eq!(decode(&bytes), Outcome { data: b"abc".to_vec(), pings: vec![b"?".to_vec()], ..Outcome::default() });
    }

    #[test]
    fn empty_messages_are_nothing() {
        let bytes =
            [frame(0x81, b""), frame(0x82, b""), frame(0x01, b""), frame(0x80, b""), frame(0x81, b"x")].concat();
        assert_eq!(decode(&bytes), data(b"x"));
    }

    #[test]
    fn nothing_behind_a_close_frame_is_read() {
        let bytes = [frame(0x81, b"x"), close(4321, "mine"), frame(0x83, b"no frame"), frame(0x81, b"y")].concat();
        let outcome = decode(&bytes);
        assert_eq!(outcome.data, b"x");
        let codes: Vec<_> = outcome.closed.iter().map(|code| code.map(CloseCode::to_be_bytes)).collect();
        assert_eq!(codes, [Some(4321_u16.to_be_bytes())]);
        assert_eq!(outcome.violation, None);
        assert_eq!(decode(&frame(0x88, b"")).closed, [None]);
    }

    #[test]
    fn messages_are_text_within_a_text_message_only() {
        let cut = "日".as_bytes().split_at(1);
        let fragments = [frame(0x01, cut.0), frame(0x89, &[0xff]), frame(0x80, cut.1)].concat();
        assert_eq!(decode(&fragments).violation, None, "a fragment may end within a character");
        assert_eq!(decode(&frame(0x82, &[0xff])).violation, None, "Binary is not looked at");
        let cut_messages = [frame(0x81, cut.0), frame(0x81, cut.1)].concat();
        assert_eq!(decode(&cut_messages).violation, Some(Violation::InvalidUtf8), "a message may not");
        let after_binary = [frame(0x82, cut.0), frame(0x81, b"x")].concat();
        assert_eq!(decode(&after_binary).violation, None);
        assert_eq!(decode(&frame(0x81, b"a\xffb")).violation, Some(Violation::InvalidUtf8));
    }

    #[test]
    fn breaches_of_the_protocol() {
        let cases: [(&str, Vec<u8>); 10] = [
            ("not masked", vec![0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]),
            ("reserved bit", frame(0xc1, b"x")),
            ("opcode 3", frame(0x83, b"x")),
            ("continuation first", frame(0x80, b"x")),
            ("continuation after a whole message", [frame(0x81, b"x"), frame(0x80, b"y")].concat()),
            ("message within a message", [frame(0x01, b"x"), frame(0x81, b"y")].concat()),
            ("fragmented ping", frame(0x09, b"")),
            ("ping of 126 bytes", frame(0x89, &[0; 126])),
            ("half a close code", frame(0x88, &[3])),
            ("close code 1005", close(1005, "")),
        ];
        for (name, bytes) in cases {
            let violation = decode(&bytes).violation;
            assert!(matches!(violation, Some(Violation::Protocol(_))), "{name}: {violation:?}");
        }
    }

    #[test]
    fn a_violation_stays() {
        let mut decoder = Decoder::default();
        for _ in 0..2 {
            let mut bytes = frame(0x83, b"x");
            assert!(decoder.next(&mut Chunk::new(&mut bytes)).is_err());
        }
    }

    #[test]
    fn a_length_that_never_comes_costs_nothing() {
        let mut bytes = [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, b'x'];
        let mut decoder = Decoder::default();
        let mut input = Chunk::new(&mut bytes);
        assert_eq!(decoder.next(&mut input), Ok(Some(Event::Data(b"x"))));
        assert_eq!(decoder.next(&mut input), Ok(None));
        assert!(size_of::<Decoder>() <= 96, "{}", size_of::<Decoder>());
    }

    #[test]
    fn every_cut_of_a_sequence_gives_the_same() {
        let sequence = [
            frame(0x81, "aé日😀".as_bytes()),
            frame(0x02, &[0xff; 130]),
            frame(0x89, b"ping payload"),
            frame(0x80, b""),
            frame(0x01, "日".as_bytes().split_at(2).0),
            frame(0x8a, b"pong"),
            frame(0x80, "日".as_bytes().split_at(2).1),
            close(1001, "going away"),
            frame(0x83, b"never seen"),
        ]
        .concat();
        let whole = decode(&sequence);
        assert_eq!((whole.violation, whole.pings.len(), whole.closed.len()), (None, 1, 1));
        for first in 0..=sequence.len() {
            for second in (first..=sequence.len()).step_by(7) {
                assert_eq!(decode_pieces(&sequence, &[first, second]), whole, "cut at {first} and {second}");
            }
        }
        let every_byte: Vec<usize> = (0..sequence.len()).collect();
        assert_eq!(decode_pieces(&sequence, &every_byte), whole);
    }
}
