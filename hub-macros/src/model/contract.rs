use proc_macro2::Span;
use quote::format_ident;
use syn::{Attribute, FnArg, Ident, Pat, ReturnType, Signature, Type, Visibility};

use super::{Case, WireName};
use crate::diag::Sink;
use crate::options::{ContractMethodOptions, ContractOptions};
use crate::root::Root;
use crate::syntax::{self, Item, MethodItem, TraitBlock};

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The clients, by a server.
    Client,
    /// A hub, by its clients.
    Server,
}

impl Side {
    /// The attribute of its contracts.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Client => "hub_client",
            Self::Server => "hub_server",
        }
    }
}

/// A trait of what one side may call on the other.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) side: Side,
    pub(crate) root: Root,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) methods: Vec<ContractMethod>,
}

impl Contract {
    pub(crate) fn new(side: Side, block: &TraitBlock, options: ContractOptions, sink: &Sink) -> Self {
        let case = options.rename_all;
        let methods = block.items.iter().filter_map(|item| match item {
            Item::Method(item) => Some(ContractMethod::new(side, item, case, sink)),
            Item::Other(_) => None,
        });
        Self {
            side,
            root: options.root,
            cfgs: syntax::cfgs(&block.head.attrs),
            vis: block.head.vis.clone(),
            ident: block.head.ident.clone(),
            methods: methods.collect(),
        }
    }

    /// The type with the calls of the contract. It is the user's to name, so it is the trait's in its hygiene too.
    pub(crate) fn proxy(&self) -> Ident {
        format_ident!("{}Proxy", self.ident, span = self.ident.span())
    }
}

/// Something that is called on the other side.
#[derive(Debug, Clone)]
pub(crate) struct ContractMethod {
    pub(crate) sig: Signature,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) wire_name: WireName,
    pub(crate) params: Vec<ContractParam>,
    pub(crate) answer: Answer,
    /// Where its body is, which it should not have.
    pub(crate) body: Option<Span>,
    /// False once a rule was found broken.
    pub(crate) is_valid: bool,
}

impl ContractMethod {
    fn new(side: Side, item: &MethodItem, case: Case, sink: &Sink) -> Self {
        let options = ContractMethodOptions::read(side, &item.helpers, sink);
        Self {
            sig: item.sig.clone(),
            attrs: item.attrs.clone(),
            wire_name: WireName::new(&item.sig.ident, options.name.as_ref(), case),
            params: item.sig.inputs.iter().enumerate().filter_map(ContractParam::new).collect(),
            answer: Answer::new(side, &item.sig.output),
            body: item.has_body().then(|| item.body.span()),
            is_valid: true,
        }
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.sig.ident
    }

    pub(crate) fn cfgs(&self) -> Vec<Attribute> {
        syntax::cfgs(&self.attrs)
    }

    pub(crate) fn is_deprecated(&self) -> bool {
        self.attrs.iter().any(|attr| attr.path().is_ident("deprecated"))
    }
}

/// A parameter after the receiver.
#[derive(Debug, Clone)]
pub(crate) struct ContractParam {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

impl ContractParam {
    fn new((index, param): (usize, &FnArg)) -> Option<Self> {
        let FnArg::Typed(param) = param else { return None };
        let ident = match &*param.pat {
            Pat::Ident(pat) => pat.ident.clone(),
            _ => format_ident!("argument_{index}", span = Span::mixed_site()),
        };
        Some(Self { cfgs: syntax::cfgs(&param.attrs), ident, ty: (*param.ty).clone() })
    }
}

/// What a call waits for.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Nothing,
    /// The value that the other side answers with.
    Value(Box<Type>),
    /// `impl Stream<Item = T>`: values, one after the other. Only a hub answers with it.
    Stream(Box<Type>),
}

impl Answer {
    fn new(side: Side, output: &ReturnType) -> Self {
        match output {
            ReturnType::Type(_, ty) if side == Side::Server && syntax::is_stream(ty) => Self::Stream(ty.clone()),
            ReturnType::Type(_, ty) if !syntax::is_unit(ty) => Self::Value(ty.clone()),
            _ => Self::Nothing,
        }
    }
}
