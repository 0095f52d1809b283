//! The attributes work wherever they are written: without a prelude, among names that look like the standard library's,
//! inside of `macro_rules!`, under another name of the crate, and under the strictest lints.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    let_underscore_drop,
    non_local_definitions,
    clippy::all,
    clippy::pedantic
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::unused_async, reason = "what is async has to work, with or without something to wait for")]

#[path = "hygiene/cfg.rs"]
mod cfg;
#[path = "hygiene/crate_path.rs"]
mod crate_path;
#[path = "hygiene/generic.rs"]
mod generic;
#[path = "hygiene/macro_rules.rs"]
mod macro_rules;
#[path = "hygiene/names.rs"]
mod names;
#[path = "hygiene/no_prelude.rs"]
mod no_prelude;
#[path = "hygiene/shadowed.rs"]
mod shadowed;

extern crate hub_core as renamed;

use hub_server::{HubDispatch, HubServer};

/// Calls a method of a fresh hub with one text, for the text it returns.
async fn call<H: HubDispatch>(hub: H, target: &str, text: &str) -> String {
    let mut client = HubServer::new(hub).test_client().connect().await.unwrap();
    client.invoke(target, (text,)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_prelude_is_needed() {
    assert_eq!(call(no_prelude::Parrot, "Echo", "hello").await, "hello");
}

#[tokio::test(start_paused = true)]
async fn names_of_the_standard_library_may_mean_other_things() {
    assert_eq!(call(shadowed::Parrot, "Echo", "hello").await, "hello");
}

#[tokio::test(start_paused = true)]
async fn fragments_of_macros_are_understood() {
    assert_eq!(call(macro_rules::Parrot, "Say", "hello").await, "hello");
    assert_eq!(call(macro_rules::Parrot, "renamed", "hello").await, "renamed hello");
    assert_eq!(call(macro_rules::Whole, "Echo", "hello").await, "hello");
}

#[tokio::test(start_paused = true)]
async fn the_crate_may_have_another_name() {
    assert_eq!(call(crate_path::core::Parrot, "Echo", "hello").await, "hello");
    assert_eq!(call(crate_path::shared::Parrot, "Echo", "hello").await, "hello");
    assert_eq!(call(crate_path::shared::Other, "Echo", "hello").await, "hello");
    assert_eq!(call(crate_path::renamed::Parrot, "Echo", "hello").await, "hello");
    assert_eq!(call(crate_path::reexported::Parrot, "Echo", "hello").await, "hello");
}

#[tokio::test(start_paused = true)]
async fn what_is_configured_away_is_not_there() {
    assert_eq!(call(cfg::Parrot, "Echo", "hello").await, "hello");
    let mut client = HubServer::new(cfg::Parrot).test_client().connect().await.unwrap();
    let error = client.invoke::<String>("Gone", ()).await.unwrap_err();
    assert!(error.to_string().contains("Method does not exist."), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_hub_may_be_generic() {
    assert_eq!(call(generic::Parrot::<_, 1>(vec!["a"]), "Echo", "hello").await, "hello");
}

#[tokio::test(start_paused = true)]
async fn a_method_may_have_a_name_that_the_generated_code_uses() {
    assert_eq!(call(names::Parrot, "Methods", "hello").await, "hello");
    assert_eq!(call(names::Parrot, "Clone", "hello").await, "hello");
    assert_eq!(call(names::Parrot, "Type", "hello").await, "hello");
}
