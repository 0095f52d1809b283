use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ItemTrait, ReturnType, Signature, TraitItem, parse_quote_spanned};

use super::{at, code, hollow, proxy, receive};
use crate::model::{Answer, Contract, ContractMethod};
use crate::syntax::{Item, MethodItem, OtherKind, TraitBlock};

/// The trait as clients implement it, and the type with which a server calls them.
pub(crate) fn client_contract(block: &TraitBlock, contract: &Contract) -> TokenStream {
    let definition = definition(block);
    if !block.head.generics.params.is_empty() {
        return definition.to_token_stream();
    }
    let calls = contract.methods.iter().map(|method| call(method, contract));
    let proxy = proxy::proxy(contract, &code!(#(#calls)*));
    let contract_impl = contract_impl(contract);
    let receive = receive::implemented_by(contract);
    code!(#definition #proxy #contract_impl #receive)
}

/// The trait with `async` spelled out: its futures can go to other threads, and `dyn` of it is a name for the contract.
fn definition(block: &TraitBlock) -> ItemTrait {
    let items = block.items.iter().filter_map(|item| match item {
        Item::Method(method) => Some(TraitItem::Verbatim(declaration(method))),
        Item::Other(other) if other.kind == OtherKind::Unknown => Some(TraitItem::Verbatim(item.to_token_stream())),
        // A contract with one is refused, and without it there are no further errors.
        Item::Other(_) => None,
    });
    ItemTrait { items: items.collect(), ..block.head.clone() }
}

/// ```text
/// async fn ask(&self, prompt: &str) -> String;
/// fn ask(&self, prompt: &str) -> impl Future<Output = String> + Send where Self: Sized;
/// ```
fn declaration(method: &MethodItem) -> TokenStream {
    let MethodItem { attrs, sig, body, .. } = method;
    // With the user's own semicolon, lints about the method point at the method.
    let end = if method.has_body() { code!(;) } else { body.to_token_stream() };
    let span = at(sig.ident.span());
    let answer = match &sig.output {
        ReturnType::Default => code!(()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    let future = quote_spanned!(span=> impl ::core::future::Future<Output = #answer> + ::core::marker::Send);
    let mut sig = Signature { asyncness: None, output: parse_quote_spanned!(span=> -> #future), ..sig.clone() };
    sig.generics.make_where_clause().predicates.push(parse_quote_spanned!(span=> Self: ::core::marker::Sized));
    code!(#(#attrs)* #sig #end)
}

/// One call: its arguments go on as a tuple.
fn call(method: &ContractMethod, contract: &Contract) -> TokenStream {
    if !method.is_valid {
        return hollow::call(method, contract);
    }
    let root = &contract.root;
    let wire_name = &method.wire_name;
    let arguments = proxy::arguments(method);
    match &method.answer {
        Answer::Value(ty) | Answer::Stream(ty) => {
            let ask = quote_spanned!(at(ty.span())=> self.0.ask::<#ty, _>(#wire_name, #arguments));
            let asking = quote_spanned!(at(ty.span())=> #root::Asking<#ty>);
            // On the method, not on the impl block: so the error stands at the user's call, in our words.
            let single = code!(where __Target: #root::SingleTarget);
            proxy::method(method, contract, &asking, Some(&single), &ask)
        }
        Answer::Nothing => {
            let send = quote_spanned!(at(method.ident().span())=> self.0.send(#wire_name, #arguments));
            proxy::method(method, contract, &code!(#root::Sending), None, &send)
        }
    }
}

/// What makes `dyn` of the trait a contract for the server.
fn contract_impl(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, ident, .. } = contract;
    let proxy = contract.proxy();
    let contract = quote_spanned!(at(ident.span())=> dyn #ident);
    code! {
        #(#cfgs)*
        #[automatically_derived]
        impl #root::HubClient for #contract {
            type Proxy<__Target: #root::Target> = #proxy<__Target>;
        }
    }
}
