//! The crate that generated code names.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Path;

/// Prints as the path of the module that exists for generated code.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    crate_path: Path,
}

impl Root {
    pub(crate) fn new(crate_path: Path) -> Self {
        Self { crate_path }
    }
}

impl Default for Root {
    fn default() -> Self {
        Self::new(syn::parse_quote!(::hub_server))
    }
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let crate_path = &self.crate_path;
        tokens.extend(quote!(#crate_path::__private));
    }
}
