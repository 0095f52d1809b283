//! The hub's side of the comparison with its contract.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::{at, code, name_type, output_span, split, tag_traits};
use crate::model::{Hub, Method, Offer, Param};
use crate::root::Root;

/// What the hub has for its contract, for each method that clients may call.
pub(super) fn offers(hub: &Hub) -> TokenStream {
    let Hub { root, cfgs, generics, self_ty, server, .. } = hub;
    if server.is_none() {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let offers = hub.offers.iter().map(|Offer { ident, wire_name, cfgs: own }| {
        let name = name_type(&ident.unraw().to_string(), root);
        let wire_name = name_type(&wire_name.value.to_lowercase(), root);
        code! {
            #(#cfgs)*
            #(#own)*
            #[automatically_derived]
            impl #impl_generics #root::Offers<#name> for #self_ty #where_clause {
                type WireName = #wire_name;
            }
        }
    });
    offers.collect()
}

/// The function that compiles if the hub keeps its contract, if it has one.
pub(super) fn keeps_contract(hub: &Hub) -> Option<TokenStream> {
    let root = &hub.root;
    let contract = hub.server.as_ref()?;
    let contract = quote_spanned!(at(contract.span())=> dyn #contract);
    let root_at_contract = root.at(contract.span());
    let served = quote_spanned!(at(contract.span())=> #root_at_contract::served::<#contract, Self>(););
    let methods = hub.methods.iter().map(|item| method(item, &contract, root));
    let traits = (!hub.methods.is_empty()).then(|| {
        let tags = tag_traits(root);
        code!(#tags use #root::agreement::*;)
    });
    Some(code! {
        fn keeps_contract() {
            #traits
            #served
            #(#methods)*
        }
    })
}

/// One method, compared where its tokens stand.
fn method(method: &Method, contract: &TokenStream, root: &Root) -> TokenStream {
    let Method { cfgs, params, wire_name, .. } = method;
    let ident = method.ident();
    let name = name_type(&ident.unraw().to_string(), root);
    let params = params.iter().map(|param| parameter(param, root));
    let named = quote_spanned!(at(wire_name.span)=> method.named::<Self>(););
    let answers = answers(method, root);
    quote_spanned! {at(ident.span())=>
        #(#cfgs)*
        {
            let method = (&&#root::Lookup::<#contract, #name>::new()).method();
            #named
            let parameters = method.parameters();
            #(#params)*
            parameters.end();
            #answers
        }
    }
}

fn parameter(param: &Param, root: &Root) -> TokenStream {
    let Param { ty, cfgs, optional } = param;
    let span = at(ty.span());
    let take = Ident::new(if optional.is_some() { "take_optional" } else { "take" }, span);
    let taken = quote_spanned! {span=>
        let (pair, parameters) = parameters.#take((&&&&#root::Parameter::<Self, #ty>::new()).source());
    };
    let same = quote_spanned!(span=> pair.same(););
    code!(#(#cfgs)* #taken #(#cfgs)* #same)
}

/// The type of what the method answers with may have no name, so the method is called, in code that never runs.
fn answers(method: &Method, root: &Root) -> TokenStream {
    let ident = method.ident();
    let arguments = method.params.iter().map(|Param { ty, cfgs, .. }| code!(#(#cfgs)* #root::absent::<#ty>()));
    let wait = method.is_async().then(|| code!(.await));
    let allow = method.is_deprecated.then(|| code!(#[allow(deprecated)]));
    let split = split(&method.sig, root);
    let answered = quote_spanned! {at(output_span(&method.sig))=>
        method.answers((&&&#root::Tag::of_ok(&outcome)).answer().answered(&outcome));
    };
    quote_spanned! {at(ident.span())=>
        #root::never(async {
            let hub = #root::absent::<&Self>();
            #allow
            let value = Self::#ident(hub #(, #arguments)*)#wait;
            let outcome = #split;
            #answered
        });
    }
}
