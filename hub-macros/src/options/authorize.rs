//! `authorize(…)`: what a method asks of its callers.

use proc_macro2::{Group, Span};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token, token};

use super::read::value;

pub(super) const USAGE: &str = "`authorize` for everybody who has signed in, `authorize(role = \"admin\")`, \
    `authorize(roles = [\"admin\", \"staff\"])` for one of them, or `authorize(policy = \"adults\")`";

/// What must hold of a caller.
#[derive(Debug)]
pub(crate) enum Requirement {
    Authenticated(Span),
    /// One of these.
    Roles(Vec<LitStr>),
    Policy(LitStr),
}

/// Reads what stands behind `authorize`: nothing, or requirements in parentheses.
pub(super) fn read(word: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Requirement>> {
    if !input.peek(token::Paren) {
        return Ok(vec![Requirement::Authenticated(word.span())]);
    }
    let parser = |content: ParseStream<'_>| Punctuated::<_, Token![,]>::parse_terminated_with(content, requirement);
    let requirements = parser.parse2(input.parse::<Group>()?.stream())?;
    if requirements.is_empty() {
        return Err(syn::Error::new(word.span(), "nothing is asked"));
    }
    Ok(requirements.into_iter().collect())
}

fn requirement(input: ParseStream<'_>) -> syn::Result<Requirement> {
    let word = input.call(Ident::parse_any)?;
    match word.to_string().as_str() {
        "role" => Ok(Requirement::Roles(vec![value(&word, input)?])),
        "roles" => Ok(Requirement::Roles(roles(&word, input)?)),
        "policy" => Ok(Requirement::Policy(value(&word, input)?)),
        _ => Err(syn::Error::new(word.span(), "no such requirement")),
    }
}

fn roles(word: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    input.parse::<Token![=]>()?;
    if !input.peek(token::Bracket) {
        return Err(syn::Error::new(word.span(), "no list"));
    }
    let roles = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(input.parse::<Group>()?.stream())?;
    if roles.is_empty() {
        return Err(syn::Error::new(word.span(), "no role"));
    }
    Ok(roles.into_iter().collect())
}

impl Requirement {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Authenticated(span) => *span,
            Self::Roles(roles) => roles.first().map_or_else(Span::call_site, LitStr::span),
            Self::Policy(name) => name.span(),
        }
    }
}
