//! Rules that every method of a hub or contract keeps.

use syn::{Ident, Receiver, ReceiverKind, Safety, Signature, Type, TypeReference};

use crate::diag::Sink;
use crate::syntax::{bare, first_impl_trait, last_ident, written};

/// The receiver is `&self`.
pub(super) fn shared_receiver(what: &str, sig: &Signature, hint: &str, sink: &Sink) {
    let ident = &sig.ident;
    match sig.receiver() {
        Some(receiver) if is_shared(receiver) => {}
        Some(receiver) => sink.error(bare_receiver(receiver), format!("{what} `{ident}` must take `&self`: {hint}")),
        None => sink.error(ident, format!("{what} `{ident}` must take `&self`: {hint}")),
    }
}

fn is_shared(receiver: &Receiver) -> bool {
    matches!(receiver.kind, ReceiverKind::Reference(_, None, None))
}

fn bare_receiver(receiver: &Receiver) -> Receiver {
    Receiver { attrs: Vec::new(), ..receiver.clone() }
}

/// There are no type, lifetime or constant parameters.
pub(super) fn not_generic(what: &str, sig: &Signature, sink: &Sink) {
    let ident = &sig.ident;
    if !sig.generics.params.is_empty() {
        sink.error(
            &sig.generics.params,
            format!("{what} `{ident}` must not be generic: a message has one shape, so name the types"),
        );
    }
}

/// An argument has no type parameter either, which an `impl Trait` is.
pub(super) fn no_impl(what: &str, ident: &Ident, ty: &Type, sink: &Sink) {
    if let Some(ty) = first_impl_trait(ty) {
        sink.error(
            ty,
            format!("{what} `{ident}` must not be generic: name the argument's type instead of writing `impl`"),
        );
    }
}

/// It is safe to call.
pub(super) fn safe(what: &str, sig: &Signature, sink: &Sink) {
    if let Safety::Unsafe(token) = &sig.safety {
        sink.error(
            token,
            format!("{what} `{}` must not be `unsafe`: a remote caller cannot keep its promises", sig.ident),
        );
    }
}

/// What to write instead of a borrowed type.
pub(super) fn owned(reference: &TypeReference) -> String {
    match bare(&reference.elem) {
        Type::Path(ty) if ty.path.is_ident("str") => "`String`".to_owned(),
        Type::Slice(slice) => format!("`Vec<{}>`", written(&slice.elem)),
        Type::Path(ty) if last_ident(&ty.path).is_some() => format!("`{}`", written(&reference.elem)),
        _ => "an owned type".to_owned(),
    }
}
