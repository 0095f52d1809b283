//! UTF-8 validation of a Text message that arrives in pieces.

/// Remembers the character that the last piece cut in two.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8Validator {
    /// The first bytes of a character, at most three.
    begun: [u8; 3],
    length: u8,
}

impl Utf8Validator {
    /// Whether the text is still valid after this piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        // Most text is ASCII, which is found out with less.
        if self.length == 0 && piece.is_ascii() {
            return true;
        }
        let Some(rest) = self.complete_character(piece) else { return false };
        match str::from_utf8(rest) {
            Ok(_) => true,
            Err(error) => {
                error.error_len().is_none() && self.begin(rest.get(error.valid_up_to()..).unwrap_or_default())
            }
        }
    }

    /// Whether the text may end here.
    pub(super) fn is_complete(self) -> bool {
        self.length == 0
    }

    /// Finishes the character that was begun and returns what follows it; `None` when it cannot be finished so.
    fn complete_character<'a>(&mut self, piece: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = piece;
        while self.length > 0 {
            let Some((byte, tail)) = rest.split_first() else { break };
            rest = tail;
            let mut character = [0; 4];
            let length = usize::from(self.length);
            character.get_mut(..3)?.copy_from_slice(&self.begun);
            *character.get_mut(length)? = *byte;
            self.length = 0;
            match str::from_utf8(character.get(..=length)?) {
                Ok(_) => break,
                Err(error) if error.error_len().is_none() => self.begin(character.get(..=length)?),
                Err(_) => return None,
            };
        }
        Some(rest)
    }

    fn begin(&mut self, bytes: &[u8]) -> bool {
        let Some(begun) = self.begun.get_mut(..bytes.len()) else { return false };
        begun.copy_from_slice(bytes);
        self.length = bytes.len().try_into().unwrap_or_default();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_text<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> bool {
        let mut validator = Utf8Validator::default();
        pieces.into_iter().all(|piece| validator.push(piece)) && validator.is_complete()
    }

    /// Every way to cut `bytes` in three pieces, and one byte at a time, has to give what the standard library says.
    fn agrees_with_std(bytes: &[u8]) {
        let expected = str::from_utf8(bytes).is_ok();
        assert_eq!(is_text(bytes.chunks(1)), expected, "{bytes:x?} byte by byte");
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(is_text(pieces), expected, "{pieces:x?}");
            }
        }
    }

    #[test]
    fn valid_text_is_valid_however_it_is_cut() {
        for text in [
            "",
            "plain",
            "é",
            "日本語",
            "😀",
            "aé日😀z",
            "\u{0}\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10ffff}",
        ] {
            agrees_with_std(text.as_bytes());
        }
    }

    #[test]
    fn invalid_text_is_invalid_however_it_is_cut() {
        let cases: [&[u8]; 12] = [
            &[0xff],
            &[0x80],
            b"a\xffb",
            &[0xc0, 0x80],
            &[0xe0, 0x80, 0x80],
            &[0xed, 0xa0, 0x80],
            &[0xf0, 0x80, 0x80, 0x80],
            &[0xf4, 0x90, 0x80, 0x80],
            &[0xf5, 0x80, 0x80, 0x80],
            &[0xe6, 0x97],
            &[0xf0, 0x9f, 0x98],
            &[0xe6, 0x97, 0x41],
        ];
        for bytes in cases {
            agrees_with_std(bytes);
        }
    }

    #[test]
    fn every_pair_and_many_quadruples_agree_with_std() {
        for first in 0..=255 {
            for second in 0..=255 {
                agrees_with_std(&[first, second]);
            }
        }
        let edges =
            [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5];
        for a in edges {
            for b in edges {
                for c in edges {
                    for d in edges {
                        assert_eq!(is_text([a, b, c, d].chunks(1)), str::from_utf8(&[a, b, c, d]).is_ok());
                    }
                }
            }
        }
    }
}
