//! What the attributes accept, and the exact words with which they refuse the rest.
//!
//! `cargo test -p tests --test ui -- ui` runs all; a part of a file's name after `trybuild=` runs one. After a change
//! that is meant, `TRYBUILD=overwrite` writes the messages anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/accepted/*.rs");
    cases.compile_fail("ui/refused/*.rs");
}
