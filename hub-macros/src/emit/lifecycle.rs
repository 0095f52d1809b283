use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{at, code};
use crate::model::{Event, Lifecycle, LifecycleParam, Role};
use crate::root::Root;

/// The function through which the server calls the user's method.
pub(super) fn lifecycle(method: &Lifecycle, root: &Root) -> TokenStream {
    let Lifecycle { cfgs, sig, .. } = method;
    let ident = &sig.ident;
    let params = params(method.event, root);
    let arguments = method.params.iter().map(|param| argument(param, root));
    let wait = sig.asyncness.map(|_| code!(.await));
    let body = quote_spanned! {at(ident.span())=>
        ::std::boxed::Box::pin(async move {
            #root::LifecycleReturned::into_result(Self::#ident(&hub #(, #arguments)*)#wait)
        })
    };
    code! {
        #(#cfgs)*
        fn #ident(#params) -> #root::BoxFuture<'static, ::core::result::Result<(), #root::HubError>> {
            #body
        }
    }
}

fn params(event: Event, root: &Root) -> TokenStream {
    match event {
        Event::Connected => code!(hub: #root::Arc<Self>, context: #root::Hub<Self::Client, #root::Connecting>),
        Event::Disconnected => code! {
            hub: #root::Arc<Self>,
            context: #root::Hub<Self::Client>,
            reason: ::core::option::Option<#root::DisconnectError>
        },
    }
}

fn argument(param: &LifecycleParam, root: &Root) -> TokenStream {
    let LifecycleParam { role, ty, cfgs } = param;
    let argument = if *role == Some(Role::Reason) {
        code!(reason.as_ref())
    } else {
        quote_spanned!(at(ty.span())=> <#ty as #root::FromConnect<Self>>::from_connect(&context))
    };
    code!(#(#cfgs)* #argument)
}
