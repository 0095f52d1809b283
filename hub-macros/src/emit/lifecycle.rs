use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{at, code, output_span, split, tag_traits};
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
    let future = future(method, root);
    code! {
        #(#cfgs)*
        fn #ident(
            hub: #root::Arc<Self>,
            context: #root::Hub<Self::Client>
            #reason
        ) -> #root::BoxFuture<'static, ::core::result::Result<(), #root::HubError>> {
            #future
        }
    }
}

/// Runs the method. A future that cannot go to another thread is refused at the method's name, and another result than
/// `()` at its type.
fn future(method: &Lifecycle, root: &Root) -> TokenStream {
    let sig = &method.sig;
    let ident = &sig.ident;
    let arguments = method.params.iter().map(|param| argument(param, root));
    let wait = sig.asyncness.map(|_| code!(.await));
    let (traits, split) = (tag_traits(root), split(sig, root));
    let span = output_span(sig);
    let root_at_output = root.at(span);
    let result = quote_spanned! {at(span)=>
        let result: ::core::result::Result<(), #root_at_output::HubError> = result;
        result
    };
    let root_at_name = root.at(ident.span());
    quote_spanned! {at(ident.span())=>
        #root_at_name::Box::pin(async move {
            #traits
            let value = Self::#ident(&hub #(, #arguments)*)#wait;
            let result = #split;
            #result
        })
    }
}

fn argument(param: &LifecycleParam, root: &Root) -> TokenStream {
    let LifecycleParam { role, ty, cfgs } = param;
    let argument = if *role == Some(Role::Reason) {
        code!(reason.as_ref())
    } else {
        quote_spanned!(at(ty.span())=> <#ty as #root::FromConnection<Self>>::from_connection(&context)?)
    };
    code!(#(#cfgs)* #argument)
}
