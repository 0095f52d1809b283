//! The project's own commands: `cargo xtask test`, `cargo xtask conformance`.

fn main() {}
