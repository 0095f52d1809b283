//! The contract's side of the comparison with a hub.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Type, Visibility};

use super::{at, code, name_type};
use crate::model::{Answer, Case, Contract, ContractMethod};
use crate::root::Root;
use crate::syntax::{owned, stream_item, written};

/// What a hub is compared with, and the words for what does not fit.
pub(super) fn terms(contract: &Contract) -> TokenStream {
    let Contract { root, cfgs, vis, ident, methods, .. } = contract;
    let methods = methods.iter().enumerate().filter(|(_, method)| method.is_valid);
    let methods: Vec<_> = methods.map(|(index, method)| Term::new(index, method, contract)).collect();
    let offered = methods.iter().map(|method| {
        let offered = &method.offered;
        quote_spanned!(at(method.ident.span())=> __Hub: #offered)
    });
    let served = quote_spanned!(at(ident.span())=> #root::ServedBy<__Hub> for dyn #ident);
    let items = methods.iter().map(|method| method.items(root, vis, ident));
    code! {
        #(#cfgs)*
        const _: () = {
            #(#items)*

            #[automatically_derived]
            impl<__Hub> #served where #(#offered,)* {}
        };
    }
}

/// A method as a hub is compared with it.
struct Term<'a> {
    ident: &'a Ident,
    cfgs: Vec<Attribute>,
    /// Stands for the method.
    method: Ident,
    /// The traits whose errors are told.
    offered: Ident,
    named: Ident,
    taken: Ident,
    answered: Ident,
    wire_name: &'a str,
    params: Vec<TokenStream>,
    answer: TokenStream,
    signature: String,
}

impl<'a> Term<'a> {
    fn new(index: usize, method: &'a ContractMethod, contract: &Contract) -> Self {
        let root = &contract.root;
        let ident = method.ident();
        let base = Case::Pascal.apply(&ident.unraw().to_string());
        // Under conditions there may be several of one name.
        let number = if method.cfgs().is_empty() { String::new() } else { index.to_string() };
        let named = |role: &str| format_ident!("{base}{role}{number}", span = at(ident.span()));
        Self {
            ident,
            cfgs: method.cfgs(),
            method: named("Method"),
            offered: named("Offered"),
            named: named("Named"),
            taken: named("Taken"),
            answered: named("Answered"),
            wire_name: &method.wire_name.value,
            params: method.params.iter().map(|param| parameter(&param.ty, root)).collect(),
            answer: answer(&method.answer, root),
            signature: signature(method),
        }
    }

    fn items(&self, root: &Root, vis: &Visibility, contract: &Ident) -> TokenStream {
        let declared = self.declared(root, vis, contract);
        let offered = self.offered(root, contract);
        let named = self.named(root, contract);
        let relations = self.relations(root, contract);
        code!(#declared #offered #named #relations)
    }

    /// It is as visible as the contract, whose types may be visible no further.
    fn declared(&self, root: &Root, vis: &Visibility, contract: &Ident) -> TokenStream {
        let Self { cfgs, method, params, answer, .. } = self;
        let name = name_type(&self.ident.unraw().to_string(), root);
        let params = params.iter().rfold(code!(()), |rest, param| code!((#param, #rest)));
        quote_spanned! {at(self.ident.span())=>
            #(#cfgs)*
            #vis struct #method;

            #(#cfgs)*
            #[automatically_derived]
            impl #root::Declares<#name> for dyn #contract {
                type Method = #method;
            }

            #(#cfgs)*
            #[automatically_derived]
            impl #root::Declared for #method {
                type Parameters = #params;
                type Answer = #answer;
            }
        }
    }

    /// A hub has the method. Where the method does not exist, every hub has it.
    fn offered(&self, root: &Root, contract: &Ident) -> TokenStream {
        let Self { ident, cfgs, offered, signature, .. } = self;
        let words = words(
            &format!("hub `{{Self}}` has no method `{ident}`, which its contract `{contract}` has"),
            &format!("`{ident}` is missing in the `#[hub]` block"),
            &format!("write `{signature}` there, with what it needs of the server as further parameters"),
        );
        let name = name_type(&ident.unraw().to_string(), root);
        let conditions = cfgs.iter().filter_map(|attr| attr.meta.require_list().ok()).map(|list| &list.tokens);
        let otherwise = (!cfgs.is_empty()).then(|| {
            code! {
                #[cfg(not(all(#(#conditions),*)))]
                impl<__Hub> #offered for __Hub {}
            }
        });
        quote_spanned! {at(ident.span())=>
            #words
            pub trait #offered {}

            #(#cfgs)*
            #[diagnostic::do_not_recommend]
            impl<__Hub: #root::Offers<#name>> #offered for __Hub {}

            #otherwise
        }
    }

    fn named(&self, root: &Root, contract: &Ident) -> TokenStream {
        let Self { ident, cfgs, method, named, wire_name, .. } = self;
        let words = words(
            &format!("the hub `{{Self}}` and its contract `{contract}` call `{ident}` by different names on the wire"),
            &format!("`{wire_name}` in the contract"),
            &format!(
                "write `#[hub(name = \"{wire_name}\")]` on the hub's method, or give the contract's the hub's name with \
                 `#[hub_server(name = \"…\")]`"
            ),
        );
        let name = name_type(&ident.unraw().to_string(), root);
        let wire_name = name_type(&wire_name.to_lowercase(), root);
        quote_spanned! {at(ident.span())=>
            #(#cfgs)*
            #words
            pub trait #named {}

            #(#cfgs)*
            #[diagnostic::do_not_recommend]
            impl<__Hub: #root::Offers<#name, WireName = #wire_name>> #named for __Hub {}

            #(#cfgs)*
            #[automatically_derived]
            impl<__Hub: #named> #root::NamedAlike<__Hub> for #method {}
        }
    }

    /// The types of arguments and answers, which are compared with themselves.
    fn relations(&self, root: &Root, contract: &Ident) -> TokenStream {
        let Self { ident, cfgs, method, taken, answered, .. } = self;
        let of_arguments = words(
            &format!("`{contract}::{ident}` has `{{Contract}}` here, and the hub's `{ident}` takes `{{Self}}`"),
            "`{Contract}` in the contract",
            "write the same on both sides; what comes from the server, such as `Hub`, does not count",
        );
        let of_answers = words(
            &format!("`{contract}::{ident}` answers with `{{Contract}}`, and the hub's `{ident}` with `{{Self}}`"),
            "`{Contract}` in the contract",
            "write the same on both sides; the error of a `Result` does not count",
        );
        quote_spanned! {at(ident.span())=>
            #(#cfgs)*
            #of_arguments
            pub trait #taken<Contract> {}

            #(#cfgs)*
            impl<__Type> #taken<__Type> for __Type {}

            #(#cfgs)*
            #[automatically_derived]
            impl<__Hub: #taken<__Contract>, __Contract> #root::SameArgument<__Hub, __Contract> for #method {}

            #(#cfgs)*
            #of_answers
            pub trait #answered<Contract> {}

            #(#cfgs)*
            impl<__Type> #answered<__Type> for __Type {}

            #(#cfgs)*
            #[automatically_derived]
            impl<__Hub: #answered<__Contract>, __Contract> #root::SameAnswer<__Hub, __Contract> for #method {}
        }
    }
}

/// What the compiler says where a trait is not implemented.
fn words(message: &str, label: &str, note: &str) -> TokenStream {
    code!(#[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)])
}

/// The type with which a hub takes it.
fn parameter(ty: &Type, root: &Root) -> TokenStream {
    match stream_item(ty) {
        Some(item) => quote_spanned!(at(ty.span())=> #root::UploadStream<#item>),
        None => owned(ty, Some(root)).to_token_stream(),
    }
}

fn answer(answer: &Answer, root: &Root) -> TokenStream {
    match answer {
        Answer::Nothing => code!(()),
        Answer::Value(ty) => ty.to_token_stream(),
        Answer::Stream(ty) => {
            let item = stream_item(ty);
            quote_spanned!(at(ty.span())=> #root::StreamOf<#item>)
        }
    }
}

/// The method as a hub has it, for people to read.
fn signature(method: &ContractMethod) -> String {
    let params = method.params.iter().map(|param| {
        let ty = match stream_item(&param.ty) {
            Some(item) => format!("UploadStream<{}>", written(item)),
            None => written(&owned(&param.ty, None)),
        };
        format!(", {}: {ty}", param.ident)
    });
    let params: String = params.collect();
    let ident = method.ident();
    let text = match &method.answer {
        Answer::Nothing => format!("async fn {ident}(&self{params})"),
        Answer::Value(ty) => format!("async fn {ident}(&self{params}) -> {}", written(ty)),
        Answer::Stream(ty) => format!("fn {ident}(&self{params}) -> {}", written(ty)),
    };
    // Braces are the compiler's in such a text.
    text.replace('{', "{{").replace('}', "}}")
}
