//! How a client in Rust receives the calls of a contract that it implements.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Lifetime, Type};

use super::{at, code};
use crate::model::{Answer, Contract, ContractMethod, ContractParam};
use crate::root::Root;
use crate::syntax::{bare, first_reference, owned, with_lifetime};

/// What registers every method of the contract.
pub(super) fn implemented_by(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, ident, methods, .. } = contract;
    let methods = || methods.iter().filter(|method| method.is_valid);
    let handlers = methods().map(|method| handler(method, contract));
    let bounds = methods().filter(|method| method.cfgs().is_empty()).flat_map(|method| bounds(method, root));
    let contract = quote_spanned!(at(ident.span())=> dyn #ident);
    code! {
        #(#cfgs)*
        #[automatically_derived]
        impl<__Client> #root::ImplementedBy<__Client> for #contract
        where
            __Client: #ident + ::core::marker::Send + ::core::marker::Sync + 'static,
            #(#bounds,)*
        {
            fn receive<__Receiver: #root::Receiver + ?::core::marker::Sized>(
                client: &#root::Arc<__Client>,
                receiver: &__Receiver,
            ) {
                #(#handlers)*
            }
        }
    }
}

/// One method: its arguments are read, then it is called.
fn handler(method: &ContractMethod, contract: &Contract) -> TokenStream {
    let (root, trait_) = (&contract.root, &contract.ident);
    let ident = method.ident();
    let ContractMethod { wire_name, params, .. } = method;
    let cfgs = method.cfgs();
    let allow = method.is_deprecated().then(|| code!(#[allow(deprecated)]));
    let kind = match &method.answer {
        Answer::Nothing => code!(doing),
        Answer::Value(ty) | Answer::Stream(ty) => quote_spanned!(at(ty.span())=> answering),
    };
    let count = params.iter().map(|param| attributed(param, &code!(())));
    let named = || params.iter().zip(names());
    let reads = named().map(|(param, name)| read(param, &name, root));
    let lends = named().filter_map(|(param, name)| lend(param, &name, root));
    let given = named().map(|(param, name)| attributed(param, &give(&param.ty, &name)));
    let arguments = if params.is_empty() { code!(_) } else { code!(arguments) };
    quote_spanned! {at(ident.span())=>
        #(#cfgs)*
        receiver.receive(#wire_name, #root::Handler::#kind(client, &[#(#count),*], |client, #arguments| {
            #(#reads)*
            ::core::result::Result::Ok(async move {
                #(#lends)*
                #allow
                <__Client as #trait_>::#ident(&client #(, #given)*).await
            })
        }));
    }
}

fn attributed(param: &ContractParam, tokens: &TokenStream) -> TokenStream {
    let cfgs = &param.cfgs;
    code!(#(#cfgs)* #tokens)
}

fn read(param: &ContractParam, name: &Ident, root: &Root) -> TokenStream {
    let owned = owned(&param.ty, Some(root));
    attributed(param, &quote_spanned!(at(param.ty.span())=> let #name = arguments.read::<#owned>()?;))
}

/// Where something in the argument is borrowed, other than the argument as a whole, what borrows is made of what is owned.
fn lend(param: &ContractParam, name: &Ident, root: &Root) -> Option<TokenStream> {
    let lent = lent(&param.ty, root)?;
    let span = at(param.ty.span());
    Some(attributed(param, &quote_spanned!(span=> let #name: #lent = #root::Lend::lend(&#name);)))
}

/// The type that is lent; behind a `&`, what it borrows from.
fn lent(ty: &Type, root: &Root) -> Option<TokenStream> {
    let Type::Reference(reference) = bare(ty) else {
        return first_reference(ty).map(|_| ty.to_token_stream());
    };
    first_reference(&reference.elem)?;
    match bare(&reference.elem) {
        Type::Slice(slice) => {
            let item = &slice.elem;
            let root = root.at(item.span());
            Some(quote_spanned!(at(item.span())=> #root::Vec<#item>))
        }
        elem => Some(elem.to_token_stream()),
    }
}

/// The argument as the method takes it.
fn give(ty: &Type, name: &Ident) -> TokenStream {
    match bare(ty) {
        Type::Reference(_) => quote_spanned!(at(ty.span())=> &#name),
        _ => name.to_token_stream(),
    }
}

/// What the types of a method must be. The bounds have lifetimes of their own, which makes them questions that are asked
/// where the contract is received: what a server only sends need not be `Deserialize`.
fn bounds(method: &ContractMethod, root: &Root) -> Vec<TokenStream> {
    let params = method.params.iter().filter(|param| param.cfgs.is_empty());
    let mut bounds: Vec<_> = params.flat_map(|param| bounds_of(&param.ty, root)).collect();
    if let Answer::Value(ty) = &method.answer {
        bounds.push(quote_spanned!(at(ty.span())=> for<'a> #ty: #root::ClientAnswer<'a>));
    }
    bounds
}

fn bounds_of(ty: &Type, root: &Root) -> Vec<TokenStream> {
    let span = at(ty.span());
    let owned = owned(ty, Some(root));
    let mut bounds = vec![quote_spanned!(span=> for<'de> #owned: #root::Received<'de>)];
    let lifetime = Lifetime::new("'a", Span::mixed_site());
    if let Some(lent) = lent(ty, root).and_then(|lent| syn::parse2::<Type>(lent).ok()) {
        let lent = with_lifetime(&lent, &lifetime);
        bounds.push(quote_spanned!(span=> for<#lifetime> #owned: #root::Lend<#lifetime, #lent>));
    }
    bounds
}

/// The local names of a call's arguments.
fn names() -> impl Iterator<Item = Ident> {
    (0..).map(|index| format_ident!("argument_{index}", span = Span::mixed_site()))
}
