use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{at, code, output_span, split, split_traits};
use crate::model::{Event, Lifecycle, LifecycleParam, Role};
use crate::root::Root;

/// The function through which the server calls the user's method.
pub(super) fn lifecycle(method: &Lifecycle, root: &Root) -> TokenStream {
    let Lifecycle { cfgs, sig, .. } = method;
    let ident = &sig.ident;
    let reason = match method.event {
        Event::Connected => None,
        Event::Disconnected => Some(code!(, reason: ::core::option::Option<#root::DisconnectError>)),
    };
    let arguments = method.params.iter().map(|param| argument(param, root));
    let wait = sig.asyncness.map(|_| code!(.await));
    let output = code!(::core::result::Result<(), #root::HubError>);
    let (traits, split) = (split_traits(root), split(sig, root));
    // Another result than `()` is refused at its type.
    let result = quote_spanned!(at(output_span(sig))=> let result: #output = result; result);
    let future = quote_spanned! {at(ident.span())=>
        {
            #root::Box::pin(async move {
                #traits
                let value = Self::#ident(&hub #(, #arguments)*)#wait;
                let result = #split;
                #result
            })
        }
    };
    code! {
        #(#cfgs)*
        fn #ident(
            hub: #root::Arc<Self>,
            context: #root::Hub<Self::Client>
            #reason
        ) -> #root::BoxFuture<'static, #output>
        #future
    }
}

fn argument(param: &LifecycleParam, root: &Root) -> TokenStream {
    let LifecycleParam { role, ty, cfgs } = param;
    let argument = if *role == Some(Role::Reason) {
        code!(reason.as_ref())
    } else {
        quote_spanned!(at(ty.span())=> <#ty as #root::FromConnection<Self>>::from_connection(&context))
    };
    code!(#(#cfgs)* #argument)
}
