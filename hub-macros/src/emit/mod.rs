//! What is generated: names of things in the runtime, which does the work.
//!
//! Every path is absolute, and every local name has the hygiene of the macro.

mod agreement;
mod client;
mod hollow;
mod hub;
mod lifecycle;
mod proxy;
mod receive;
mod server;
mod terms;

pub(crate) use client::client_contract;
pub(crate) use hollow::hub as hollow_hub;
pub(crate) use hub::{hub, hub_block};
pub(crate) use server::server_contract;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::{ReturnType, Signature};

use crate::root::Root;

/// `quote!` for generated code: what is local to it cannot meet a name of the user's.
macro_rules! code {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}
use code;

/// The place of the user's tokens with the hygiene of generated code, and so for errors but not for lints.
fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Makes a `Result` of `value`, which a method returned. Whether it is one already is a question about its type, and so
/// for the compiler: it needs the traits of [`tag_traits`].
fn split(sig: &Signature, root: &Root) -> TokenStream {
    quote_spanned!(at(output_span(sig))=> (&&#root::Tag::of(&value)).returned().split(value))
}

/// The traits by which the compiler finds out what a method returns. They have no names there that could meet others.
fn tag_traits(root: &Root) -> TokenStream {
    code!(use #root::tags::*;)
}

/// Where the type of the result stands, or would stand.
fn output_span(sig: &Signature) -> Span {
    match &sig.output {
        ReturnType::Default => sig.ident.span(),
        ReturnType::Type(_, ty) => ty.span(),
    }
}

/// A name as a type, which is the same type for the same name only.
fn name_type(name: &str, root: &Root) -> TokenStream {
    let chunks =
        name.as_bytes().chunks(16).map(|bytes| bytes.iter().fold(0, |chunk, byte| chunk << 8 | u128::from(*byte)));
    let chunks = chunks.map(|chunk| code!(#root::Chunk<#chunk>));
    code!((#(#chunks,)*))
}
