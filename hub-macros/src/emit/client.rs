use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, ItemTrait, ReturnType, Signature, TraitItem, parse_quote_spanned};

use super::{at, code, hollow};
use crate::model::{Answer, Contract, ContractMethod, ContractParam};
use crate::syntax::{Item, MethodItem, OtherKind, TraitBlock};

/// The trait as clients implement it, and the type with which a server calls them.
pub(crate) fn contract(block: &TraitBlock, contract: &Contract) -> TokenStream {
    let definition = definition(block);
    if !block.head.generics.params.is_empty() {
        return definition.to_token_stream();
    }
    let proxy = proxy(contract);
    let proxy_impls = proxy_impls(contract);
    let contract_impls = contract_impls(contract);
    code!(#definition #proxy #proxy_impls #contract_impls)
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

/// The type with the calls.
fn proxy(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, vis, ident, methods, .. } = contract;
    let proxy = contract.proxy();
    let doc = format!("The calls of [`{ident}`], bound to the connections they reach.");
    let methods = methods.iter().map(|method| call(method, contract));
    code! {
        #(#cfgs)*
        #[doc = #doc]
        #vis struct #proxy<__Target: #root::Target>(#root::RawProxy<__Target>);

        #(#cfgs)*
        impl<__Target: #root::Target> #proxy<__Target> {
            #(#methods)*
        }
    }
}

/// One call: its arguments go on as a tuple.
fn call(method: &ContractMethod, contract: &Contract) -> TokenStream {
    if !method.is_valid {
        return hollow::call(method, contract);
    }
    let root = &contract.root;
    let ContractMethod { params, wire_name, .. } = method;
    let arguments = params.iter().map(|ContractParam { cfgs, ident, .. }| code!(#(#cfgs)* #ident,));
    let arguments = quote_spanned!(method.ident().span()=> (#(#arguments)*));
    match &method.answer {
        Answer::Nothing => {
            let send = quote_spanned!(at(method.ident().span())=> self.0.send(#wire_name, #arguments));
            proxy_method(method, contract, &code!(#root::Sending), None, &send)
        }
        Answer::Value(ty) => {
            let ask = quote_spanned!(at(ty.span())=> self.0.ask::<#ty, _>(#wire_name, #arguments));
            let asking = quote_spanned!(at(ty.span())=> #root::Asking<#ty>);
            // On the method, not on the impl block: so the error stands at the user's call, in our words.
            let single = code!(where __Target: #root::SingleTarget);
            proxy_method(method, contract, &asking, Some(&single), &ask)
        }
    }
}

/// A method of the proxy with the parameters of the contract's method.
pub(super) fn proxy_method(
    method: &ContractMethod,
    contract: &Contract,
    output: &TokenStream,
    bounds: Option<&TokenStream>,
    body: &TokenStream,
) -> TokenStream {
    let vis = &contract.vis;
    let ContractMethod { sig: Signature { ident, generics, .. }, attrs, params, .. } = method;
    let attrs = attrs.iter().filter(|attr| KEPT.iter().any(|kept| attr.path().is_ident(kept)));
    let doc = (!is_documented(method))
        .then(|| format!("Calls `{}`.", method.wire_name.value))
        .map(|doc| code!(#[doc = #doc]));
    let params = params.iter().map(|ContractParam { cfgs, ident, ty }| code!(#(#cfgs)* #ident: #ty));
    code! {
        #(#attrs)*
        #doc
        #vis fn #ident #generics (&self #(, #params)*) -> #output #bounds {
            #body
        }
    }
}

/// The attributes that mean the same on the proxy's method as on the contract's.
const KEPT: &[&str] = &["allow", "cfg", "deprecated", "doc"];

fn is_documented(method: &ContractMethod) -> bool {
    method.attrs.iter().any(|attr| attr.path().is_ident("doc"))
}

/// What the runtime and a program need of the proxy.
fn proxy_impls(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, .. } = contract;
    let proxy = contract.proxy();
    let name = proxy.to_string();
    code! {
        #(#cfgs)*
        #[automatically_derived]
        impl<__Target: #root::Target> ::core::convert::From<#root::RawProxy<__Target>> for #proxy<__Target> {
            fn from(proxy: #root::RawProxy<__Target>) -> Self {
                Self(proxy)
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<__Target: #root::Target> ::core::ops::Deref for #proxy<__Target> {
            type Target = #root::RawProxy<__Target>;
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<__Target: #root::Target> ::core::clone::Clone for #proxy<__Target> {
            fn clone(&self) -> Self {
                Self(::core::clone::Clone::clone(&self.0))
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<__Target: #root::Target> ::core::fmt::Debug for #proxy<__Target> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_tuple(#name).field(&self.0).finish()
            }
        }
    }
}

/// What makes `dyn` of the trait a contract, for the server and for clients.
fn contract_impls(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, ident, methods, .. } = contract;
    let proxy = contract.proxy();
    let uses = methods.iter().filter(|method| method.is_valid).map(|method| use_of(method, ident));
    let contract = quote_spanned!(at(ident.span())=> dyn #ident);
    code! {
        #(#cfgs)*
        #[automatically_derived]
        impl #root::HubClient for #contract {
            type Proxy<__Target: #root::Target> = #proxy<__Target>;
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<__Client: #ident> #root::ImplementedBy<__Client> for #contract {
            fn calls() {
                #(#uses)*
            }
        }
    }
}

/// Names a method of the contract, which the server itself never calls.
fn use_of(method: &ContractMethod, contract: &Ident) -> TokenStream {
    let attrs = method.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let ident = method.ident();
    let allow = method.attrs.iter().any(|attr| attr.path().is_ident("deprecated")).then(|| code!(#[allow(deprecated)]));
    code! {
        #(#attrs)*
        #allow
        let _ = <__Client as #contract>::#ident;
    }
}
