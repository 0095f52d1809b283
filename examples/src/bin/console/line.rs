//! What is typed.

/// What a line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    Nothing,
    Say(&'a str),
    Whisper { to: &'a str, text: &'a str },
}

impl<'a> Line<'a> {
    /// Reads a line; `None` says goodbye.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        Some(match line.split_once(' ') {
            _ if line.is_empty() => Self::Nothing,
            _ if line == "/q" => return None,
            Some(("/w", rest)) => match rest.trim_start().split_once(' ') {
                Some((to, text)) => Self::Whisper { to, text },
                None => Self::Say(line),
            },
            _ => Self::Say(line),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_whispered_or_the_last_one() {
        assert_eq!(Line::parse(" hello, all "), Some(Line::Say("hello, all")));
        assert_eq!(Line::parse("/w Bob psst, you"), Some(Line::Whisper { to: "Bob", text: "psst, you" }));
        assert_eq!(Line::parse("/w Bob"), Some(Line::Say("/w Bob")));
        assert_eq!(Line::parse("  "), Some(Line::Nothing));
        assert_eq!(Line::parse("/q"), None);
    }
}
