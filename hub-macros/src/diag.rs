//! Errors are collected, so that one compile shows all mistakes of a block.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Takes every error of one expansion.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    errors: RefCell<Vec<syn::Error>>,
}

impl Sink {
    pub(crate) fn push(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// An error that underlines all of `tokens`.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn error_at(&self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Whether `work` reports nothing.
    pub(crate) fn is_clean_after(&self, work: impl FnOnce()) -> bool {
        let before = self.errors.borrow().len();
        work();
        self.errors.borrow().len() == before
    }

    /// The value, or nothing after its error was reported.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.into_inner().iter().map(syn::Error::to_compile_error).collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.borrow().iter().map(ToString::to_string).collect()
    }
}
