//! The type with the calls of a contract.

use proc_macro2::TokenStream;
use syn::Signature;

use super::code;
use crate::model::{Contract, ContractMethod, ContractParam, Side};
use crate::syntax::{is_stream, stream_bound};

/// What a proxy is made of.
struct Parts {
    /// Its type parameter, with its bound.
    generics: TokenStream,
    /// The parameter.
    param: TokenStream,
    /// What calls are made through.
    inner: TokenStream,
    doc: String,
}

impl Parts {
    fn of(contract: &Contract) -> Self {
        let Contract { side, root, ident, .. } = contract;
        match side {
            Side::Client => Self {
                generics: code!(__Target: #root::Target),
                param: code!(__Target),
                inner: code!(#root::RawProxy<__Target>),
                doc: format!("The calls of [`{ident}`], bound to the connections they reach."),
            },
            Side::Server => Self {
                generics: code!(__Caller: #root::Caller),
                param: code!(__Caller),
                inner: code!(__Caller),
                doc: format!("The calls of [`{ident}`], made through a connection."),
            },
        }
    }
}

/// The type with its methods, and what the runtime and a program need of it.
pub(super) fn proxy(contract: &Contract, methods: &TokenStream) -> TokenStream {
    let Contract { cfgs, vis, .. } = contract;
    let proxy = contract.proxy();
    let parts = Parts::of(contract);
    let impls = impls(contract, &parts);
    let Parts { generics, param, inner, doc } = parts;
    code! {
        #(#cfgs)*
        #[doc = #doc]
        #vis struct #proxy<#generics>(#inner);

        #(#cfgs)*
        impl<#generics> #proxy<#param> {
            #methods
        }

        #impls
    }
}

fn impls(contract: &Contract, parts: &Parts) -> TokenStream {
    let Contract { cfgs, .. } = contract;
    let proxy = contract.proxy();
    let name = proxy.to_string();
    let Parts { generics, param, inner, .. } = parts;
    code! {
        #(#cfgs)*
        #[automatically_derived]
        impl<#generics> ::core::convert::From<#inner> for #proxy<#param> {
            fn from(proxy: #inner) -> Self {
                Self(proxy)
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<#generics> ::core::ops::Deref for #proxy<#param> {
            type Target = #inner;
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<#generics> ::core::clone::Clone for #proxy<#param> {
            fn clone(&self) -> Self {
                Self(::core::clone::Clone::clone(&self.0))
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        impl<#generics> ::core::fmt::Debug for #proxy<#param> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_tuple(#name).field(&self.0).finish()
            }
        }
    }
}

/// A method of the proxy with the parameters of the contract's method.
pub(super) fn method(
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
    let params = params.iter().map(param);
    code! {
        #(#attrs)*
        #doc
        #vis fn #ident #generics (&self #(, #params)*) -> #output #bounds {
            #body
        }
    }
}

/// A stream goes on when the call has long been made.
fn param(param: &ContractParam) -> TokenStream {
    let ContractParam { cfgs, ident, ty } = param;
    match ty {
        syn::Type::ImplTrait(stream) if stream_bound(stream).is_some() => {
            let bounds = &stream.bounds;
            code!(#(#cfgs)* #ident: impl ::core::marker::Send + 'static + #bounds)
        }
        _ => code!(#(#cfgs)* #ident: #ty),
    }
}

/// The arguments of a call as they go on: a tuple, without the streams.
pub(super) fn arguments(method: &ContractMethod) -> TokenStream {
    let values = method.params.iter().filter(|param| !is_stream(&param.ty));
    let values = values.map(|ContractParam { cfgs, ident, .. }| code!(#(#cfgs)* #ident,));
    quote::quote_spanned!(method.ident().span()=> (#(#values)*))
}

/// The attributes that mean the same on the proxy's method as on the contract's.
const KEPT: &[&str] = &["allow", "cfg", "deprecated", "doc"];

fn is_documented(method: &ContractMethod) -> bool {
    method.attrs.iter().any(|attr| attr.path().is_ident("doc"))
}
