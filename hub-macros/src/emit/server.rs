use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote_spanned};
use syn::ItemTrait;
use syn::spanned::Spanned as _;

use super::{at, code, hollow, proxy, terms};
use crate::model::{Answer, Contract, ContractMethod};
use crate::syntax::{TraitBlock, is_stream, stream_item};

/// The trait as a name, the type with which a client calls the hub, and what a hub is compared with.
pub(crate) fn server_contract(block: &TraitBlock, contract: &Contract) -> TokenStream {
    let definition = definition(block, contract);
    if !block.head.generics.params.is_empty() {
        return definition.to_token_stream();
    }
    let calls = contract.methods.iter().map(|method| call(method, contract));
    let proxy = proxy::proxy(contract, &code!(#(#calls)*));
    let contract_impl = contract_impl(contract);
    let terms = terms::terms(contract);
    code!(#definition #proxy #contract_impl #terms)
}

/// The trait without its methods: nobody implements it, and `dyn` of it is a name for the contract.
fn definition(block: &TraitBlock, contract: &Contract) -> ItemTrait {
    let mut definition = ItemTrait { items: Vec::new(), ..block.head.clone() };
    if definition.attrs.iter().any(|attr| attr.path().is_ident("doc")) {
        let doc = format!("\nIts calls are the methods of [`{}`].", contract.proxy());
        definition.attrs.push(syn::parse_quote!(#[doc = #doc]));
    }
    definition
}

/// One call: its arguments go on as a tuple, and its streams beside them.
fn call(method: &ContractMethod, contract: &Contract) -> TokenStream {
    if !method.is_valid {
        return hollow::call(method, contract);
    }
    let root = &contract.root;
    let ident = method.ident();
    let (invoke, output, ty, span) = match &method.answer {
        Answer::Nothing => (code!(invoke), code!(Invocation), quote_spanned!(at(ident.span())=> ()), ident.span()),
        Answer::Value(ty) => (code!(invoke), code!(Invocation), ty.to_token_stream(), ty.span()),
        Answer::Stream(ty) => (code!(stream), code!(StreamInvocation), stream_item(ty).to_token_stream(), ty.span()),
    };
    let wire_name = &method.wire_name;
    let arguments = proxy::arguments(method);
    let uploads = method.params.iter().filter(|param| is_stream(&param.ty)).map(|param| {
        let ident = &param.ident;
        quote_spanned!(at(param.ty.span())=> <__Caller as #root::Caller>::upload(#ident))
    });
    let output = quote_spanned!(at(span)=> <__Caller as #root::Caller>::#output<#ty>);
    let call = quote_spanned!(at(span)=> self.0.#invoke::<#ty, _>);
    let body = quote_spanned!(at(ident.span())=> #call(#wire_name, #arguments, [#(#uploads),*]));
    proxy::method(method, contract, &output, None, &body)
}

/// What makes `dyn` of the trait a contract for clients.
fn contract_impl(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, ident, .. } = contract;
    let proxy = contract.proxy();
    let contract = quote_spanned!(at(ident.span())=> dyn #ident);
    code! {
        #(#cfgs)*
        #[automatically_derived]
        impl #root::HubContract for #contract {
            type Proxy<__Caller: #root::Caller> = #proxy<__Caller>;
        }
    }
}
