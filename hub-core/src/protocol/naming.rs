//! How the fields of a user's struct are named in payloads.

/// How the fields of structs are named in what is sent.
///
/// What is received in JSON is matched in any case, whatever is chosen here (J-73); in MessagePack a member has the name
/// that is sent (M-50). Keys of maps, and the names of enum variants, are never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PayloadNaming {
    /// `user_name` is sent as `userName`, `GUID` as `guid` and `URLValue` as `urlValue` (J-9, J-17).
    #[default]
    CamelCase,
    /// `user_name` is sent as `UserName`.
    PascalCase,
    /// Fields are sent under the names which serde gives them.
    AsDeclared,
}

impl PayloadNaming {
    /// The name under which a field is sent.
    pub(super) fn wire_name(self, declared: &str) -> WireName<'_> {
        let joins_words = || declared.contains('_') && !has_capitals(declared);
        let rule = match self {
            Self::PascalCase if joins_words() => Rule::JoinWords { capital: true },
            Self::PascalCase => Rule::UpperFirst,
            Self::CamelCase if joins_words() => Rule::JoinWords { capital: false },
            Self::CamelCase if has_capitals(declared) => Rule::LowerCapitals { first: true },
            Self::CamelCase | Self::AsDeclared => Rule::Keep,
        };
        WireName { rest: declared, rule }
    }

    /// Which of `fields` a received member name means: one that is sent or declared so, else the first that is in
    /// another case.
    pub(super) fn field(self, fields: &[&str], member: &str) -> Option<usize> {
        let matches = |index: &usize| fields.get(*index).is_some_and(|field| self.matches(field, member));
        let mut matching = (0..fields.len()).filter(matches);
        let first = matching.next()?;
        let Some(second) = matching.next() else {
            return Some(first);
        };
        let is_spelled = |field: &&str| *field == member || self.wire_name(field).is(member);
        let mut all = [first, second].into_iter().chain(matching);
        all.find(|index| fields.get(*index).is_some_and(is_spelled)).or(Some(first))
    }

    /// Whether the letters are the same in whatever case; a declared name's underscores may be missing.
    fn matches(self, declared: &str, member: &str) -> bool {
        let mut member = member.chars();
        for letter in declared.chars() {
            let rest = member.clone();
            let same = member.next().is_some_and(|other| is_same_letter(letter, other));
            if !same && (letter != '_' || self == Self::AsDeclared) {
                return false;
            }
            if !same {
                member = rest;
            }
        }
        member.next().is_none()
    }
}

/// A field's name on the wire, piece by piece.
#[derive(Debug)]
pub(super) struct WireName<'n> {
    rest: &'n str,
    rule: Rule,
}

/// A letter that is not as it was declared, and what is behind it that is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'n> {
    pub(super) letter: Option<char>,
    pub(super) text: &'n str,
}

impl<'n> WireName<'n> {
    /// The name itself, when it needs no change.
    pub(super) fn unchanged(&self) -> Option<&'n str> {
        matches!(self.rule, Rule::Keep).then_some(self.rest)
    }

    /// Whether this is the name, in exact case.
    pub(super) fn is(mut self, name: &str) -> bool {
        self.try_fold(name, |name, piece| piece.strip_from(name)) == Some("")
    }
}

impl Piece<'_> {
    fn strip_from(self, name: &str) -> Option<&str> {
        let name = match self.letter {
            Some(letter) => name.strip_prefix(letter)?,
            None => name,
        };
        name.strip_prefix(self.text)
    }
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    Keep,
    UpperFirst,
    /// Capitals at the start become small, up to but not including the one before a small letter (J-17).
    LowerCapitals {
        first: bool,
    },
    /// Underscores go, and the letter behind one becomes a capital if there is a letter before it.
    JoinWords {
        capital: bool,
    },
}

impl<'n> Iterator for WireName<'n> {
    type Item = Piece<'n>;

    fn next(&mut self) -> Option<Piece<'n>> {
        match self.rule {
            Rule::Keep if self.rest.is_empty() => None,
            Rule::Keep => Some(Piece { letter: None, text: std::mem::take(&mut self.rest) }),
            Rule::UpperFirst => {
                self.rule = Rule::Keep;
                let (first, text) = split_first(std::mem::take(&mut self.rest))?;
                Some(Piece { letter: Some(upper(first)), text })
            }
            Rule::LowerCapitals { first } => self.lower_capital(first),
            Rule::JoinWords { capital } => self.join_word(capital),
        }
    }
}

impl<'n> WireName<'n> {
    fn lower_capital(&mut self, first: bool) -> Option<Piece<'n>> {
        let (letter, rest) = split_first(self.rest)?;
        let last_of_run = rest.chars().next().is_some_and(|next| !next.is_uppercase());
        if !letter.is_uppercase() || (last_of_run && !first) {
            self.rule = Rule::Keep;
            return self.next();
        }
        self.rule = if last_of_run { Rule::Keep } else { Rule::LowerCapitals { first: false } };
        self.rest = rest;
        Some(Piece { letter: Some(lower(letter)), text: "" })
    }

    fn join_word(&mut self, capital: bool) -> Option<Piece<'n>> {
        let rest = self.rest.trim_start_matches('_');
        let (word, rest) = rest.split_at(rest.bytes().position(|byte| byte == b'_').unwrap_or(rest.len()));
        self.rest = rest;
        self.rule = Rule::JoinWords { capital: true };
        let (letter, text) = split_first(word)?;
        Some(if capital { Piece { letter: Some(upper(letter)), text } } else { Piece { letter: None, text: word } })
    }
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let mut letters = text.chars();
    Some((letters.next()?, letters.as_str()))
}

fn has_capitals(name: &str) -> bool {
    let suspect = |byte: u8| byte.is_ascii_uppercase() || !byte.is_ascii();
    name.bytes().any(suspect) && name.chars().any(char::is_uppercase)
}

fn is_same_letter(a: char, b: char) -> bool {
    a.eq_ignore_ascii_case(&b) || (!a.is_ascii() && !b.is_ascii() && upper(a) == upper(b))
}

/// The capital of a letter that has one of its own, and else the letter: .NET's ordinal comparison knows no others.
fn upper(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_uppercase();
    }
    let mut capitals = letter.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) if !capital.is_ascii() => capital,
        _ => letter,
    }
}

fn lower(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let mut small = letter.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(naming: PayloadNaming, declared: &str) -> String {
        let mut name = String::new();
        for Piece { letter, text } in naming.wire_name(declared) {
            name.extend(letter);
            name.push_str(text);
        }
        assert!(naming.wire_name(declared).is(&name));
        assert!(!naming.wire_name(declared).is(&format!("{name}x")));
        name
    }

    #[test]
    fn camel_case_joins_words_and_lowers_leading_capitals() {
        for (declared, expected) in [
            ("name", "name"),
            ("user_name", "userName"),
            ("x_y", "xY"),
            ("line_1", "line1"),
            ("_private", "private"),
            ("type_", "type"),
            ("a__b", "aB"),
            ("GUID", "guid"),
            ("URLValue", "urlValue"),
            ("ABc", "aBc"),
            ("Name", "name"),
            ("A", "a"),
            ("A1", "a1"),
            ("userName", "userName"),
            ("Foo_Bar", "foo_Bar"),
            ("größe_é", "größeÉ"),
            ("", ""),
        ] {
            assert_eq!(sent(PayloadNaming::CamelCase, declared), expected, "{declared}");
        }
    }

    #[test]
    fn pascal_case_starts_with_a_capital() {
        for (declared, expected) in
            [("name", "Name"), ("user_name", "UserName"), ("userName", "UserName"), ("GUID", "GUID"), ("_x", "X")]
        {
            assert_eq!(sent(PayloadNaming::PascalCase, declared), expected, "{declared}");
        }
    }

    #[test]
    fn as_declared_changes_nothing() {
        for declared in ["user_name", "Name", "_x", "GUID"] {
            assert_eq!(sent(PayloadNaming::AsDeclared, declared), declared);
        }
    }

    #[test]
    fn members_are_matched_in_any_case() {
        let fields = ["user_name", "GUID", "größe"];
        for naming in [PayloadNaming::CamelCase, PayloadNaming::PascalCase] {
            for (member, expected) in [
                ("userName", Some(0)),
                ("UserName", Some(0)),
                ("USERNAME", Some(0)),
                ("user_name", Some(0)),
                ("User_Name", Some(0)),
                ("guid", Some(1)),
                ("Guid", Some(1)),
                ("GRÖßE", Some(2)),
                ("user-name", None),
                ("use", None),
                ("", None),
            ] {
                assert_eq!(naming.field(&fields, member), expected, "{member}");
            }
        }
    }

    #[test]
    fn as_declared_matches_the_declared_name_only() {
        let fields = ["user_name"];
        assert_eq!(PayloadNaming::AsDeclared.field(&fields, "USER_NAME"), Some(0));
        assert_eq!(PayloadNaming::AsDeclared.field(&fields, "userName"), None);
    }

    #[test]
    fn full_matches_come_first() {
        let fields = ["username", "userName", "USERNAME"];
        assert_eq!(PayloadNaming::AsDeclared.field(&fields, "USERNAME"), Some(2));
        assert_eq!(PayloadNaming::CamelCase.field(&fields, "userName"), Some(1));
        assert_eq!(PayloadNaming::CamelCase.field(&["username", "user_name"], "userName"), Some(1));
    }

    #[test]
    fn letters_of_other_alphabets_do_not_pass_for_ascii() {
        assert_eq!(PayloadNaming::CamelCase.field(&["kind", "is"], "\u{212A}ind"), None);
        assert_eq!(PayloadNaming::CamelCase.field(&["kind", "is"], "\u{131}s"), None);
    }
}
