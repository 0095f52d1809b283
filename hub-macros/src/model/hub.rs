use proc_macro2::Span;
use syn::{Attribute, FnArg, Generics, Ident, LitStr, Path, ReturnType, Signature, Type};

use super::{Case, WireName};
use crate::diag::Sink;
use crate::options::{Client, HubOptions, MethodOptions, ParamOptions, Requirement};
use crate::root::Root;
use crate::syntax::{self, Helper, ImplBlock, Item, MethodItem};

/// An impl block whose methods clients may call.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) root: Root,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) generics: Generics,
    pub(crate) self_ty: Type,
    pub(crate) client: Client,
    /// The contract of its own methods.
    pub(crate) server: Option<Path>,
    /// What it asks of who connects, all of it.
    pub(crate) authorize: Vec<Requirement>,
    pub(crate) methods: Vec<Method>,
    /// What it has for its contract: also methods that break a rule.
    pub(crate) offers: Vec<Offer>,
    pub(crate) lifecycle: Vec<Lifecycle>,
}

impl Hub {
    pub(crate) fn new(block: &ImplBlock, options: HubOptions, sink: &Sink) -> Self {
        let mut hub = Self {
            root: options.root,
            cfgs: syntax::cfgs(&block.head.attrs),
            generics: block.head.generics.clone(),
            self_ty: (*block.head.self_ty).clone(),
            client: options.client,
            server: options.server,
            authorize: options.authorize,
            methods: Vec::new(),
            offers: Vec::new(),
            lifecycle: Vec::new(),
        };
        for item in &block.items {
            if let Item::Method(item) = item {
                hub.add(item, options.rename_all, sink);
            }
        }
        hub
    }

    fn add(&mut self, item: &MethodItem, case: Case, sink: &Sink) {
        let options = MethodOptions::read(&item.helpers, sink);
        if options.skip {
            return;
        }
        if let Some(event) = Event::named(&item.sig.ident) {
            self.lifecycle.push(Lifecycle::new(event, item, &options));
            return;
        }
        let method = Method::new(item, options, case, sink);
        self.offers.push(Offer::new(&method));
        self.methods.push(method);
    }

    /// The last word of the hub's type.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match syntax::bare(&self.self_ty) {
            Type::Path(ty) => syntax::last_ident(&ty.path),
            _ => None,
        }
    }
}

/// A method that clients call by its wire name.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) sig: Signature,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_deprecated: bool,
    pub(crate) wire_name: WireName,
    pub(crate) params: Vec<Param>,
    pub(crate) returns: Returns,
    /// What it asks of its callers, all of it.
    pub(crate) authorize: Vec<Requirement>,
}

impl Method {
    fn new(item: &MethodItem, options: MethodOptions, case: Case, sink: &Sink) -> Self {
        let inputs = item.sig.inputs.iter().zip(&item.param_helpers);
        Self {
            sig: item.sig.clone(),
            cfgs: syntax::cfgs(&item.attrs),
            is_deprecated: item.attrs.iter().any(|attr| attr.path().is_ident("deprecated")),
            wire_name: WireName::new(&item.sig.ident, options.name.as_ref(), case),
            params: inputs.filter_map(|(param, helpers)| Param::new(param, helpers, sink)).collect(),
            returns: Returns::new(&item.sig.output),
            authorize: options.authorize,
        }
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.sig.ident
    }

    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }
}

/// The names of a method that clients may call.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) ident: Ident,
    pub(crate) wire_name: WireName,
    pub(crate) cfgs: Vec<Attribute>,
}

impl Offer {
    fn new(method: &Method) -> Self {
        let Method { sig, wire_name, cfgs, .. } = method;
        Self { ident: sig.ident.clone(), wire_name: wire_name.clone(), cfgs: cfgs.clone() }
    }
}

/// A parameter after the receiver. What it is bound to is decided by its type, through a trait.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) ty: Type,
    pub(crate) cfgs: Vec<Attribute>,
    /// Where it is marked as one that callers may leave out.
    pub(crate) optional: Option<Span>,
}

impl Param {
    fn new(param: &FnArg, helpers: &[Helper], sink: &Sink) -> Option<Self> {
        let FnArg::Typed(param) = param else { return None };
        let ParamOptions { optional } = ParamOptions::read(helpers, sink);
        Some(Self { ty: (*param.ty).clone(), cfgs: syntax::cfgs(&param.attrs), optional })
    }
}

/// What a method gives back.
#[derive(Debug)]
pub(crate) enum Returns {
    Nothing,
    Value(Box<Type>),
    /// `impl Stream`, alone or in a `Result`, by its name: dispatch has to know before any value exists.
    Stream,
}

impl Returns {
    fn new(output: &ReturnType) -> Self {
        let ReturnType::Type(_, ty) = output else { return Self::Nothing };
        if is_stream(ty) { Self::Stream } else { Self::Value(ty.clone()) }
    }
}

fn is_stream(ty: &Type) -> bool {
    syntax::first_impl_trait(ty).is_some_and(|ty| syntax::stream_bound(ty).is_some())
}

/// A method that the server calls when a connection comes or goes.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) event: Event,
    pub(crate) sig: Signature,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) params: Vec<LifecycleParam>,
    /// Where it was given what only callable methods have.
    pub(crate) misplaced: Option<Span>,
}

impl Lifecycle {
    fn new(event: Event, item: &MethodItem, options: &MethodOptions) -> Self {
        let authorized = || options.authorize.first().map(Requirement::span);
        let misplaced_word = || item.param_helpers.iter().flatten().next().map(|helper| helper.word.span());
        Self {
            event,
            sig: item.sig.clone(),
            cfgs: syntax::cfgs(&item.attrs),
            params: item.sig.inputs.iter().filter_map(LifecycleParam::new).collect(),
            misplaced: options.name.as_ref().map(LitStr::span).or_else(authorized).or_else(misplaced_word),
        }
    }
}

#[derive(Debug)]
pub(crate) struct LifecycleParam {
    /// None if it is nothing a lifecycle method can take.
    pub(crate) role: Option<Role>,
    pub(crate) ty: Type,
    pub(crate) cfgs: Vec<Attribute>,
}

/// What a lifecycle parameter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The connection.
    Context,
    /// Why it ended: the only one that is borrowed.
    Reason,
}

impl LifecycleParam {
    fn new(param: &FnArg) -> Option<Self> {
        let FnArg::Typed(param) = param else { return None };
        let role = match syntax::bare(&param.ty) {
            Type::Reference(_) => None,
            ty if syntax::first_reference(ty).is_some() => Some(Role::Reason),
            _ => Some(Role::Context),
        };
        Some(Self { role, ty: (*param.ty).clone(), cfgs: syntax::cfgs(&param.attrs) })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Connected,
    Disconnected,
}

impl Event {
    fn named(ident: &Ident) -> Option<Self> {
        match ident.to_string().as_str() {
            "on_connected" => Some(Self::Connected),
            "on_disconnected" => Some(Self::Disconnected),
            _ => None,
        }
    }
}
