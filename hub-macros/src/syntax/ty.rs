//! Questions about the shape of a type. Never about its meaning: that is what traits are for.

use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Ident, ParenthesizedGenericArguments, Path, Type, TypeFnPtr, TypeImplTrait, TypeReference};

/// The type without parentheses and the invisible groups of `macro_rules!` fragments.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => ty,
    }
}

pub(crate) fn is_unit(ty: &Type) -> bool {
    matches!(bare(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// `Stream` of `futures::Stream<Item = u32>`.
pub(crate) fn last_ident(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}

/// The type as one would write it, which is not how tokens print.
pub(crate) fn written(ty: &Type) -> String {
    let tokens = ty.to_token_stream().to_string();
    let spaced = [(" :: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ","), ("& ", "&"), ("( ", "("), (" )", ")")];
    spaced.into_iter().fold(tokens, |text, (tokens, source)| text.replace(tokens, source))
}

/// The first `&…` in the type, however deep.
pub(crate) fn first_reference(ty: &Type) -> Option<&TypeReference> {
    let mut finder = Finder::default();
    finder.visit_type(ty);
    finder.reference
}

/// The first `impl …` in the type, however deep.
pub(crate) fn first_impl_trait(ty: &Type) -> Option<&TypeImplTrait> {
    let mut finder = Finder::default();
    finder.visit_type(ty);
    finder.impl_trait
}

#[derive(Default)]
struct Finder<'ast> {
    reference: Option<&'ast TypeReference>,
    impl_trait: Option<&'ast TypeImplTrait>,
}

impl<'ast> Visit<'ast> for Finder<'ast> {
    fn visit_type_reference(&mut self, node: &'ast TypeReference) {
        self.reference.get_or_insert(node);
        visit::visit_type_reference(self, node);
    }

    fn visit_type_impl_trait(&mut self, node: &'ast TypeImplTrait) {
        self.impl_trait.get_or_insert(node);
        visit::visit_type_impl_trait(self, node);
    }

    /// `fn(&str)` borrows nothing, and neither does `dyn Fn(&str)`.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
}
