//! The attributes of SignalR for Rust. Documented where they are re-exported, in `hub-server`, `hub-client` and
//! `hub-contract`.
//!
//! Each of these crates has its own entries, so that generated code names the crate that the user depends on.

mod check;
mod diag;
mod emit;
mod expand;
mod model;
mod options;
mod root;
mod syntax;

use proc_macro::TokenStream;

use crate::model::Side;
use crate::root::Root;

/// Makes the methods of an impl block callable by clients.
#[proc_macro_attribute]
pub fn hub(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::hub(options.into(), item.into()).into()
}

/// Makes a trait the contract of what a server calls on its clients, for `hub-server`.
#[proc_macro_attribute]
pub fn hub_client(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::contract(Side::Client, Root::hub_server(), options.into(), item.into()).into()
}

/// Makes a trait the contract of what a server calls on its clients, for `hub-client`.
#[proc_macro_attribute]
pub fn hub_client_of_client(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::contract(Side::Client, Root::hub_client(), options.into(), item.into()).into()
}

/// Makes a trait the contract of what a server calls on its clients, for `hub-contract`.
#[proc_macro_attribute]
pub fn hub_client_of_contract(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::contract(Side::Client, Root::hub_contract(), options.into(), item.into()).into()
}

/// Makes a trait the contract of what clients call on a hub, for `hub-server`.
#[proc_macro_attribute]
pub fn hub_server(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::contract(Side::Server, Root::hub_server(), options.into(), item.into()).into()
}

/// Makes a trait the contract of what clients call on a hub, for `hub-client`.
#[proc_macro_attribute]
pub fn hub_server_of_client(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::contract(Side::Server, Root::hub_client(), options.into(), item.into()).into()
}

/// Makes a trait the contract of what clients call on a hub, for `hub-contract`.
#[proc_macro_attribute]
pub fn hub_server_of_contract(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::contract(Side::Server, Root::hub_contract(), options.into(), item.into()).into()
}
