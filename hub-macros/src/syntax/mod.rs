//! What the user wrote, read down to the signatures. Bodies stay unparsed, so that a half-typed one reaches the compiler
//! alone, with its own message.

mod block;
mod helper;
mod item;
mod owned;
mod stream;
mod ty;

pub(crate) use block::{ImplBlock, TraitBlock};
pub(crate) use helper::Helper;
pub(crate) use item::{Item, MethodItem, OtherKind};
pub(crate) use owned::{owned, with_lifetime};
pub(crate) use stream::{bound_ident, is_stream, stream_bound, stream_item};
pub(crate) use ty::{bare, first_impl_trait, first_reference, is_unit, last_ident, written};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Visibility};

/// The attributes that decide whether an item exists; what is generated for the item must carry them too.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// The item without the invisible group that a `macro_rules!` fragment wraps around it.
pub(crate) fn ungrouped(item: TokenStream) -> TokenStream {
    let mut tokens = item.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => ungrouped(group.stream()),
        _ => item,
    }
}

/// The word that says what kind of item it is, such as `impl` or `struct`.
pub(crate) fn keyword(item: &TokenStream) -> Option<Ident> {
    let parser = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let mut word = input.call(Ident::parse_any)?;
        while ["default", "unsafe", "async", "auto"].iter().any(|modifier| word == modifier) {
            word = input.call(Ident::parse_any)?;
        }
        input.parse::<TokenStream>()?;
        Ok(word)
    };
    parser.parse2(item.clone()).ok()
}
