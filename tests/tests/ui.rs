//! What the attributes accept, and the exact words with which they refuse the rest.
//!
//! `ui/README.md` says how to add one.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/accepted/*.rs");
    cases.compile_fail("ui/refused/*.rs");
}
