//! Names on the wire.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

/// The target of a call as it stands in a message, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct WireName {
    pub(crate) value: String,
    pub(crate) span: Span,
}

impl WireName {
    /// The name given by the user, or the method's own in the case of its block.
    pub(crate) fn new(ident: &Ident, given: Option<&LitStr>, case: Case) -> Self {
        match given {
            Some(name) => Self { value: name.value(), span: name.span() },
            None => Self { value: case.apply(&ident.unraw().to_string()), span: ident.span() },
        }
    }

    /// Targets are looked up without case (D-6).
    pub(crate) fn is_same_target(&self, other: &Self) -> bool {
        self.value.to_lowercase() == other.value.to_lowercase()
    }
}

/// Prints as a literal at its place.
impl ToTokens for WireName {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        LitStr::new(&self.value, self.span).to_tokens(tokens);
    }
}

/// A way to write a name of several words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Case {
    #[default]
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
    Lower,
    Upper,
}

impl Case {
    /// Each case under its own name.
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// The words of `ident` in this case. An identifier without a letter or digit stays what it is.
    pub(crate) fn apply(self, ident: &str) -> String {
        let words: Vec<&str> = ident.split('_').filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return ident.to_owned();
        }
        match self {
            Self::Pascal => words.into_iter().map(capitalized).collect(),
            Self::Camel => uncapitalized(&words.into_iter().map(capitalized).collect::<String>()),
            Self::Snake => words.join("_").to_lowercase(),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Kebab => words.join("-").to_lowercase(),
            Self::ScreamingKebab => words.join("-").to_uppercase(),
            Self::Lower => words.concat().to_lowercase(),
            Self::Upper => words.concat().to_uppercase(),
        }
    }
}

fn capitalized(word: &str) -> String {
    with_first(word, |first| first.to_uppercase().collect())
}

fn uncapitalized(word: &str) -> String {
    with_first(word, |first| first.to_lowercase().collect())
}

fn with_first(word: &str, change: impl FnOnce(char) -> String) -> String {
    let mut rest = word.chars();
    rest.next().map(change).unwrap_or_default() + rest.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(ident: &str) -> String {
        WireName::new(&syn::parse_str(ident).unwrap(), None, Case::default()).value
    }

    #[test]
    fn a_method_name_becomes_pascal_case() {
        assert_eq!(wire("send_message"), "SendMessage");
        assert_eq!(wire("send"), "Send");
        assert_eq!(wire("send_2_all"), "Send2All");
        assert_eq!(wire("sendMessage"), "SendMessage");
        assert_eq!(wire("_private__name_"), "PrivateName");
        assert_eq!(wire("über_alles"), "ÜberAlles");
    }

    #[test]
    fn a_raw_identifier_loses_its_mark() {
        assert_eq!(wire("r#type"), "Type");
    }

    #[test]
    fn a_name_of_underscores_stays() {
        assert_eq!(wire("__"), "__");
    }

    #[test]
    fn every_case_writes_its_own_name_in_itself() {
        let written = Case::ALL.map(|(_, case)| case.apply("send_to_all"));
        let expected = [
            "SendToAll",
            "sendToAll",
            "send_to_all",
            "SEND_TO_ALL",
            "send-to-all",
            "SEND-TO-ALL",
            "sendtoall",
            "SENDTOALL",
        ];
        assert_eq!(written, expected);
    }

    #[test]
    fn a_given_name_is_taken_as_it_is() {
        let given: LitStr = syn::parse_quote!("send message");
        let name = WireName::new(&syn::parse_quote!(send), Some(&given), Case::Kebab);
        assert_eq!(name.value, "send message");
    }

    #[test]
    fn targets_are_compared_without_case() {
        let name = |text: &str| WireName { value: text.to_owned(), span: Span::call_site() };
        assert!(name("SendMessage").is_same_target(&name("sendMESSAGE")));
        assert!(!name("SendMessage").is_same_target(&name("SendMessages")));
    }
}
