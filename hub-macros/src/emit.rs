//! What is generated: names of things in the runtime, which does the work.
//!
//! Every path is absolute, and every local name has the hygiene of the macro.

mod client;
mod hollow;
mod hub;
mod lifecycle;

pub(crate) use client::contract;
pub(crate) use hollow::hub as hollow_hub;
pub(crate) use hub::hub;

use proc_macro2::Span;

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
