//! As much MessagePack as the messages of load tests need.

/// Splits off a message behind its length: how many bytes the length took, and the message. `None` if it is incomplete.
#[inline]
pub fn split(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            let start = index + 1;
            return bytes.get(start..start + length).map(|message| (start, message));
        }
    }
    None
}

/// How many bytes the length of a message takes.
#[inline]
pub fn length_size(length: usize) -> usize {
    1 + usize::from(length > 0x7F) + usize::from(length > 0x3FFF) + usize::from(length > 0x1F_FFFF)
}

/// Appends the length of a message.
#[inline]
pub fn put_length(out: &mut Vec<u8>, mut length: usize) {
    while length > 0x7F {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// A message behind its length.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 5);
    put_length(&mut out, message.len());
    out.extend_from_slice(message);
    out
}

/// Appends the head of an array.
#[inline]
pub fn put_array(out: &mut Vec<u8>, length: usize) {
    match length {
        0..16 => out.push(0x90 | length as u8),
        _ => put(out, 0xDC, &(length as u16).to_be_bytes()),
    }
}

/// Appends a string.
#[inline]
pub fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    match text.len() {
        length @ 0..32 => out.push(0xA0 | length as u8),
        length @ 32..0x100 => put(out, 0xD9, &[length as u8]),
        length @ 0x100..0x1_0000 => put(out, 0xDA, &(length as u16).to_be_bytes()),
        length => put(out, 0xDB, &(length as u32).to_be_bytes()),
    }
    out.extend_from_slice(text);
}

/// Appends a number.
#[inline]
pub fn put_number(out: &mut Vec<u8>, number: u64) {
    match number {
        0..0x80 => out.push(number as u8),
        0x80..0x100 => put(out, 0xCC, &[number as u8]),
        0x100..0x1_0000 => put(out, 0xCD, &(number as u16).to_be_bytes()),
        0x1_0000..0x1_0000_0000 => put(out, 0xCE, &(number as u32).to_be_bytes()),
        _ => put(out, 0xCF, &number.to_be_bytes()),
    }
}

#[inline]
fn put(out: &mut Vec<u8>, marker: u8, bytes: &[u8]) {
    out.push(marker);
    out.extend_from_slice(bytes);
}

/// Reads a message. Every method returns `None` on a type that it does not expect.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the beginning of a message.
    #[inline]
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The length of an array.
    #[inline]
    pub fn array(&mut self) -> Option<usize> {
        match self.byte()? {
            marker @ 0x90..=0x9F => Some(usize::from(marker & 0xF)),
            0xDC => self.length(2),
            0xDD => self.length(4),
            _ => None,
        }
    }

    /// A number that is not negative.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        match self.byte()? {
            small @ 0..=0x7F => Some(u64::from(small)),
            0xCC | 0xD0 => self.big_endian(1),
            0xCD | 0xD1 => self.big_endian(2),
            0xCE | 0xD2 => self.big_endian(4),
            0xCF | 0xD3 => self.big_endian(8),
            _ => None,
        }
    }

    /// A string, or `Some(None)` for nil.
    #[inline]
    pub fn text(&mut self) -> Option<Option<&'a [u8]>> {
        let length = match self.byte()? {
            0xC0 => return Some(None),
            marker @ 0xA0..=0xBF => usize::from(marker & 0x1F),
            0xD9 => self.length(1)?,
            0xDA => self.length(2)?,
            0xDB => self.length(4)?,
            _ => return None,
        };
        self.take(length).map(Some)
    }

    /// One value as it is.
    #[inline]
    pub fn raw(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        self.skip()?;
        Some(&start[..start.len() - self.rest.len()])
    }

    /// Leaves out one value.
    pub fn skip(&mut self) -> Option<()> {
        let length = match self.byte()? {
            0..=0x7F | 0xE0..=0xFF | 0xC0 | 0xC2 | 0xC3 => 0,
            marker @ 0x80..=0x8F => return self.skip_many(2 * usize::from(marker & 0xF)),
            marker @ 0x90..=0x9F => return self.skip_many(usize::from(marker & 0xF)),
            marker @ 0xA0..=0xBF => usize::from(marker & 0x1F),
            0xC4 | 0xD9 => self.length(1)?,
            0xC5 | 0xDA => self.length(2)?,
            0xC6 | 0xDB => self.length(4)?,
            0xCC | 0xD0 => 1,
            0xCD | 0xD1 => 2,
            0xCA | 0xCE | 0xD2 => 4,
            0xCB | 0xCF | 0xD3 => 8,
            0xDC => return self.length(2).and_then(|length| self.skip_many(length)),
            0xDE => return self.length(2).and_then(|length| self.skip_many(2 * length)),
            _ => return None,
        };
        self.take(length).map(drop)
    }

    fn skip_many(&mut self, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.skip())
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    #[inline]
    fn big_endian(&mut self, size: usize) -> Option<u64> {
        Some(self.take(size)?.iter().fold(0, |number, &byte| (number << 8) | u64::from(byte)))
    }

    #[inline]
    fn length(&mut self, size: usize) -> Option<usize> {
        self.big_endian(size)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Vec<u8> {
        let mut message = Vec::new();
        put_array(&mut message, 5);
        put_number(&mut message, 1);
        message.push(0x80);
        put_text(&mut message, b"id");
        put_number(&mut message, 70_000);
        put_text(&mut message, &[b'x'; 300]);
        message
    }

    #[test]
    fn a_message_is_split_off_only_when_it_is_complete() {
        let framed = framed(&message());
        for cut in 0..framed.len() {
            assert_eq!(split(&framed[..cut]), None);
        }
        assert_eq!(split(&framed), Some((2, &message()[..])));
        assert_eq!(length_size(message().len()), 2);
    }

    #[test]
    fn values_are_read_as_they_were_written() {
        let message = message();
        let mut reader = Reader::new(&message);
        assert_eq!((reader.array(), reader.number()), (Some(5), Some(1)));
        assert_eq!(reader.raw(), Some(&[0x80][..]));
        assert_eq!(reader.text(), Some(Some(&b"id"[..])));
        assert_eq!(reader.number(), Some(70_000));
        assert_eq!(reader.text().flatten().map(<[u8]>::len), Some(300));
        assert!(reader.rest().is_empty());
    }

    #[test]
    fn a_message_can_be_left_out_as_a_whole() {
        let message = message();
        let mut reader = Reader::new(&message);
        assert_eq!(reader.skip(), Some(()));
        assert!(reader.rest().is_empty());
    }
}
