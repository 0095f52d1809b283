//! Reading a list of options. A wrong one is reported and left out; the others count.

use std::fmt;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, Token};

use crate::diag::Sink;
use crate::syntax::Helper;

/// Where a list of options stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// On the block itself.
    Block { attribute: &'static str },
    /// On something inside the block.
    Inside { attribute: &'static str, what: &'static str },
}

/// An option: its name, how it is written, and what reads it from behind its name.
pub(super) struct Word<'a> {
    name: &'static str,
    usage: &'static str,
    read: Read<'a>,
    is_read: bool,
    may_repeat: bool,
}

type Read<'a> = &'a mut dyn FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>;

impl<'a> Word<'a> {
    pub(super) fn new(name: &'static str, usage: &'static str, read: Read<'a>) -> Self {
        Self { name, usage, read, is_read: false, may_repeat: false }
    }

    /// An option that may be given more than once.
    pub(super) fn repeated(name: &'static str, usage: &'static str, read: Read<'a>) -> Self {
        Self { may_repeat: true, ..Self::new(name, usage, read) }
    }
}

/// What stands behind `word =`.
pub(super) fn value<T: Parse>(word: &Ident, input: ParseStream<'_>) -> syn::Result<T> {
    let equals = input.parse::<Token![=]>();
    if equals.is_err() || input.is_empty() {
        return Err(syn::Error::new(word.span(), "no value"));
    }
    input.parse()
}

impl Place {
    /// Reads the helpers of one method or parameter as one list.
    pub(super) fn read_helpers(self, helpers: &[Helper], sink: &Sink, words: &mut [Word<'_>]) {
        for helper in helpers {
            if helper.word != self.attribute() {
                sink.error(&helper.word, format!("here it is spelled `#[{}(…)]`", self.attribute()));
            } else if helper.options.is_empty() {
                sink.error(&helper.word, format!("{self} needs an option: {}", names(words)));
            }
        }
        self.read(helpers.iter().map(|helper| helper.options.clone()), sink, words);
    }

    pub(super) fn read(self, lists: impl IntoIterator<Item = TokenStream>, sink: &Sink, words: &mut [Word<'_>]) {
        for list in lists {
            let parser = |input: ParseStream<'_>| {
                while !input.is_empty() {
                    if let Err(error) = self.read_one(input, words) {
                        sink.push(error);
                        skip_option(input)?;
                    }
                    input.parse::<Option<Token![,]>>()?;
                }
                Ok(())
            };
            sink.ok(parser.parse2(list));
        }
    }

    fn read_one(self, input: ParseStream<'_>, words: &mut [Word<'_>]) -> syn::Result<()> {
        let known = names(words);
        let Ok(name) = input.call(Ident::parse_any) else {
            return Err(input.error(format!("expected an option of {self}: {known}")));
        };
        let Some(word) = words.iter_mut().find(|word| name == word.name) else {
            return Err(syn::Error::new(name.span(), format!("unknown option `{name}` of {self}: expected {known}")));
        };
        if word.is_read && !word.may_repeat {
            return Err(syn::Error::new(name.span(), format!("option `{name}` is given twice: keep one")));
        }
        word.is_read = true;
        let malformed = |span| syn::Error::new(span, format!("option `{}` is written {}", word.name, word.usage));
        (word.read)(&name, input).map_err(|error| malformed(error.span()))?;
        if input.is_empty() || input.peek(Token![,]) { Ok(()) } else { Err(malformed(input.span())) }
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::Block { attribute } | Self::Inside { attribute, .. } => attribute,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block { attribute } => write!(f, "`#[{attribute}]`"),
            Self::Inside { attribute, what } => write!(f, "`#[{attribute}]` on {what}"),
        }
    }
}

/// "`name`, `skip` or `authorize`".
fn names(words: &[Word<'_>]) -> String {
    let names: Vec<String> = words.iter().map(|word| format!("`{}`", word.name)).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Goes on to the next comma.
fn skip_option(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
