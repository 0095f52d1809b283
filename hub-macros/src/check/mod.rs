//! The rules, each a function. What a type *is* is left to traits, and what the compiler says by itself is not said twice.

mod contract;
mod hub;
mod lifecycle;
mod server;
mod signature;

pub(crate) use contract::contract;
pub(crate) use hub::hub;

use proc_macro2::TokenStream;
use syn::{Attribute, Ident};

use crate::diag::Sink;
use crate::model::{Side, WireName};
use crate::syntax::keyword;

/// `#[hub]` stands on an impl block.
pub(crate) fn is_impl(item: &TokenStream, sink: &Sink) -> bool {
    let word = keyword(item);
    let hint = match word.as_ref().map(ToString::to_string).as_deref() {
        Some("impl") => return true,
        Some("fn") => "on a method it counts only inside of an impl block marked `#[hub]`",
        Some("trait") => "a contract is marked `#[hub_server]`, or `#[hub_client]` if the server calls it",
        _ => "put it on the block with the methods that clients may call",
    };
    sink.error(word, format!("`#[hub]` belongs on an impl block: {hint}"));
    false
}

/// `#[hub_client]` and `#[hub_server]` stand on a trait.
pub(crate) fn is_trait(side: Side, item: &TokenStream, sink: &Sink) -> bool {
    let attribute = side.attribute();
    let word = keyword(item);
    let hint = match word.as_ref().map(ToString::to_string).as_deref() {
        Some("trait") => return true,
        Some("fn") => format!("on a method it counts only inside of a trait marked `#[{attribute}]`"),
        Some("impl") => "the methods of a hub are marked `#[hub]`".to_owned(),
        _ => match side {
            Side::Client => "put it on the trait with the methods that the server calls on clients".to_owned(),
            Side::Server => "put it on the trait with the methods that clients call on the hub".to_owned(),
        },
    };
    sink.error(word, format!("`#[{attribute}]` belongs on a trait: {hint}"));
    false
}

/// A callable name as the rule below sees it.
struct Named<'a> {
    ident: &'a Ident,
    wire_name: &'a WireName,
    cfgs: &'a [Attribute],
}

/// No two methods have one wire name. Those with a `#[cfg]` may be alternatives, and those with one identifier are the
/// compiler's to refuse.
fn distinct_targets(what: &str, attribute: &str, methods: &[Named<'_>], sink: &Sink) {
    for (index, method) in methods.iter().enumerate() {
        let earlier = methods.iter().take(index).find(|earlier| {
            earlier.ident != method.ident
                && earlier.wire_name.is_same_target(method.wire_name)
                && earlier.cfgs.is_empty()
                && method.cfgs.is_empty()
        });
        if let Some(earlier) = earlier {
            sink.error_at(
                method.wire_name.span,
                format!(
                    "{what} `{}` has the wire name `{}`, which `{}` has already (case does not count): \
                     give it another with `#[{attribute}(name = \"…\")]`",
                    method.ident, method.wire_name.value, earlier.ident
                ),
            );
        }
    }
}

/// A wire name has at least one character.
fn named(what: &str, ident: &Ident, wire_name: &WireName, sink: &Sink) {
    if wire_name.value.is_empty() {
        sink.error_at(wire_name.span, format!("{what} `{ident}` must have a wire name: write it between the quotes"));
    }
}
