use syn::Type;

use super::{Named, distinct_targets, named, server, signature};
use crate::diag::Sink;
use crate::model::{Answer, Contract, ContractMethod, Side};
use crate::syntax::{Item, OtherKind, TraitBlock, first_reference};

pub(super) const WHAT: &str = "contract method";

/// Applies every rule, and marks the methods that break one.
pub(crate) fn contract(block: &TraitBlock, contract: &mut Contract, sink: &Sink) {
    not_generic_trait(block, sink);
    no_supertraits(block, sink);
    safe_trait(block, sink);
    only_methods(block, sink);
    distinct_methods(contract, sink);
    let own = match contract.side {
        Side::Client => RULES_OF_CLIENT,
        Side::Server => server::RULES,
    };
    for method in &mut contract.methods {
        method.is_valid = sink.is_clean_after(|| RULES.iter().chain(own).for_each(|rule| rule(method, sink)));
    }
}

/// There is one shape of messages for one contract.
fn not_generic_trait(block: &TraitBlock, sink: &Sink) {
    let head = &block.head;
    if !head.generics.params.is_empty() {
        let message =
            format!("contract `{}` must not be generic: a message has one shape, so name the types", head.ident);
        sink.error(&head.generics.params, message);
    } else if let Some(clause) = &head.generics.where_clause {
        sink.error(clause, format!("contract `{}` must not have a where clause: remove it", head.ident));
    }
}

/// The trait says everything that may be called.
fn no_supertraits(block: &TraitBlock, sink: &Sink) {
    let head = &block.head;
    if !head.supertraits.is_empty() {
        let message =
            format!("contract `{}` must not have supertraits: write each call into the contract itself", head.ident);
        sink.error(&head.supertraits, message);
    }
}

fn safe_trait(block: &TraitBlock, sink: &Sink) {
    if let Some(token) = &block.head.unsafety {
        sink.error(token, format!("contract `{}` must not be `unsafe`: remove the word", block.head.ident));
    }
}

/// There is nothing in the trait but what a message can carry.
fn only_methods(block: &TraitBlock, sink: &Sink) {
    for item in &block.items {
        if let Item::Other(item) = item
            && item.kind != OtherKind::Unknown
        {
            sink.error_at(
                item.span,
                format!("contract `{}` must have only methods: move this out of it", block.head.ident),
            );
        }
    }
}

fn distinct_methods(contract: &Contract, sink: &Sink) {
    let cfgs: Vec<_> = contract.methods.iter().map(ContractMethod::cfgs).collect();
    let named = contract.methods.iter().zip(&cfgs).map(|(method, cfgs)| Named {
        ident: method.ident(),
        wire_name: &method.wire_name,
        cfgs,
    });
    distinct_targets(WHAT, contract.side.attribute(), &named.collect::<Vec<_>>(), sink);
}

/// What a method must be.
pub(super) type Rule = fn(&ContractMethod, &Sink);

const RULES: &[Rule] = &[shared_receiver, not_generic, safe, has_name, no_body, owned_answer];

const RULES_OF_CLIENT: &[Rule] = &[is_async, no_impl_arguments];

fn is_async(method: &ContractMethod, sink: &Sink) {
    if method.sig.asyncness.is_none() {
        sink.error(method.sig.fn_token, format!("{WHAT} `{}` must be `async`: write `async fn`", method.ident()));
    }
}

fn shared_receiver(method: &ContractMethod, sink: &Sink) {
    signature::shared_receiver(WHAT, &method.sig, "the arguments come after it", sink);
}

fn not_generic(method: &ContractMethod, sink: &Sink) {
    signature::not_generic(WHAT, &method.sig, sink);
}

fn no_impl_arguments(method: &ContractMethod, sink: &Sink) {
    method.params.iter().for_each(|param| signature::no_impl(WHAT, method.ident(), &param.ty, sink));
}

fn safe(method: &ContractMethod, sink: &Sink) {
    signature::safe(WHAT, &method.sig, sink);
}

fn has_name(method: &ContractMethod, sink: &Sink) {
    named(WHAT, method.ident(), &method.wire_name, sink);
}

/// What a client does is the client's.
fn no_body(method: &ContractMethod, sink: &Sink) {
    if let Some(span) = method.body {
        sink.error_at(span, format!("{WHAT} `{}` must not have a body: end it with `;`", method.ident()));
    }
}

/// An answer is made from a message that is gone when the caller looks at it.
fn owned_answer(method: &ContractMethod, sink: &Sink) {
    if let Some(reference) = answer(method).and_then(first_reference) {
        let owned = signature::owned(reference);
        sink.error(reference, format!("{WHAT} `{}` must own its result: return {owned} here", method.ident()));
    }
}

/// The type of the answer, if there is one: what stands there without `async` may be anything.
fn answer(method: &ContractMethod) -> Option<&Type> {
    match &method.answer {
        Answer::Stream(ty) => Some(ty),
        Answer::Value(ty) if method.sig.asyncness.is_some() => Some(ty),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests quote their input in place")]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::options::ContractOptions;
    use crate::root::Root;

    fn check(item: TokenStream) -> Vec<String> {
        let sink = Sink::default();
        let block = TraitBlock::parse(&item, &sink).expect("a trait");
        let options = ContractOptions::read(Side::Client, Root::hub_server(), quote!(), &sink);
        let mut model = Contract::new(Side::Client, &block, options, &sink);
        contract(&block, &mut model, &sink);
        sink.messages()
    }

    fn errors(methods: TokenStream) -> Vec<String> {
        check(quote!(trait Client { #methods }))
    }

    #[test]
    fn a_plain_contract_breaks_no_rule() {
        let methods = quote! {
            async fn receive_message(&self, user: &str, message: &[u8], _: Option<String>) -> ();
            #[cfg(unix)]
            async fn left(&self);
        };
        assert_eq!(errors(methods), [""; 0]);
    }

    #[test]
    fn every_rule_names_the_method() {
        let methods = [
            (quote! { fn a(&self); }, "must be `async`"),
            (quote! { async fn a(&mut self); }, "must take `&self`"),
            (quote! { async fn a(); }, "must take `&self`"),
            (quote! { async fn a<T>(&self, t: T); }, "must not be generic"),
            (quote! { async fn a(&self, t: &impl Serialize); }, "must not be generic"),
            (quote! { async unsafe fn a(&self); }, "must not be `unsafe`"),
            (quote! { #[hub_client(name = "")] async fn a(&self); }, "must have a wire name"),
            (quote! { async fn a(&self) {} }, "must not have a body"),
        ];
        for (method, rule) in methods {
            let errors = errors(method);
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].starts_with(&format!("contract method `a` {rule}: ")), "{errors:?}");
        }
    }

    #[test]
    fn an_answer_is_owned() {
        let errors = errors(quote! { async fn a(&self) -> &str; });
        assert_eq!(errors, ["contract method `a` must own its result: return `String` here"]);
    }

    #[test]
    fn names_are_compared_without_case() {
        let errors = errors(quote! { async fn get_it(&self); #[hub_client(name = "getit")] async fn other(&self); });
        let expected = "contract method `other` has the wire name `getit`, which `get_it` has already \
            (case does not count): give it another with `#[hub_client(name = \"…\")]`";
        assert_eq!(errors, [expected]);
    }

    #[test]
    fn a_contract_is_a_plain_trait() {
        assert_eq!(check(quote! { trait Client<T> where T: Send, { } }).len(), 1);
        assert_eq!(check(quote! { trait Client where Self: Send, { } }).len(), 1);
        assert_eq!(check(quote! { trait Client: Send + Sync {} }).len(), 1);
        assert_eq!(check(quote! { unsafe trait Client {} }).len(), 1);
        assert_eq!(check(quote! { trait Client { const A: u8; type B; c! {} } }).len(), 3);
    }
}
