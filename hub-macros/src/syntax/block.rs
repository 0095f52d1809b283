use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{ImplItem, ItemImpl, ItemTrait, token};

use super::Item;
use crate::diag::Sink;

/// An impl block: its head, and its items down to their signatures.
#[derive(Debug)]
pub(crate) struct ImplBlock {
    /// Without items.
    pub(crate) head: ItemImpl,
    pub(crate) items: Vec<Item>,
}

impl ImplBlock {
    pub(crate) fn parse(item: &TokenStream, sink: &Sink) -> Option<Self> {
        let (mut head, body) = sink.ok(split::<ItemImpl>(item))?;
        head.brace_token = token::Brace { span: body.delim_span() };
        let items = sink.ok(items(body.stream(), &mut head.attrs, sink))?;
        Some(Self { head, items })
    }
}

impl ToTokens for ImplBlock {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let items = self.items.iter().map(|item| ImplItem::Verbatim(item.to_token_stream())).collect();
        ItemImpl { items, ..self.head.clone() }.to_tokens(tokens);
    }
}

/// A trait: its head, and its items down to their signatures.
#[derive(Debug)]
pub(crate) struct TraitBlock {
    /// Without items.
    pub(crate) head: ItemTrait,
    pub(crate) items: Vec<Item>,
}

impl TraitBlock {
    pub(crate) fn parse(item: &TokenStream, sink: &Sink) -> Option<Self> {
        let (mut head, body) = sink.ok(split::<ItemTrait>(item))?;
        head.brace_token = token::Brace { span: body.delim_span() };
        let items = sink.ok(items(body.stream(), &mut head.attrs, sink))?;
        Some(Self { head, items })
    }
}

/// Reads the head as an item with an empty body, and gives the body back unread.
fn split<Head: Parse>(item: &TokenStream) -> syn::Result<(Head, Group)> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    match tokens.pop() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
            let head = tokens.into_iter().collect::<TokenStream>();
            Ok((syn::parse2(quote!(#head {}))?, body))
        }
        last => Err(syn::Error::new_spanned(last, "expected a block in braces")),
    }
}

/// Inner attributes are moved to the head, where they print as what they are.
fn items(body: TokenStream, attrs: &mut Vec<syn::Attribute>, sink: &Sink) -> syn::Result<Vec<Item>> {
    let parser = |input: ParseStream<'_>| {
        attrs.extend(syn::Attribute::parse_inner(input)?);
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(Item::parse(input, sink)?);
        }
        Ok(items)
    };
    parser.parse2(body)
}
