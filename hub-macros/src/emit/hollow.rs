//! What stands in for the generated code after a mistake, so that the mistake is the only thing reported.

use proc_macro2::TokenStream;

use super::hub::dispatch;
use super::{code, proxy};
use crate::model::{Answer, Contract, ContractMethod, ContractParam, Hub, Side};
use crate::syntax::first_impl_trait;

/// A hub without methods.
pub(crate) fn hub(hub: &Hub) -> TokenStream {
    dispatch(hub, &TokenStream::new(), None, &TokenStream::new())
}

/// A call that can be written but not made.
pub(super) fn call(method: &ContractMethod, contract: &Contract) -> TokenStream {
    let root = &contract.root;
    let method = &ContractMethod { params: method.params.iter().map(param).collect(), ..method.clone() };
    let output = match &method.answer {
        Answer::Value(ty) if first_impl_trait(ty).is_none() => {
            code!(::core::future::Ready<::core::result::Result<#ty, #root::HubError>>)
        }
        _ if contract.side == Side::Server => code!(::core::future::Ready<::core::result::Result<(), #root::HubError>>),
        _ => code!(#root::Sending),
    };
    let arguments = method.params.iter().map(|ContractParam { cfgs, ident, .. }| code!(#(#cfgs)* #ident,));
    let body = code! {
        let _ = (#(#arguments)*);
        loop {}
    };
    proxy::method(method, contract, &output, None, &body)
}

/// A parameter that takes anything where an `impl Trait` is wrong in itself.
fn param(param: &ContractParam) -> ContractParam {
    let mut param = param.clone();
    if first_impl_trait(&param.ty).is_some() {
        param.ty = syn::parse_quote!(impl ::core::marker::Sized);
    }
    param
}
