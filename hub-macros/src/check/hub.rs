use syn::Type;

use super::{Named, distinct_targets, lifecycle, named, signature};
use crate::diag::Sink;
use crate::model::{Hub, Method, Returns};
use crate::options::Client;
use crate::syntax::{ImplBlock, Item, OtherKind, bare, bound_ident, first_reference};

const WHAT: &str = "hub method";

/// Applies every rule, and keeps the methods that break none. False if the hub itself cannot be.
pub(crate) fn hub(block: &ImplBlock, hub: &mut Hub, sink: &Sink) -> bool {
    let is_sound = sink.is_clean_after(|| {
        inherent(block, sink);
        named_type(hub, sink);
    });
    if !is_sound {
        return false;
    }
    visible_methods(block, sink);
    distinct_methods(hub, sink);
    let client = &hub.client;
    hub.methods.retain(|method| sink.is_clean_after(|| RULES.iter().for_each(|rule| rule(method, sink))));
    hub.lifecycle.retain(|method| sink.is_clean_after(|| lifecycle::check(method, client, sink)));
    !matches!(hub.client, Client::Unknown)
}

/// The block implements no trait.
fn inherent(block: &ImplBlock, sink: &Sink) {
    if let Some((path, _)) = &block.head.trait_ {
        sink.error(
            path,
            "`#[hub]` belongs on the type's own impl block, not on that of a trait: clients call methods of the type",
        );
    }
}

/// The type has a name.
fn named_type(hub: &Hub, sink: &Sink) {
    if hub.name().is_none() {
        sink.error(&hub.self_ty, "a hub is a struct or an enum: write `impl ChatHub`");
    }
}

/// No methods hide in a macro.
fn visible_methods(block: &ImplBlock, sink: &Sink) {
    for item in &block.items {
        if let Item::Other(item) = item
            && item.kind == OtherKind::Macro
        {
            sink.error_at(
                item.span,
                "`#[hub]` cannot see the methods that a macro writes: move it to another impl block",
            );
        }
    }
}

fn distinct_methods(hub: &Hub, sink: &Sink) {
    let named = hub.methods.iter().map(|method| Named {
        ident: method.ident(),
        wire_name: &method.wire_name,
        cfgs: &method.cfgs,
    });
    distinct_targets(WHAT, "hub", &named.collect::<Vec<_>>(), sink);
}

const RULES: &[fn(&Method, &Sink)] =
    &[shared_receiver, not_generic, safe, has_name, owned_arguments, optional_last, not_a_future];

/// One value of the hub serves every connection at the same time.
fn shared_receiver(method: &Method, sink: &Sink) {
    let hint = if method.sig.receiver().is_some() {
        "one hub serves every connection at the same time, so keep what changes behind a lock"
    } else {
        "if clients are not to call it, mark it `#[hub(skip)]` or move it to another impl block"
    };
    signature::shared_receiver(WHAT, &method.sig, hint, sink);
}

fn not_generic(method: &Method, sink: &Sink) {
    signature::not_generic(WHAT, &method.sig, sink);
    method.params.iter().for_each(|param| signature::no_impl(WHAT, method.ident(), &param.ty, sink));
}

fn safe(method: &Method, sink: &Sink) {
    signature::safe(WHAT, &method.sig, sink);
}

fn has_name(method: &Method, sink: &Sink) {
    named(WHAT, method.ident(), &method.wire_name, sink);
}

/// Arguments are made from a message that is gone when the method runs.
fn owned_arguments(method: &Method, sink: &Sink) {
    for param in &method.params {
        if let Some(reference) = first_reference(&param.ty) {
            let owned = signature::owned(reference);
            sink.error(reference, format!("{WHAT} `{}` must own its arguments: take {owned} here", method.ident()));
        }
    }
}

/// Callers leave arguments out from the last one on.
fn optional_last(method: &Method, sink: &Sink) {
    let trailing = method.params.iter().rev().take_while(|param| param.optional.is_some()).count();
    let others = method.params.len() - trailing;
    for span in method.params.iter().take(others).filter_map(|param| param.optional) {
        sink.error_at(
            span,
            format!(
                "{WHAT} `{}` must take what callers may leave out last: move this behind the others",
                method.ident()
            ),
        );
    }
}

/// A method that waits is `async` itself, so that its error can be told from its result.
fn not_a_future(method: &Method, sink: &Sink) {
    let Returns::Value(ty) = &method.returns else { return };
    let Type::ImplTrait(ty) = bare(ty) else { return };
    if ty.bounds.iter().any(|bound| bound_ident(bound).is_some_and(|ident| ident == "Future")) {
        sink.error(
            ty,
            format!("{WHAT} `{}` must be `async` instead of returning a future: write `async fn`", method.ident()),
        );
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests quote their input in place")]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::options::HubOptions;

    /// The errors of a hub, and the names of the methods that remain.
    fn check(options: TokenStream, item: TokenStream) -> (Vec<String>, Vec<String>) {
        let sink = Sink::default();
        let block = ImplBlock::parse(&item, &sink).expect("an impl block");
        let mut model = Hub::new(&block, HubOptions::read(options, &sink), &sink);
        super::hub(&block, &mut model, &sink);
        (sink.messages(), model.methods.iter().map(|method| method.ident().to_string()).collect())
    }

    fn errors(methods: TokenStream) -> Vec<String> {
        check(quote!(), quote!(impl Chat { #methods })).0
    }

    #[test]
    fn a_plain_hub_breaks_no_rule() {
        let item = quote! {
            impl Chat {
                const LIMIT: usize = { 1 };
                async fn on_connected(&self, hub: Hub) -> Result<(), HubError> {}
                fn on_disconnected(&self, reason: Option<&DisconnectError>) {}
                pub async fn send(&self, hub: Hub<dyn ChatClient>, text: String) -> Result<(), HubError> {}
                fn add(&self, a: i32, b: Vec<i32>) -> i32 {}
                #[hub(skip)]
                fn new<T>(mut self, t: &T) -> Self {}
            }
        };
        let (errors, methods) = check(quote!(), item);
        assert_eq!(errors, [""; 0]);
        assert_eq!(methods, ["send", "add"]);
    }

    #[test]
    fn every_mistake_of_a_block_is_found_at_once() {
        let item = quote! {
            impl Chat {
                fn by_value(self) {}
                fn generic<T>(&self, t: T) {}
                fn fine(&self) {}
                unsafe fn borrowed(&self, text: &str, list: Option<&[u8]>) {}
            }
        };
        let (errors, methods) = check(quote!(), item);
        assert_eq!(errors.len(), 5, "{errors:#?}");
        assert_eq!(methods, ["fine"]);
    }

    #[test]
    fn the_receiver_is_shared() {
        for receiver in
            [quote!(self), quote!(&mut self), quote!(mut self), quote!(self: Arc<Self>), quote!(&'static self)]
        {
            let expected = "hub method `a` must take `&self`: \
                one hub serves every connection at the same time, so keep what changes behind a lock";
            assert_eq!(errors(quote!(fn a(#receiver) {})), [expected]);
        }
        let expected = "hub method `new` must take `&self`: \
            if clients are not to call it, mark it `#[hub(skip)]` or move it to another impl block";
        assert_eq!(errors(quote! { fn new() -> Self {} }), [expected]);
    }

    #[test]
    fn generic_methods_are_refused_in_either_spelling() {
        assert_eq!(errors(quote! { fn a<'x>(&self) {} }).len(), 1);
        assert_eq!(errors(quote! { fn a(&self, b: Option<impl Send>) {} }).len(), 1);
    }

    #[test]
    fn a_borrowed_argument_is_answered_with_the_owned_type() {
        let message = |owned: &str| format!("hub method `a` must own its arguments: take {owned} here");
        assert_eq!(errors(quote! { fn a(&self, b: &str) {} }), [message("`String`")]);
        assert_eq!(errors(quote! { fn a(&self, b: Vec<&'static mut [my::Item]>) {} }), [message("`Vec<my::Item>`")]);
        assert_eq!(errors(quote! { fn a(&self, hub: &Hub<dyn ChatClient>) {} }), [message("`Hub<dyn ChatClient>`")]);
        assert_eq!(errors(quote! { fn a(&self, b: &(u8, u8)) {} }), [message("an owned type")]);
        assert_eq!(errors(quote! { fn a(&self, b: Context<fn(&str)>) {} }), [""; 0]);
    }

    #[test]
    fn names_are_compared_without_case_and_only_unconditionally() {
        let clash = errors(quote! { fn get_it(&self) {} #[hub(name = "GETIT")] fn other(&self) {} });
        let expected = "hub method `other` has the wire name `GETIT`, which `get_it` has already (case does not count): \
            give it another with `#[hub(name = \"…\")]`";
        assert_eq!(clash, [expected]);
        assert_eq!(errors(quote! { #[cfg(unix)] fn a(&self) {} #[hub(name = "A")] fn b(&self) {} }), [""; 0]);
        assert_eq!(errors(quote! { #[hub(name = "")] fn a(&self) {} }).len(), 1);
    }

    #[test]
    fn what_callers_may_leave_out_is_last() {
        let methods = quote! {
            fn fine(&self, hub: Hub, a: u8, #[hub(optional)] b: Option<u8>, #[hub(optional)] c: Option<u8>) {}
            fn wrong(&self, #[hub(optional)] a: Option<u8>, #[hub(optional)] b: Option<u8>, c: u8) {}
        };
        let expected = "hub method `wrong` must take what callers may leave out last: move this behind the others";
        assert_eq!(errors(methods), [expected; 2]);
    }

    #[test]
    fn a_future_is_returned_by_async_alone() {
        assert_eq!(errors(quote! { fn a(&self) -> impl Future<Output = ()> + Send {} }).len(), 1);
        assert_eq!(errors(quote! { fn a(&self) -> impl Serialize + use<> {} }), [""; 0]);
    }

    #[test]
    fn a_hub_is_a_named_type_with_its_own_block() {
        assert_eq!(check(quote!(), quote!(impl Clone for Chat {})).0.len(), 1);
        assert_eq!(check(quote!(), quote! { impl (A, B) {} }).0.len(), 1);
        assert_eq!(check(quote!(), quote!(impl Chat { methods! { a b } })).0.len(), 1);
        assert_eq!(check(quote!(), quote! { impl<T: Send> my::Chat<T> where T: Sync {} }).0, [""; 0]);
    }
}
