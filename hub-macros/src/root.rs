//! The crate that generated code names.

use proc_macro2::{Span, TokenStream, TokenTree};
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

    pub(crate) fn hub_server() -> Self {
        Self::new(syn::parse_quote!(::hub_server))
    }

    pub(crate) fn hub_client() -> Self {
        Self::new(syn::parse_quote!(::hub_client))
    }

    pub(crate) fn hub_contract() -> Self {
        Self::new(syn::parse_quote!(::hub_contract))
    }

    /// The path at another place, for errors that are to be shown there.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let relocated = |mut token: TokenTree| {
            token.set_span(token.span().located_at(span));
            token
        };
        self.to_token_stream().into_iter().map(relocated).collect()
    }
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let crate_path = &self.crate_path;
        tokens.extend(quote!(#crate_path::__private));
    }
}
