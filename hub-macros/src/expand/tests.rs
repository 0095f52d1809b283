//! The generated code as a whole: how it reads, and what it names.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenTree;
use quote::ToTokens as _;

use super::*;

fn chat_hub() -> TokenStream {
    quote! {
        impl ChatHub {
            async fn on_connected(&self, hub: Hub<dyn ChatClient>) -> Result<(), HubError> {
                hub.clients().others().joined(hub.connection_id()).await
            }

            fn on_disconnected(&self, reason: Option<&DisconnectError>) {}

            /// Kept.
            pub async fn send_message(&self, hub: Hub<dyn ChatClient>, text: String) -> Result<usize, HubError> {
                hub.clients().all().receive_message(&text).await?;
                Ok(text.len())
            }

            #[hub(name = "add")]
            fn sum(&self, a: i32, b: i32) -> i32 {
                a + b
            }

            #[cfg(feature = "admin")]
            #[deprecated]
            #[hub(authorize(role = "admin", policy = "awake"))]
            async fn stop(&self, #[cfg(unix)] signal: i32, #[hub(optional)] delay: Option<u32>) {}

            #[hub(skip)]
            fn new() -> Self {
                Self
            }
        }
    }
}

fn chat_client() -> TokenStream {
    quote! {
        /// What clients of the chat understand.
        pub trait ChatClient {
            /// Shows a message.
            async fn receive_message(&self, text: &str, #[cfg(unix)] at: DateTime);

            #[hub_client(name = "quit")]
            async fn left(&self);
        }
    }
}

#[test]
fn a_hub_expands_to_a_table_of_names() {
    assert_snapshot("chat_hub.rs", hub(quote!(client = ChatClient, authorize(policy = "members")), chat_hub()));
}

#[test]
fn a_contract_expands_to_a_trait_and_a_proxy() {
    assert_snapshot("chat_client.rs", client(quote!(), chat_client()));
}

fn chat_server() -> TokenStream {
    quote! {
        /// What the chat does for its clients.
        pub trait ChatServer {
            /// Says something.
            async fn send_message(&self, text: &str, at: Option<DateTime>);

            #[cfg(feature = "admin")]
            #[hub_server(name = "quit")]
            async fn left(&self) -> u32;

            fn echo(&self, texts: impl Stream<Item = String>) -> impl Stream<Item = String>;
        }
    }
}

fn client(options: TokenStream, item: TokenStream) -> TokenStream {
    contract(Side::Client, Root::hub_server(), options, item)
}

fn server(options: TokenStream, item: TokenStream) -> TokenStream {
    contract(Side::Server, Root::hub_server(), options, item)
}

#[test]
fn a_hub_contract_expands_to_a_proxy_and_what_a_hub_is_compared_with() {
    assert_snapshot("chat_server.rs", server(quote!(), chat_server()));
}

#[test]
fn a_hub_with_a_contract_is_compared_with_it() {
    let item = quote! {
        impl ChatHub {
            async fn join(&self, hub: Hub, #[cfg(unix)] room: String, #[hub(optional)] key: Option<u8>) -> Joined {}
            #[hub(name = "quit")]
            fn left(&self) {}
        }
    };
    assert_snapshot("chat_hub_with_contract.rs", hub(quote!(server = ChatServer), item));
}

/// Compares with a checked-in file, or writes it if `UPDATE_SNAPSHOTS` is set.
fn assert_snapshot(name: &str, expansion: TokenStream) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name);
    let expansion = prettyplease::unparse(&syn::parse2(expansion).expect("generated code is Rust"));
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &expansion).unwrap();
    }
    let snapshot = fs::read_to_string(&path).unwrap();
    assert_eq!(expansion, snapshot, "run the test with UPDATE_SNAPSHOTS=1 if {name} is meant to change");
}

/// A user may call anything by these names, or have no prelude.
const BANNED: &[&str] = &[
    "Arc",
    "Box",
    "Clone",
    "Debug",
    "Deref",
    "Err",
    "Fn",
    "From",
    "Future",
    "Into",
    "None",
    "Ok",
    "Option",
    "Pin",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "Vec",
    "alloc",
    "bool",
    "core",
    "hub_core",
    "hub_server",
    "i32",
    "std",
    "str",
    "u8",
    "usize",
];

#[test]
fn generated_code_relies_on_no_name_in_scope() {
    let hub_item = quote! {
        impl Chat {
            fn on_connected(&self, hub: Context) -> Failure {}
            fn on_disconnected(&self, hub: Context, reason: Maybe<&Reason>) {}
            async fn send(&self, a: Text, #[cfg(unix)] b: Text) -> Text {}
            #[hub(authorize, authorize(role = "admin"))]
            fn add(&self, #[hub(optional)] last: Maybe) {}
        }
    };
    let contract = quote! { trait Client { async fn receive(&self, a: Text, #[cfg(unix)] b: Text); } };
    let hub_contract = quote! {
        trait Server {
            async fn send(&self, a: &Text, b: &[Text]) -> Text;
            #[cfg(unix)]
            fn echo(&self, a: impl Stream<Item = Text>) -> impl Stream<Item = Text>;
        }
    };
    for expansion in [
        hub(quote!(client = Client, authorize), hub_item.clone()),
        hub(quote!(server = Server), hub_item.clone()),
        hub(quote!(), hub_item),
        client(quote!(), contract),
        server(quote!(), hub_contract),
    ] {
        assert_no_bare_name(expansion);
    }
}

#[test]
fn generated_code_names_the_given_crate_alone() {
    let item = quote!(impl Chat { fn on_connected(&self) {} fn send(&self, a: Text) {} });
    let contract = quote! { trait Client { async fn receive(&self, a: Text); } };
    for expansion in [
        hub(quote!(crate = ::other, server = Server), item),
        client(quote!(crate = ::other), contract.clone()),
        server(quote!(crate = ::other), contract),
    ] {
        let text = expansion.to_string();
        assert!(text.contains(":: other :: __private"));
        assert!(!text.contains(":: hub_server") && !text.contains("hub_core"), "{text}");
    }
}

#[test]
fn an_item_that_cannot_be_a_hub_is_given_back() {
    let item = quote! { struct Chat { a: u8, } };
    let expansion = hub(quote!(), item.clone()).to_string();
    assert!(expansion.starts_with(&item.to_string()));
    assert!(expansion.contains("`#[hub]` belongs on an impl block"), "{expansion}");
}

#[test]
fn a_fragment_of_a_macro_is_looked_into() {
    let mut group = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!(impl Chat { fn a(&self) {} }));
    group.set_span(proc_macro2::Span::call_site());
    let expansion = hub(quote!(), group.into_token_stream()).to_string();
    assert!(expansion.contains("HubDispatch") && !expansion.contains("compile_error"), "{expansion}");
}

#[test]
fn a_hub_that_is_wrong_is_a_hub_all_the_same() {
    let expansion = hub(quote!(client = 5), quote!(impl Chat { fn a(&self) {} })).to_string();
    assert!(expansion.contains("HubDispatch for Chat"));
    assert!(!expansion.contains("methods . add"));
}

fn assert_no_bare_name(tokens: TokenStream) {
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                assert!(colons >= 2 || !BANNED.contains(&name.as_str()), "`{name}` stands alone");
                colons = 0;
            }
            TokenTree::Group(group) => {
                colons = 0;
                assert_no_bare_name(group.stream());
            }
            _ => colons = 0,
        }
    }
}
