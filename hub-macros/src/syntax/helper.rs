use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Ident, Meta};

use crate::diag::Sink;

/// A `#[hub(…)]`, `#[hub_client(…)]` or `#[hub_server(…)]` inside a block: read by the attribute of the block, and not given back.
#[derive(Debug, Clone)]
pub(crate) struct Helper {
    pub(crate) word: Ident,
    /// Empty when there are no parentheses.
    pub(crate) options: TokenStream,
}

impl Helper {
    /// Takes the helpers out of `attrs`.
    pub(crate) fn take(attrs: &mut Vec<Attribute>, sink: &Sink) -> Vec<Self> {
        let helpers = attrs.iter().filter_map(Self::from_attribute).collect();
        for attr in attrs.iter().filter(|attr| is_conditional(attr)) {
            let hint = "write the item twice, under `#[cfg(…)]` and `#[cfg(not(…))]`";
            sink.error(attr.path(), format!("`cfg_attr` is decided after the block was read: {hint}"));
        }
        attrs.retain(|attr| Self::from_attribute(attr).is_none() && !is_conditional(attr));
        helpers
    }

    fn from_attribute(attr: &Attribute) -> Option<Self> {
        let word = &attr.path().segments.last()?.ident;
        if !is_helper(word) {
            return None;
        }
        let options = match &attr.meta {
            Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        Some(Self { word: word.clone(), options })
    }
}

fn is_helper(word: &Ident) -> bool {
    word == "hub" || word == "hub_client" || word == "hub_server"
}

/// Whether it is a `#[cfg_attr(…, hub(…))]`.
fn is_conditional(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut attributes = list.tokens.clone().into_iter().skip_while(|token| !is_comma(token));
    list.path.is_ident("cfg_attr")
        && attributes.any(|token| matches!(token, TokenTree::Ident(word) if is_helper(&word)))
}
