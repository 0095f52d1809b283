//! The attributes of SignalR for Rust. Documented where they are re-exported, in `hub-server`.

mod check;
mod diag;
mod emit;
mod expand;
mod model;
mod options;
mod root;
mod syntax;

use proc_macro::TokenStream;

/// Makes the methods of an impl block callable by clients.
#[proc_macro_attribute]
pub fn hub(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::hub(options.into(), item.into()).into()
}

/// Makes a trait the contract of what a server calls on its clients.
#[proc_macro_attribute]
pub fn hub_client(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::hub_client(options.into(), item.into()).into()
}
