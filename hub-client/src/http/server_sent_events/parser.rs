//! The data of a stream of events.

use bytes::{Buf as _, Bytes};
use memchr::{memchr, memchr2};

/// Finds the data in a stream of events, in pieces of any size.
///
/// Where an event ends means nothing to SignalR: its messages have ends of their own. So data is handed on as it comes, and
/// nothing of it is kept. Lines end with LF or CR LF (C-33); a CR alone belongs to the line.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    /// Whether the event has had a line of data, so that the next one is joined by LF.
    joins: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// This many bytes of `data:` have been read since the line began.
    Name(usize),
    /// After the colon, where one space is not data.
    Space,
    Data,
    /// After a CR among the data, which is data unless LF follows.
    DataReturn,
    /// In a line that is no data.
    Other,
    /// After a CR at the beginning of a line, which ends the event if LF follows.
    EmptyReturn,
}

const FIELD: &[u8] = b"data:";
const RETURN: Bytes = Bytes::from_static(b"\r");
const NEW_LINE: Bytes = Bytes::from_static(b"\n");

impl Default for State {
    fn default() -> Self {
        Self::Name(0)
    }
}

impl Parser {
    /// What is data of the next piece of the stream.
    pub(super) fn data(&mut self, mut input: Bytes) -> Vec<Bytes> {
        let mut found = Vec::new();
        while let Some(&byte) = input.first() {
            match self.state {
                State::Data => self.take_data(&mut input, &mut found),
                State::Other => self.skip(&mut input),
                state => {
                    let (next, taken) = self.step(state, byte, &mut found);
                    self.state = next;
                    input.advance(usize::from(taken));
                }
            }
        }
        found
    }

    /// The next state, and whether the byte has been used up.
    fn step(&mut self, state: State, byte: u8, found: &mut Vec<Bytes>) -> (State, bool) {
        match (state, byte) {
            (State::Name(0), b'\r') => (State::EmptyReturn, true),
            (State::Name(0) | State::EmptyReturn, b'\n') => {
                self.joins = false;
                (State::default(), true)
            }
            (State::Name(at), _) if FIELD.get(at) == Some(&byte) => self.after_name(at + 1, found),
            (State::Space, b' ') => (State::Data, true),
            (State::Space, _) => (State::Data, false),
            (State::DataReturn, b'\n') => (State::default(), true),
            (State::DataReturn, _) => {
                found.push(RETURN);
                (State::Data, false)
            }
            _ => (State::Other, false),
        }
    }

    fn after_name(&mut self, at: usize, found: &mut Vec<Bytes>) -> (State, bool) {
        if at < FIELD.len() {
            return (State::Name(at), true);
        }
        if self.joins {
            found.push(NEW_LINE);
        }
        self.joins = true;
        (State::Space, true)
    }

    fn take_data(&mut self, input: &mut Bytes, found: &mut Vec<Bytes>) {
        let end = memchr2(b'\r', b'\n', input).unwrap_or(input.len());
        let data = input.split_to(end);
        if !data.is_empty() {
            found.push(data);
        }
        if !input.is_empty() {
            self.state = if input.get_u8() == b'\r' { State::DataReturn } else { State::default() };
        }
    }

    fn skip(&mut self, input: &mut Bytes) {
        match memchr(b'\n', input) {
            Some(end) => {
                input.advance(end + 1);
                self.state = State::default();
            }
            None => input.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(stream: &[u8]) -> Vec<u8> {
        Parser::default().data(Bytes::copy_from_slice(stream)).concat()
    }

    #[test]
    fn lines_of_data_are_joined_and_one_space_before_them_is_dropped() {
        assert_eq!(data(b"data: {}\x1e\r\n\r\n"), b"{}\x1e");
        assert_eq!(data(b"data:a\ndata:  b\n\ndata: c\n\n"), b"a\n bc");
        assert_eq!(data(b"data: a\r\ndata: \r\n\r\n"), b"a\n");
    }

    #[test]
    fn comments_and_other_fields_are_no_data() {
        assert_eq!(data(b":\r\n:data: x\nevent: data: y\nid:1\nretry\ndatax: 1\ndata\ndat: 2\n\ndata: z\n\n"), b"z");
    }

    #[test]
    fn a_return_within_a_line_is_data() {
        assert_eq!(data(b"data: a\rb\r\r\n\r\n"), b"a\rb\r");
        assert_eq!(data(b"data: \r\r\n\r\n"), b"\r");
    }

    #[test]
    fn data_is_handed_on_before_its_event_ends() {
        let mut parser = Parser::default();
        let mut next = |piece: &'static [u8]| parser.data(Bytes::from_static(piece)).concat();
        assert_eq!(next(b"da"), b"");
        assert_eq!(next(b"ta: ab"), b"ab");
        assert_eq!(next(b"c\r"), b"c");
        assert_eq!(next(b"\n\r"), b"");
        assert_eq!(next(b"\ndata:x\n"), b"x");
    }
}
