//! What stands in for the generated code after a mistake, so that the mistake is the only thing reported.

use proc_macro2::TokenStream;

use super::client::proxy_method;
use super::code;
use super::hub::dispatch;
use crate::model::{Answer, Contract, ContractMethod, ContractParam, Hub};
use crate::syntax::first_impl_trait;

/// A hub without methods.
pub(crate) fn hub(hub: &Hub) -> TokenStream {
    dispatch(hub, &TokenStream::new(), &TokenStream::new())
}

/// A call that can be written but not made.
pub(super) fn call(method: &ContractMethod, contract: &Contract) -> TokenStream {
    let root = &contract.root;
    let output = match &method.answer {
        Answer::Value(ty) if first_impl_trait(ty).is_none() => {
            code!(::core::future::Ready<::core::result::Result<#ty, #root::HubError>>)
        }
        Answer::Value(_) | Answer::Nothing => code!(#root::Sending),
    };
    let arguments = method.params.iter().map(|ContractParam { cfgs, ident, .. }| code!(#(#cfgs)* #ident,));
    let body = code! {
        let _ = (#(#arguments)*);
        loop {}
    };
    proxy_method(method, contract, &output, None, &body)
}
