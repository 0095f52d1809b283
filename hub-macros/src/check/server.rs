//! Rules of the methods that clients call on a hub.

use super::contract::{Rule, WHAT};
use super::signature;
use crate::diag::Sink;
use crate::model::{Answer, ContractMethod};
use crate::syntax::{bare, first_reference, is_stream, last_ident, stream_item, written};
use syn::{PathArguments, Type};

pub(super) const RULES: &[Rule] = &[is_async_or_stream, no_result, named_items, no_conditions, arguments];

/// One way to write each: a value is waited for, and a stream comes item by item.
fn is_async_or_stream(method: &ContractMethod, sink: &Sink) {
    let ident = method.ident();
    match (&method.answer, &method.sig.asyncness) {
        (Answer::Stream(_), Some(token)) => {
            sink.error(token, format!("{WHAT} `{ident}` must not be `async`: it answers with a stream, so write `fn`"));
        }
        (Answer::Nothing | Answer::Value(_), None) => {
            sink.error(method.sig.fn_token, format!("{WHAT} `{ident}` must be `async`: write `async fn`"));
        }
        _ => {}
    }
}

/// A call can always fail, so the contract does not say it.
fn no_result(method: &ContractMethod, sink: &Sink) {
    let answer = match &method.answer {
        Answer::Nothing => None,
        Answer::Value(ty) => Some(&**ty),
        Answer::Stream(ty) => stream_item(ty),
    };
    if let Some((result, value)) = answer.and_then(result_of) {
        sink.error(
            result,
            format!("{WHAT} `{}` must not answer with a `Result`: every call may fail, so {value}", method.ident()),
        );
    }
}

/// The type if it is a `Result`, and what to write instead.
fn result_of(ty: &Type) -> Option<(&Type, String)> {
    let Type::Path(path) = bare(ty) else { return None };
    if last_ident(&path.path)? != "Result" {
        return None;
    }
    let value = match &path.path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(value)) if crate::syntax::is_unit(value) => "leave it out".to_owned(),
            Some(syn::GenericArgument::Type(value)) => format!("write `{}`", written(value)),
            _ => "write its value".to_owned(),
        },
        _ => "write its value".to_owned(),
    };
    Some((ty, value))
}

/// A stream says what it is a stream of.
fn named_items(method: &ContractMethod, sink: &Sink) {
    let answer = match &method.answer {
        Answer::Stream(ty) => Some(&**ty),
        _ => None,
    };
    let params = method.params.iter().map(|param| &param.ty);
    for ty in params.chain(answer).filter(|ty| is_stream(ty) && stream_item(ty).is_none()) {
        let message =
            format!("{WHAT} `{}` must say what its stream is of: write `impl Stream<Item = …>`", method.ident());
        sink.error(ty, message);
    }
}

/// Both sides are built at different places, and must still agree.
fn no_conditions(method: &ContractMethod, sink: &Sink) {
    for attr in method.params.iter().flat_map(|param| &param.cfgs) {
        let message =
            format!("{WHAT} `{}` must have the same arguments everywhere: remove the condition", method.ident());
        sink.error(attr, message);
    }
}

/// Arguments are values, or streams of owned items.
fn arguments(method: &ContractMethod, sink: &Sink) {
    let ident = method.ident();
    for param in &method.params {
        if let Some(item) = stream_item(&param.ty) {
            if let Some(reference) = first_reference(item) {
                let owned = signature::owned(reference);
                sink.error(reference, format!("{WHAT} `{ident}` must own the items of its streams: send {owned} here"));
            }
        } else if !is_stream(&param.ty) {
            signature::no_impl(WHAT, ident, &param.ty, sink);
            not_the_hubs(method, &param.ty, sink);
        }
    }
}

/// What a hub takes for a stream is not what its clients give.
fn not_the_hubs(method: &ContractMethod, ty: &Type, sink: &Sink) {
    let Type::Path(path) = bare(ty) else { return };
    if last_ident(&path.path).is_some_and(|ident| ident == "UploadStream") {
        let message = format!(
            "{WHAT} `{}` must take a stream as its callers have it: write `impl Stream<Item = …>`",
            method.ident()
        );
        sink.error(ty, message);
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests quote their input in place")]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::check;
    use crate::model::{Contract, Side};
    use crate::options::ContractOptions;
    use crate::root::Root;
    use crate::syntax::TraitBlock;

    fn errors(methods: TokenStream) -> Vec<String> {
        let sink = Sink::default();
        let block = TraitBlock::parse(&quote!(trait Server { #methods }), &sink).expect("a trait");
        let options = ContractOptions::read(Side::Server, Root::hub_contract(), quote!(), &sink);
        let mut contract = Contract::new(Side::Server, &block, options, &sink);
        check::contract(&block, &mut contract, &sink);
        sink.messages()
    }

    #[test]
    fn a_plain_contract_breaks_no_rule() {
        let methods = quote! {
            async fn send(&self, user: &str, _: Option<String>) -> ();
            async fn join(&self, room: &str) -> Vec<Member>;
            fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
            fn echo(&self, texts: impl futures::Stream<Item = String> + Send) -> impl Stream<Item = String>;
            #[cfg(unix)]
            #[hub_server(name = "quit")]
            async fn left(&self);
        };
        assert_eq!(errors(methods), [""; 0]);
    }

    #[test]
    fn every_rule_names_the_method() {
        let methods = [
            (quote! { fn a(&self); }, "must be `async`: write `async fn`"),
            (quote! { fn a(&self) -> u8; }, "must be `async`: write `async fn`"),
            (
                quote! { async fn a(&self) -> impl Stream<Item = u8>; },
                "must not be `async`: it answers with a stream, so write `fn`",
            ),
            (
                quote! { async fn a(&self) -> Result<u8, Error>; },
                "must not answer with a `Result`: every call may fail, so write `u8`",
            ),
            (
                quote! { async fn a(&self) -> io::Result<()>; },
                "must not answer with a `Result`: every call may fail, so leave it out",
            ),
            (
                quote! { fn a(&self) -> impl Stream<Item = Result<u8, Error>>; },
                "must not answer with a `Result`: every call may fail, so write `u8`",
            ),
            (quote! { fn a(&self) -> impl Stream; }, "must say what its stream is of: write `impl Stream<Item = …>`"),
            (
                quote! { async fn a(&self, b: impl Stream); },
                "must say what its stream is of: write `impl Stream<Item = …>`",
            ),
            (
                quote! { async fn a(&self, b: impl Stream<Item = &str>); },
                "must own the items of its streams: send `String` here",
            ),
            (
                quote! { async fn a(&self, b: UploadStream<u8>); },
                "must take a stream as its callers have it: write `impl Stream<Item = …>`",
            ),
            (
                quote! { async fn a(&self, b: impl Into<String>); },
                "must not be generic: name the argument's type instead of writing `impl`",
            ),
            (
                quote! { async fn a(&self, #[cfg(unix)] b: u8); },
                "must have the same arguments everywhere: remove the condition",
            ),
            (quote! { async fn a(&self) -> &str; }, "must own its result: return `String` here"),
            (quote! { fn a(&self) -> impl Stream<Item = &str>; }, "must own its result: return `String` here"),
        ];
        for (method, rule) in methods {
            assert_eq!(errors(method), [format!("contract method `a` {rule}")]);
        }
    }
}
