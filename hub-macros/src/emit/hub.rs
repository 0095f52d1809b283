use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Token;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::{at, code, lifecycle, split, split_traits};
use crate::model::{Hub, Method, Param};
use crate::options::Client;
use crate::root::Root;
use crate::syntax::ImplBlock;

/// The block as it was written, with leave for what a hub cannot do otherwise: every method takes `&self`, whether it
/// needs it or not, and owns its arguments.
pub(crate) fn hub_block(block: &ImplBlock) -> TokenStream {
    code! {
        #[allow(
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::unused_self,
            clippy::wrong_self_convention
        )]
        #block
    }
}

/// The impl that makes the type a hub.
pub(crate) fn hub(hub: &Hub) -> TokenStream {
    let root = &hub.root;
    let methods = hub.methods.iter().map(|item| method(item, root));
    let lifecycle = hub.lifecycle.iter().map(|item| lifecycle::lifecycle(item, root));
    dispatch(hub, &code!(#(#methods)*), &code!(#(#lifecycle)*))
}

/// The impl with the given method table and lifecycle.
pub(super) fn dispatch(hub: &Hub, methods: &TokenStream, lifecycle: &TokenStream) -> TokenStream {
    let Hub { root, cfgs, generics, self_ty, .. } = hub;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let client = client(hub);
    let name = hub.name().map(|name| name.unraw().to_string());
    let items = code! {
        type Client = #client;
        const NAME: &'static ::core::primitive::str = #name;
        fn methods(methods: &mut #root::Methods<Self>) {
            #methods
        }
        #lifecycle
    };
    // From its first to its last token at the type, where a second block of one type is refused.
    let impl_token = Token![impl](self_ty.span());
    let body = quote_spanned!(self_ty.span()=> { #items });
    code! {
        #(#cfgs)*
        #[automatically_derived]
        #impl_token #impl_generics #root::HubDispatch for #self_ty #where_clause #body
    }
}

fn client(hub: &Hub) -> TokenStream {
    match &hub.client {
        Client::Contract(path) => quote_spanned!(at(path.span())=> dyn #path),
        Client::Untyped | Client::Unknown => {
            let root = &hub.root;
            code!(#root::Untyped)
        }
    }
}

/// The registration of one method: its name, how many arguments callers send, and how a call is made of them.
fn method(method: &Method, root: &Root) -> TokenStream {
    let Method { cfgs, params, wire_name, .. } = method;
    let wire = params.iter().map(|param| wire(param, root));
    let binds = params.iter().zip(arguments()).map(|(param, name)| bind(param, &name));
    let call = if params.is_empty() { code!(call) } else { code!(mut call) };
    let run = run(method, root);
    code! {
        #(#cfgs)*
        methods.add(#wire_name, 0 #(+ #wire)*, |#call| {
            #(#binds)*
            #run
        });
    }
}

/// How many arguments a caller sends for one parameter.
fn wire(param: &Param, root: &Root) -> TokenStream {
    let ty = &param.ty;
    let count = quote_spanned!(at(ty.span())=> <#ty as #root::FromInvocation<Self>>::WIRE);
    if param.cfgs.is_empty() {
        return count;
    }
    let cfgs = &param.cfgs;
    let conditions = cfgs.iter().filter_map(|cfg| cfg.meta.require_list().ok()).map(|cfg| &cfg.tokens);
    code!({ #(#cfgs)* { #count } #[cfg(not(all(#(#conditions),*)))] { 0 } })
}

/// The parameter's type stands in the one place that needs what the type must be.
fn bind(param: &Param, name: &Ident) -> TokenStream {
    let Param { ty, cfgs, .. } = param;
    let bind = quote_spanned!(at(ty.span())=> bind::<#ty>);
    code!(#(#cfgs)* let #name = call.#bind()?;)
}

/// Runs the method. A future that cannot go to another thread is refused at the method's name.
fn run(method: &Method, root: &Root) -> TokenStream {
    let ident = method.ident();
    let arguments = method.params.iter().zip(arguments()).map(|(Param { cfgs, .. }, name)| code!(#(#cfgs)* #name));
    let wait = method.is_async().then(|| code!(.await));
    let allow = method.is_deprecated.then(|| code!(#[allow(deprecated)]));
    let (traits, split) = (split_traits(root), split(&method.sig, root));
    quote_spanned! {at(ident.span())=>
        call.run(move |hub| async move {
            #traits
            #allow
            let value = Self::#ident(&hub #(, #arguments)*)#wait;
            #split
        })
    }
}

/// The local names of a call's arguments.
fn arguments() -> impl Iterator<Item = Ident> {
    (0..).map(|index| format_ident!("argument_{index}", span = Span::mixed_site()))
}
