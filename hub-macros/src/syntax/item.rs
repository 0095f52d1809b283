use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, FnArg, Ident, Lit, Signature, Token, Visibility};

use super::Helper;
use crate::diag::Sink;

/// One item of an impl block or a trait.
#[derive(Debug)]
pub(crate) enum Item {
    Method(Box<MethodItem>),
    Other(Other),
}

/// An associated function down to its signature.
#[derive(Debug)]
pub(crate) struct MethodItem {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) helpers: Vec<Helper>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The helpers of each of the signature's inputs.
    pub(crate) param_helpers: Vec<Vec<Helper>>,
    /// A block, unread, or a semicolon.
    pub(crate) body: TokenTree,
}

/// What is not a function, as it was written.
#[derive(Debug)]
pub(crate) struct Other {
    pub(crate) kind: OtherKind,
    /// Its first word, behind the attributes.
    pub(crate) span: Span,
    tokens: TokenStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherKind {
    Const,
    Type,
    Macro,
    /// Neither ours to understand nor to judge.
    Unknown,
}

impl Item {
    pub(crate) fn parse(input: ParseStream<'_>, sink: &Sink) -> syn::Result<Self> {
        let start = input.fork();
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !is_function(&input.fork()) {
            let kind = OtherKind::peek(input);
            return Ok(Self::Other(Other::skip(kind, &start, input)?));
        }
        match input.fork().parse::<Signature>() {
            Ok(_) => Ok(Self::Method(Box::new(MethodItem::parse(attrs, vis, input, sink)?))),
            Err(error) => {
                sink.error_at(
                    error.span(),
                    format!("the method is left out, for its signature cannot be read: {error}"),
                );
                Ok(Self::Other(Other::skip(OtherKind::Unknown, &start, input)?))
            }
        }
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Method(method) => method.to_tokens(tokens),
            Self::Other(other) => other.tokens.to_tokens(tokens),
        }
    }
}

impl MethodItem {
    fn parse(mut attrs: Vec<Attribute>, vis: Visibility, input: ParseStream<'_>, sink: &Sink) -> syn::Result<Self> {
        let helpers = Helper::take(&mut attrs, sink);
        let mut sig: Signature = input.parse()?;
        let param_helpers = sig.inputs.iter_mut().map(|param| Helper::take(attrs_of(param), sink)).collect();
        Ok(Self { attrs, helpers, vis, sig, param_helpers, body: input.parse()? })
    }

    pub(crate) fn has_body(&self) -> bool {
        matches!(self.body, TokenTree::Group(_))
    }
}

impl ToTokens for MethodItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

impl Other {
    /// Reads on from `start`, where the attributes are, to the end of the item that `input` is in.
    fn skip(kind: OtherKind, start: ParseStream<'_>, input: ParseStream<'_>) -> syn::Result<Self> {
        let span = input.span();
        let mut tokens = TokenStream::new();
        while start.cursor() != input.cursor() {
            tokens.extend([start.parse::<TokenTree>()?]);
        }
        while !input.is_empty() {
            let token = input.parse::<TokenTree>()?;
            let is_end = kind.ends_at(&token);
            tokens.extend([token]);
            if is_end {
                break;
            }
        }
        if kind == OtherKind::Macro && input.peek(Token![;]) {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
        Ok(Self { kind, span, tokens })
    }
}

impl OtherKind {
    fn peek(input: ParseStream<'_>) -> Self {
        if input.peek(Token![const]) {
            Self::Const
        } else if input.peek(Token![type]) {
            Self::Type
        } else if input.fork().call(syn::Path::parse_mod_style).is_ok() {
            Self::Macro
        } else {
            Self::Unknown
        }
    }

    fn ends_at(self, token: &TokenTree) -> bool {
        let is_semicolon = matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
        let is_block = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        match self {
            Self::Const | Self::Type => is_semicolon,
            Self::Macro => matches!(token, TokenTree::Group(_)),
            Self::Unknown => is_semicolon || is_block,
        }
    }
}

/// Whether `fn` follows, after the words that may stand before it.
fn is_function(input: ParseStream<'_>) -> bool {
    while !input.peek(Token![fn]) {
        let is_qualifier = match input.call(Ident::parse_any) {
            Ok(word) => word == "const" || word == "async" || word == "unsafe" || word == "extern" || word == "safe",
            Err(_) => input.parse::<Lit>().is_ok(),
        };
        if !is_qualifier {
            return false;
        }
    }
    true
}

fn attrs_of(param: &mut FnArg) -> &mut Vec<Attribute> {
    match param {
        FnArg::Receiver(receiver) => &mut receiver.attrs,
        FnArg::Typed(param) => &mut param.attrs,
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::syntax::ImplBlock;

    fn parse(item: &TokenStream) -> (ImplBlock, Vec<String>) {
        let sink = Sink::default();
        let block = ImplBlock::parse(item, &sink).expect("an impl block");
        (block, sink.messages())
    }

    #[test]
    fn a_block_is_given_back_as_it_was() {
        let item = quote! {
            /// Kept.
            #[allow(dead_code)]
            impl<T> Chat<T> where T: Send {
                #![allow(unused)]
                const A: [u8; { 1 }] = { [2] };
                type B = u8;
                include!("more.rs");
                more! { fn a() {} }
                pub(crate) const async unsafe extern "C" fn a<'a>(&'a self) -> Foo<{ 1 + 1 }> where T: Send { let x = ; }
                fn b(self: Box<Self>, #[cfg(unix)] (x, _): (u8, u8));
                const fn c() {}
            }
        };
        let (block, errors) = parse(&item);
        assert_eq!(errors, [""; 0]);
        assert_eq!(block.to_token_stream().to_string(), item.to_string());
    }

    #[test]
    fn helpers_are_taken_out() {
        let item = quote!(impl Chat { #[inline] #[hub(skip)] fn a(&self, #[hub(optional)] #[allow(unused)] b: u8) {} });
        let (block, _) = parse(&item);
        let expected = quote!(impl Chat { #[inline] fn a(&self, #[allow(unused)] b: u8) {} });
        assert_eq!(block.to_token_stream().to_string(), expected.to_string());
    }

    #[test]
    fn a_helper_under_a_condition_is_refused() {
        let item = quote!(impl Chat { #[cfg_attr(unix, inline)] #[cfg_attr(unix, inline, hub(skip))] fn a(&self) {} });
        let (block, errors) = parse(&item);
        let expected = quote!(impl Chat { #[cfg_attr(unix, inline)] fn a(&self) {} });
        assert_eq!(block.to_token_stream().to_string(), expected.to_string());
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn a_signature_that_cannot_be_read_is_kept_and_reported() {
        let item = quote!(impl Chat { #[a] pub fn wrong(&self, 5) {} fn right(&self) {} });
        let (block, errors) = parse(&item);
        assert_eq!(errors.len(), 1);
        assert_eq!(block.items.len(), 2);
        assert_eq!(block.to_token_stream().to_string(), item.to_string());
    }
}
