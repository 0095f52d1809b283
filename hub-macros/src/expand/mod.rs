//! From tokens to tokens: syntax, model, check, emit.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use crate::diag::Sink;
use crate::model::{Contract, Hub, Side};
use crate::options::{ContractOptions, HubOptions};
use crate::root::Root;
use crate::syntax::{ImplBlock, TraitBlock, ungrouped};
use crate::{check, emit};

/// The impl block, and beside it what makes its type a hub.
pub(crate) fn hub(options: TokenStream, item: TokenStream) -> TokenStream {
    let sink = Sink::default();
    let item = ungrouped(item);
    let block = check::is_impl(&item, &sink).then(|| ImplBlock::parse(&item, &sink)).flatten();
    let output = match block {
        Some(block) => hub_block(&block, HubOptions::read(options, &sink), &sink),
        None => item,
    };
    let errors = sink.into_compile_errors();
    quote!(#output #errors)
}

fn hub_block(block: &ImplBlock, options: HubOptions, sink: &Sink) -> TokenStream {
    let mut hub = Hub::new(block, options, sink);
    let is_sound = check::hub(block, &mut hub, sink);
    let dispatch = if is_sound { emit::hub(&hub) } else { emit::hollow_hub(&hub) };
    let block = emit::hub_block(block);
    quote!(#block #dispatch)
}

/// The trait, and beside it the type with its calls.
pub(crate) fn contract(side: Side, root: Root, options: TokenStream, item: TokenStream) -> TokenStream {
    let sink = Sink::default();
    let item = ungrouped(item);
    let block = check::is_trait(side, &item, &sink).then(|| TraitBlock::parse(&item, &sink)).flatten();
    let output = match block {
        Some(block) => contract_block(side, &block, ContractOptions::read(side, root, options, &sink), &sink),
        None => item,
    };
    let errors = sink.into_compile_errors();
    quote!(#output #errors)
}

fn contract_block(side: Side, block: &TraitBlock, options: ContractOptions, sink: &Sink) -> TokenStream {
    let mut contract = Contract::new(side, block, options, sink);
    check::contract(block, &mut contract, sink);
    match side {
        Side::Client => emit::client_contract(block, &contract),
        Side::Server => emit::server_contract(block, &contract),
    }
}
