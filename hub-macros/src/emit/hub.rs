use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Signature, Token};

use super::{agreement, at, code, lifecycle, output_span, split, tag_traits};
use crate::model::{Hub, Method, Param, Returns};
use crate::options::{Client, Requirement};
use crate::root::Root;
use crate::syntax::{ImplBlock, first_impl_trait};

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
    let offers = agreement::offers(hub);
    let dispatch = dispatch(hub, &code!(#(#methods)*), agreement::keeps_contract(hub).as_ref(), &code!(#(#lifecycle)*));
    code!(#dispatch #offers)
}

/// The impl with the given method table, comparison and lifecycle.
pub(super) fn dispatch(
    hub: &Hub,
    methods: &TokenStream,
    keeps_contract: Option<&TokenStream>,
    lifecycle: &TokenStream,
) -> TokenStream {
    let Hub { root, cfgs, generics, self_ty, .. } = hub;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let client = client(hub);
    let name = hub.name().map(|name| name.unraw().to_string());
    let traits = (!methods.is_empty()).then(|| tag_traits(root));
    let requirements = requirements(&hub.authorize, root)
        .map(|requirements| code!(const REQUIREMENTS: &'static [#root::Requirement] = #requirements;));
    let items = code! {
        type Client = #client;
        const NAME: &'static ::core::primitive::str = #name;
        #requirements
        fn methods(methods: &mut #root::Methods<Self>) {
            #traits
            #methods
        }
        #keeps_contract
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

/// The registration of one method: its name, what it answers with, where its parameters come from, and how a call is
/// made of them.
fn method(method: &Method, root: &Root) -> TokenStream {
    let Method { cfgs, params, wire_name, .. } = method;
    let kind = kind(&method.returns, root);
    let sources = params.iter().map(|param| source(param, root));
    let binds = params.iter().zip(arguments()).map(|(param, name)| bind(param, &name));
    let run = run(method, root);
    let authorize = requirements(&method.authorize, root).map(|requirements| code!(.authorize(#requirements)));
    code! {
        #(#cfgs)*
        methods.add(#wire_name, #kind, &[#(#sources),*], |call| {
            #(#binds)*
            #run
        })#authorize;
    }
}

/// What is asked, if anything is.
fn requirements(requirements: &[Requirement], root: &Root) -> Option<TokenStream> {
    let requirements = requirements.iter().map(|requirement| match requirement {
        Requirement::Authenticated(_) => code!(#root::Requirement::Authenticated),
        Requirement::Roles(roles) => code!(#root::Requirement::Roles(&[#(#roles),*])),
        Requirement::Policy(name) => code!(#root::Requirement::Policy(#name)),
    });
    (requirements.len() > 0).then(|| code!(&[#(#requirements),*]))
}

/// Whether a method answers with a stream. Where the type is not spelled out as one, that is a question about the type,
/// and so for the compiler.
fn kind(returns: &Returns, root: &Root) -> TokenStream {
    match returns {
        Returns::Stream => code!(#root::MethodKind::Stream),
        Returns::Value(ty) if first_impl_trait(ty).is_none() => {
            quote_spanned!(at(ty.span())=> (&&&#root::Tag::<#ty>::new()).kind())
        }
        Returns::Value(_) | Returns::Nothing => code!(#root::MethodKind::Value),
    }
}

/// Where one parameter comes from.
fn source(param: &Param, root: &Root) -> TokenStream {
    let Param { ty, cfgs, optional } = param;
    let source = if optional.is_some() {
        quote_spanned!(at(ty.span())=> #root::Source::optional::<#ty>())
    } else {
        quote_spanned!(at(ty.span())=> <#ty as #root::FromInvocation<Self>>::SOURCE)
    };
    code!(#(#cfgs)* #source)
}

/// The parameter's type stands in the one place that needs what the type must be.
fn bind(param: &Param, name: &Ident) -> TokenStream {
    let Param { ty, cfgs, optional } = param;
    let bind = if optional.is_some() {
        quote_spanned!(at(ty.span())=> bind_optional::<#ty>)
    } else {
        quote_spanned!(at(ty.span())=> bind::<#ty>)
    };
    code!(#(#cfgs)* let #name = call.#bind()?;)
}

/// Runs the method. A future that cannot go to another thread is refused at the method's name.
fn run(method: &Method, root: &Root) -> TokenStream {
    let ident = method.ident();
    let arguments = method.params.iter().zip(arguments()).map(|(Param { cfgs, .. }, name)| code!(#(#cfgs)* #name));
    let wait = method.is_async().then(|| code!(.await));
    let allow = method.is_deprecated.then(|| code!(#[allow(deprecated)]));
    let (split, give) = (split(&method.sig, root), give(&method.sig, root));
    quote_spanned! {at(ident.span())=>
        call.run(move |hub, reply| async move {
            #allow
            let value = Self::#ident(&hub #(, #arguments)*)#wait;
            let outcome = #split;
            #give
        })
    }
}

/// Answers the call with what came of it, a value or a stream, whose type must be one that can be sent.
fn give(sig: &Signature, root: &Root) -> TokenStream {
    quote_spanned!(at(output_span(sig))=> (&&&#root::Tag::of_ok(&outcome)).answer().give(reply, outcome).await)
}

/// The local names of a call's arguments.
fn arguments() -> impl Iterator<Item = Ident> {
    (0..).map(|index| format_ident!("argument_{index}", span = Span::mixed_site()))
}
