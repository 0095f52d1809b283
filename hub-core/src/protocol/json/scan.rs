//! A strict cursor over JSON text that allocates nothing (J-32).

use super::strings::{self, JsonString};

/// How many levels a message may be nested, its own object included (J-38).
pub(crate) const MAX_LEVELS: u32 = 64;

/// The text is not JSON, or is nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
    pub(crate) reason: &'static str,
}

/// What a value is, as its first byte tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

impl Kind {
    /// The word that ASP.NET Core uses (J-33).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Object => "Object",
            Self::Array => "Array",
            Self::String => "String",
            Self::Number => "Number",
            Self::True => "True",
            Self::False => "False",
            Self::Null => "Null",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    /// What the next value is. Only its first byte is looked at.
    pub(crate) fn kind(&mut self) -> Result<Kind, Malformed> {
        match self.peek() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.malformed("a value is expected")),
        }
    }

    /// What the next value is. It is read, unless it is an object or an array.
    pub(crate) fn token(&mut self) -> Result<Kind, Malformed> {
        let kind = self.kind()?;
        if !matches!(kind, Kind::Object | Kind::Array) {
            self.skip_value(MAX_LEVELS)?;
        }
        Ok(kind)
    }

    /// Steps into the object or array that is next, and says whether there is anything in it.
    pub(crate) fn open(&mut self, close: u8) -> bool {
        self.peek();
        self.at += 1;
        !self.take(close)
    }

    /// Steps behind a member or an element, and says whether there is another.
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Malformed> {
        if self.take(b',') {
            Ok(true)
        } else if self.take(close) {
            Ok(false)
        } else {
            Err(self.malformed("a comma or the end is expected behind a value"))
        }
    }

    /// Reads the name of a member and the colon behind it.
    pub(crate) fn name(&mut self) -> Result<JsonString<'a>, Malformed> {
        if self.peek() != Some(b'"') {
            return Err(self.malformed("the name of a member is expected"));
        }
        let name = self.string()?;
        if self.take(b':') { Ok(name) } else { Err(self.malformed("a colon is expected behind a name")) }
    }

    /// Reads this text, if it is what comes next; otherwise reads nothing.
    #[inline]
    pub(crate) fn literal(&mut self, text: &'static [u8]) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// Reads the text of a string without escapes, if that comes next and no blank before it, as most often; otherwise
    /// reads nothing.
    #[inline]
    pub(crate) fn plain_text(&mut self) -> Option<&'a str> {
        let raw = self.rest().strip_prefix(b"\"")?;
        let (text, rest) = raw.split_at_checked(strings::plain_prefix(raw))?;
        if rest.first() != Some(&b'"') {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        self.at += text.len() + 2;
        Some(text)
    }

    /// Reads the string that is next.
    pub(crate) fn string(&mut self) -> Result<JsonString<'a>, Malformed> {
        self.peek();
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += strings::plain_prefix(self.rest());
            match self.input.get(self.at) {
                Some(b'"') => {
                    let raw = self.since(start);
                    self.at += 1;
                    return Ok(JsonString::new(raw, escaped));
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.malformed("a control character in a string")),
                None => return Err(self.malformed("the string does not end")),
            }
            escaped = true;
        }
    }

    /// Reads a number of one digit that another member follows; otherwise reads nothing.
    #[inline]
    pub(crate) fn digit(&mut self) -> Option<u8> {
        let [digit @ b'0'..=b'9', b',', ..] = self.rest() else { return None };
        self.at += 1;
        Some(digit - b'0')
    }

    /// Reads the number that is next.
    pub(crate) fn number(&mut self) -> Result<&'a [u8], Malformed> {
        self.peek();
        let start = self.at;
        self.take_byte(b'-');
        if !self.take_byte(b'0') {
            self.digits()?;
        }
        if self.take_byte(b'.') {
            self.digits()?;
        }
        if self.take_byte(b'e') || self.take_byte(b'E') {
            let _ = self.take_byte(b'+') || self.take_byte(b'-');
            self.digits()?;
        }
        match self.input.get(self.at) {
            None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r') => Ok(self.since(start)),
            Some(_) => Err(self.malformed("the number does not end")),
        }
    }

    /// Reads `true`, `false` or `null`.
    pub(crate) fn word(&mut self, word: &'static [u8]) -> Result<(), Malformed> {
        self.peek();
        if !self.rest().starts_with(word) {
            return Err(self.malformed("a value is expected"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads a whole value that may open up to `levels` levels, and gives its text.
    pub(crate) fn skip_value(&mut self, levels: u32) -> Result<&'a [u8], Malformed> {
        let next = self.peek();
        let start = self.at;
        if next == Some(b'"') {
            self.string()?;
            return Ok(self.since(start));
        }
        let mut nesting = Nesting::default();
        loop {
            if self.enter(&mut nesting, levels)? {
                continue;
            }
            if !self.leave(&mut nesting)? {
                return Ok(self.since(start));
            }
        }
    }

    /// Reads a scalar, an empty container, or the beginning of a container that has something in it: then true.
    fn enter(&mut self, nesting: &mut Nesting, levels: u32) -> Result<bool, Malformed> {
        match self.kind()? {
            Kind::String => self.string().map(|_| false),
            Kind::Number => self.number().map(|_| false),
            Kind::True => self.word(b"true").map(|()| false),
            Kind::False => self.word(b"false").map(|()| false),
            Kind::Null => self.word(b"null").map(|()| false),
            Kind::Object | Kind::Array if nesting.depth >= levels => Err(self.malformed("nested too deeply")),
            Kind::Array => Ok(self.open(b']') && nesting.push(false)),
            Kind::Object => {
                let entered = self.open(b'}') && nesting.push(true);
                if entered {
                    self.name()?;
                }
                Ok(entered)
            }
        }
    }

    /// Reads what is behind a value, up to the next one; false at the end of the outermost.
    fn leave(&mut self, nesting: &mut Nesting) -> Result<bool, Malformed> {
        while let Some(in_object) = nesting.top() {
            if self.more(if in_object { b'}' } else { b']' })? {
                if in_object {
                    self.name()?;
                }
                return Ok(true);
            }
            nesting.pop();
        }
        Ok(false)
    }

    /// The next byte that is not a blank.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        match self.input.get(self.at) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.peek_behind_blanks(),
        }
    }

    fn peek_behind_blanks(&mut self) -> Option<u8> {
        loop {
            match self.input.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                next => return next.copied(),
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.peek();
        self.take_byte(byte)
    }

    fn take_byte(&mut self, byte: u8) -> bool {
        let taken = self.input.get(self.at) == Some(&byte);
        self.at += usize::from(taken);
        taken
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.malformed("a digit is expected")) } else { Ok(()) }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let length = match self.rest() {
            [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [_, b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => 6,
            _ => return Err(self.malformed("an unknown escape in a string")),
        };
        self.at += length;
        Ok(())
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.input.get(start..self.at).unwrap_or_default()
    }

    #[cold]
    fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed { at: self.at, reason }
    }
}

/// The open objects and arrays: one bit each.
#[derive(Default)]
struct Nesting {
    objects: u64,
    depth: u32,
}

impl Nesting {
    /// Always true, for the caller's convenience. At most 64 levels fit.
    fn push(&mut self, object: bool) -> bool {
        self.objects = (self.objects << 1) | u64::from(object);
        self.depth += 1;
        true
    }

    fn pop(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    /// Whether the innermost is an object.
    fn top(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.objects & 1 == 1)
    }
}
