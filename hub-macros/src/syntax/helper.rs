use proc_macro2::TokenStream;
use syn::{Attribute, Ident, Meta};

/// A `#[hub(…)]` or `#[hub_client(…)]` inside a block: read by the attribute of the block, and not given back.
#[derive(Debug, Clone)]
pub(crate) struct Helper {
    pub(crate) word: Ident,
    /// Empty when there are no parentheses.
    pub(crate) options: TokenStream,
}

impl Helper {
    /// Takes the helpers out of `attrs`.
    pub(crate) fn take(attrs: &mut Vec<Attribute>) -> Vec<Self> {
        let helpers = attrs.iter().filter_map(Self::from_attribute).collect();
        attrs.retain(|attr| Self::from_attribute(attr).is_none());
        helpers
    }

    fn from_attribute(attr: &Attribute) -> Option<Self> {
        let word = &attr.path().segments.last()?.ident;
        if word != "hub" && word != "hub_client" {
            return None;
        }
        let options = match &attr.meta {
            Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        Some(Self { word: word.clone(), options })
    }
}
