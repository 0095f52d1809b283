//! The words a user may write in `#[hub(…)]`, `#[hub_client(…)]` and `#[hub_server(…)]`.

mod authorize;
mod read;

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Path, Type, TypeParamBound};

pub(crate) use self::authorize::Requirement;
use self::read::{Place, Word, value};
use crate::diag::Sink;
use crate::model::{Case, Side};
use crate::root::Root;
use crate::syntax::{Helper, bare};

/// `#[hub(…)]` on an impl block.
#[derive(Debug)]
pub(crate) struct HubOptions {
    pub(crate) client: Client,
    /// The contract of the hub itself.
    pub(crate) server: Option<Path>,
    pub(crate) rename_all: Case,
    /// What it asks of who connects, all of it.
    pub(crate) authorize: Vec<Requirement>,
    pub(crate) root: Root,
}

/// The contract of a hub's clients.
#[derive(Debug, Default)]
pub(crate) enum Client {
    /// None: the hub sends by name.
    #[default]
    Untyped,
    Contract(Path),
    /// There is a contract, but not one that can be read.
    Unknown,
}

impl HubOptions {
    pub(crate) fn read(tokens: TokenStream, sink: &Sink) -> Self {
        let (mut client, mut server, mut rename_all) = (Client::default(), None, Case::default());
        let (mut authorize, mut root) = (Vec::new(), Root::hub_server());
        let place = Place::Block { attribute: "hub" };
        place.read(
            [tokens],
            sink,
            &mut [
                Word::new(
                    "client",
                    "`client = ChatClient`, with the name of a `#[hub_client]` trait",
                    &mut |word, input| {
                        client = Client::Unknown;
                        fill(&mut client, contract(word, input).map(Client::Contract))
                    },
                ),
                Word::new(
                    "server",
                    "`server = ChatServer`, with the name of a `#[hub_server]` trait",
                    &mut |word, input| fill(&mut server, contract(word, input).map(Some)),
                ),
                Word::new("rename_all", RENAME_ALL, &mut |word, input| fill(&mut rename_all, case(word, input))),
                Word::repeated("authorize", authorize::USAGE, &mut |word, input| {
                    authorize::read(word, input).map(|requirements| authorize.extend(requirements))
                }),
                Word::new("crate", CRATE, &mut |word, input| fill(&mut root, crate_root(word, input))),
            ],
        );
        Self { client, server, rename_all, authorize, root }
    }
}

/// `#[hub_client(…)]` or `#[hub_server(…)]` on a trait.
#[derive(Debug)]
pub(crate) struct ContractOptions {
    pub(crate) rename_all: Case,
    pub(crate) root: Root,
}

impl ContractOptions {
    pub(crate) fn read(side: Side, mut root: Root, tokens: TokenStream, sink: &Sink) -> Self {
        let mut rename_all = Case::default();
        let place = Place::Block { attribute: side.attribute() };
        place.read(
            [tokens],
            sink,
            &mut [
                Word::new("rename_all", RENAME_ALL, &mut |word, input| fill(&mut rename_all, case(word, input))),
                Word::new("crate", CRATE, &mut |word, input| fill(&mut root, crate_root(word, input))),
            ],
        );
        Self { rename_all, root }
    }
}

/// `#[hub(…)]` on a method of a hub.
#[derive(Debug, Default)]
pub(crate) struct MethodOptions {
    pub(crate) skip: bool,
    pub(crate) name: Option<LitStr>,
    /// What it asks of its callers, all of it.
    pub(crate) authorize: Vec<Requirement>,
}

impl MethodOptions {
    pub(crate) fn read(helpers: &[Helper], sink: &Sink) -> Self {
        let Self { mut skip, mut name, mut authorize } = Self::default();
        let place = Place::Inside { attribute: "hub", what: "a hub method" };
        place.read_helpers(
            helpers,
            sink,
            &mut [
                Word::new("name", "`name = \"SendMessage\"`", &mut |word, input| {
                    fill(&mut name, value(word, input).map(Some))
                }),
                Word::new("skip", "`skip`, without a value", &mut |_, _| fill(&mut skip, Ok(true))),
                Word::repeated("authorize", authorize::USAGE, &mut |word, input| {
                    authorize::read(word, input).map(|requirements| authorize.extend(requirements))
                }),
            ],
        );
        Self { skip, name, authorize }
    }
}

/// `#[hub(…)]` on a parameter of a hub method.
#[derive(Debug, Default)]
pub(crate) struct ParamOptions {
    /// Where it is said that callers may leave the argument out.
    pub(crate) optional: Option<Span>,
}

impl ParamOptions {
    pub(crate) fn read(helpers: &[Helper], sink: &Sink) -> Self {
        let Self { mut optional } = Self::default();
        let place = Place::Inside { attribute: "hub", what: "a parameter" };
        place.read_helpers(
            helpers,
            sink,
            &mut [Word::new("optional", "`optional`, without a value", &mut |word, _| {
                fill(&mut optional, Ok(Some(word.span())))
            })],
        );
        Self { optional }
    }
}

/// `#[hub_client(…)]` or `#[hub_server(…)]` on a method of a contract.
#[derive(Debug, Default)]
pub(crate) struct ContractMethodOptions {
    pub(crate) name: Option<LitStr>,
}

impl ContractMethodOptions {
    pub(crate) fn read(side: Side, helpers: &[Helper], sink: &Sink) -> Self {
        let Self { mut name } = Self::default();
        let place = Place::Inside { attribute: side.attribute(), what: "a contract method" };
        place.read_helpers(
            helpers,
            sink,
            &mut [Word::new("name", "`name = \"ReceiveMessage\"`", &mut |word, input| {
                fill(&mut name, value(word, input).map(Some))
            })],
        );
        Self { name }
    }
}

const RENAME_ALL: &str = "`rename_all = \"camelCase\"`, or with `PascalCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, \
    `kebab-case`, `SCREAMING-KEBAB-CASE`, `lowercase` or `UPPERCASE`";

const CRATE: &str = "`crate = ::path::to::hub_server`, without quotes";

fn fill<T>(option: &mut T, value: syn::Result<T>) -> syn::Result<()> {
    *option = value?;
    Ok(())
}

fn case(word: &Ident, input: ParseStream<'_>) -> syn::Result<Case> {
    let name: LitStr = value(word, input)?;
    Case::named(&name.value()).ok_or_else(|| syn::Error::new(name.span(), "unknown case"))
}

fn crate_root(word: &Ident, input: ParseStream<'_>) -> syn::Result<Root> {
    value::<Type>(word, input).and_then(|ty| trait_path(&ty)).map(Root::new)
}

/// `ChatClient` or `dyn ChatClient`.
fn contract(word: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    value::<Type>(word, input).and_then(|ty| trait_path(&ty))
}

fn trait_path(ty: &Type) -> syn::Result<Path> {
    match bare(ty) {
        Type::Path(ty) if ty.qself.is_none() => Ok(ty.path.clone()),
        Type::TraitObject(object) if object.bounds.len() == 1 => match object.bounds.first() {
            Some(TypeParamBound::Trait(bound)) => Ok(bound.path.clone()),
            _ => Err(syn::Error::new_spanned(ty, "not a trait")),
        },
        _ => Err(syn::Error::new_spanned(ty, "not a path")),
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "tests quote their input in place")]
mod tests {
    use quote::{ToTokens as _, quote};
    use syn::parse_quote;

    use super::*;

    fn hub(tokens: TokenStream) -> (HubOptions, Vec<String>) {
        let sink = Sink::default();
        let options = HubOptions::read(tokens, &sink);
        (options, sink.messages())
    }

    fn method(mut attrs: Vec<syn::Attribute>) -> (MethodOptions, Vec<String>) {
        let sink = Sink::default();
        let options = MethodOptions::read(&Helper::take(&mut attrs, &sink), &sink);
        (options, sink.messages())
    }

    #[test]
    fn a_hub_has_no_contract_by_default() {
        let (options, errors) = hub(quote!());
        assert!(matches!(options.client, Client::Untyped));
        assert_eq!(options.root.to_token_stream().to_string(), ":: hub_server :: __private");
        assert_eq!(errors, [""; 0]);
    }

    #[test]
    fn every_option_of_a_hub_is_read() {
        let (options, errors) = hub(quote! {
            client = my::ChatClient, server = my::ChatServer, rename_all = "camelCase", crate = crate::hubs,
        });
        assert!(matches!(options.client, Client::Contract(path) if path == parse_quote!(my::ChatClient)));
        assert_eq!(options.server, Some(parse_quote!(my::ChatServer)));
        assert_eq!(options.rename_all, Case::Camel);
        assert_eq!(options.root.to_token_stream().to_string(), "crate :: hubs :: __private");
        assert_eq!(errors, [""; 0]);
    }

    #[test]
    fn a_contract_may_be_written_as_the_type_it_is() {
        let (options, _) = hub(quote!(client = dyn ChatClient));
        assert!(matches!(options.client, Client::Contract(path) if path == parse_quote!(ChatClient)));
    }

    #[test]
    fn a_wrong_option_does_not_hide_the_others() {
        let (options, errors) =
            hub(quote!(clint = A<B>, rename_all = "Camel", client = 5, rename_all = "camelCase", , crate));
        assert!(matches!(options.client, Client::Unknown));
        let expected = [
            "unknown option `clint` of `#[hub]`: expected `client`, `server`, `rename_all`, `authorize` or `crate`",
            &format!("option `rename_all` is written {RENAME_ALL}"),
            "option `client` is written `client = ChatClient`, with the name of a `#[hub_client]` trait",
            "option `rename_all` is given twice: keep one",
            "expected an option of `#[hub]`: `client`, `server`, `rename_all`, `authorize` or `crate`",
            &format!("option `crate` is written {CRATE}"),
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn the_cases_are_named_in_full() {
        for (name, _) in Case::ALL {
            assert!(RENAME_ALL.contains(name), "{name}");
        }
    }

    #[test]
    fn several_attributes_of_a_method_are_one_list() {
        let (options, errors) = method(parse_quote!(#[hub(skip)] #[doc = "kept"] #[hub(name = "Stop")] #[hub(skip)]));
        assert!(options.skip);
        assert_eq!(options.name.map(|name| name.value()).as_deref(), Some("Stop"));
        assert_eq!(errors, ["option `skip` is given twice: keep one"]);
    }

    #[test]
    fn what_is_asked_of_callers_adds_up() {
        let (options, errors) = method(parse_quote! {
            #[hub(authorize)]
            #[hub(name = "A", authorize(role = "admin", policy = "adults"))]
            #[hub(authorize(roles = ["a", "b",]))]
        });
        let asked: Vec<String> = options.authorize.iter().map(written).collect();
        assert_eq!(asked, ["authenticated", "admin", "policy adults", "a or b"]);
        assert_eq!(errors, [""; 0]);
    }

    fn written(requirement: &Requirement) -> String {
        match requirement {
            Requirement::Authenticated(_) => "authenticated".to_owned(),
            Requirement::Roles(roles) => roles.iter().map(LitStr::value).collect::<Vec<_>>().join(" or "),
            Requirement::Policy(name) => format!("policy {}", name.value()),
        }
    }

    #[test]
    fn what_cannot_be_asked_of_callers_is_told() {
        for wrong in [
            quote!(authorize()),
            quote!(authorize(admin)),
            quote!(authorize(role = admin)),
            quote!(authorize(roles = [])),
            quote!(authorize(roles = "a")),
            quote!(authorize = "admin"),
        ] {
            let (_, errors) = method(parse_quote!(#[hub(#wrong)]));
            assert_eq!(errors, [format!("option `authorize` is written {}", authorize::USAGE)], "{wrong}");
        }
    }

    #[test]
    fn a_method_option_is_neither_empty_nor_of_the_other_attribute() {
        let (_, errors) = method(parse_quote!(#[hub] #[hub_client(name = "A")] #[hub(skip = true)]));
        let expected = [
            "`#[hub]` on a hub method needs an option: `name`, `skip` or `authorize`",
            "here it is spelled `#[hub(…)]`",
            "option `skip` is written `skip`, without a value",
        ];
        assert_eq!(errors, expected);
    }
}
