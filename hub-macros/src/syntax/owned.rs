//! The owned form of a type that borrows.

use quote::quote;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, Type, TypeFnPtr, TypeSlice, parse_quote_spanned};

use super::bare;
use crate::root::Root;

/// The type with `String` for `&str`, `Vec<T>` for `&[T]` and `T` for `&T`, however deep, and what lives forever for what
/// has another lifetime: what a message is read into. For people it is written without a root.
pub(crate) fn owned(ty: &Type, root: Option<&Root>) -> Type {
    let mut ty = ty.clone();
    Owner { root }.visit_type_mut(&mut ty);
    ty
}

struct Owner<'a> {
    root: Option<&'a Root>,
}

impl VisitMut for Owner<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        if let Type::Reference(reference) = bare(ty) {
            *ty = self.referent(&reference.elem);
        }
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new("'static", lifetime.span());
    }

    /// `fn(&str)` borrows nothing.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
}

impl Owner<'_> {
    fn referent(&self, ty: &Type) -> Type {
        let path = self.root.map(|root| root.at(ty.span())).map(|root| quote!(#root::));
        match bare(ty) {
            Type::Path(str) if str.path.is_ident("str") => parse_quote_spanned!(ty.span()=> #path String),
            Type::Slice(TypeSlice { elem, .. }) => parse_quote_spanned!(ty.span()=> #path Vec<#elem>),
            _ => ty.clone(),
        }
    }
}

/// The type with a name for each lifetime that has none.
pub(crate) fn with_lifetime(ty: &Type, lifetime: &Lifetime) -> Type {
    let mut ty = ty.clone();
    Namer { lifetime }.visit_type_mut(&mut ty);
    ty
}

struct Namer<'a> {
    lifetime: &'a Lifetime,
}

impl VisitMut for Namer<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        visit_mut::visit_type_reference_mut(self, reference);
        reference.lifetime.get_or_insert_with(|| self.lifetime.clone());
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.lifetime.clone();
        }
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::parse_quote;

    use super::*;

    fn owned_form(ty: &Type) -> String {
        owned(ty, Some(&Root::new(parse_quote!(r)))).to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn what_borrows_is_owned_however_deep() {
        assert_eq!(owned_form(&parse_quote!(&str)), "r::__private::String");
        assert_eq!(owned_form(&parse_quote!(&[&my::Item])), "r::__private::Vec<my::Item>");
        assert_eq!(owned_form(&parse_quote!(Option<&'a (u8, &str)>)), "Option<(u8,r::__private::String)>");
        assert_eq!(owned_form(&parse_quote!(Cow<'_, str>)), "Cow<'static,str>");
        assert_eq!(owned_form(&parse_quote!(fn(&str))), "fn(&str)");
        assert_eq!(owned(&parse_quote!(&str), None), parse_quote!(String));
    }

    #[test]
    fn a_lifetime_that_is_left_out_gets_a_name() {
        let lifetime: Lifetime = parse_quote!('x);
        let named = with_lifetime(&parse_quote!(Option<&Cow<'_, str>>), &lifetime);
        assert_eq!(named.to_token_stream().to_string(), "Option < & 'x Cow < 'x , str > >");
    }
}
