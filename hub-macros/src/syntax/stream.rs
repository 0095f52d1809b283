//! Streams that are written as `impl Stream<Item = T>`.

use syn::{GenericArgument, Ident, PathArguments, TraitBound, Type, TypeImplTrait, TypeParamBound};

use super::{bare, last_ident};

/// Whether the type is an `impl Stream`.
pub(crate) fn is_stream(ty: &Type) -> bool {
    matches!(bare(ty), Type::ImplTrait(ty) if stream_bound(ty).is_some())
}

/// `T` of `impl Stream<Item = T>`, if it says so.
pub(crate) fn stream_item(ty: &Type) -> Option<&Type> {
    let Type::ImplTrait(ty) = bare(ty) else { return None };
    let PathArguments::AngleBracketed(arguments) = &stream_bound(ty)?.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
        _ => None,
    })
}

/// The bound that makes it a stream.
pub(crate) fn stream_bound(ty: &TypeImplTrait) -> Option<&TraitBound> {
    ty.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(trait_) if bound_ident(bound).is_some_and(|ident| ident == "Stream") => Some(trait_),
        _ => None,
    })
}

/// The last word of a trait bound.
pub(crate) fn bound_ident(bound: &TypeParamBound) -> Option<&Ident> {
    match bound {
        TypeParamBound::Trait(bound) => last_ident(&bound.path),
        _ => None,
    }
}
