//! What of a hub and its contract the compiler compares.
//!
//! Neither side's attribute sees the other's tokens, so each writes down what it has as types, and names of methods become
//! types too. A contract says what it has of a name ([`Declares`]), a hub that it offers it ([`Offers`]). The code that
//! `#[hub]` writes then walks through each method, as its tokens stand in the block, with calls that compile only if
//! both sides agree; the texts of the errors are those of traits that `#[hub_server]` writes for each method.

mod method;
mod parameters;
mod source;

use std::marker::PhantomData;

pub use method::{ExtraMethod, KnownMethod, Lookup};
pub use source::{FromArgument, FromConnectionOrServer, FromNowhere, Parameter, Uploaded};

/// Up to 16 bytes of a name; a name is a tuple of them.
#[derive(Debug)]
pub struct Chunk<const BYTES: u128>;

/// A hub that has a method of this name.
pub trait Offers<Name> {
    /// How clients call it, in lower case.
    type WireName;
}

/// A contract that has a method of this name.
pub trait Declares<Name> {
    /// The method.
    type Method: Declared;
}

/// A method of a contract.
pub trait Declared {
    /// A list of pairs: the first type and the list of the others, and `()` at its end.
    type Parameters;
    /// The type of the value, or a [`StreamOf`] values.
    type Answer;
}

/// A contract whose methods the hub `H` has, all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hub contract",
    label = "no `#[hub_server]` trait",
    note = "put `#[hub_server]` on the trait that says what clients may call"
)]
pub trait ServedBy<H> {}

/// Compiles if the hub has all methods of the contract.
pub fn served<C: ServedBy<H> + ?Sized, H>() {}

/// A method whose wire name is that of the hub's.
pub trait NamedAlike<H> {}

/// A method that has an argument `T` where the hub has a `P`.
pub trait SameArgument<P, T> {}

/// A method that answers with a `T` where the hub answers with an `A`.
pub trait SameAnswer<A, T> {}

/// Stands for a stream of values where the compiler compares what a hub and its contract answer with.
#[derive(Debug)]
pub struct StreamOf<T>(PhantomData<fn() -> T>);

/// What a method of the hub answers with: the type of a value, or a [`StreamOf`] values.
#[derive(Debug)]
pub struct Answered<A>(PhantomData<fn() -> A>);

impl<A> Answered<A> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

/// A value for code that has to compile and never runs.
pub fn absent<T>() -> T {
    unreachable!("this code is compiled, and never run")
}

/// Takes a method's body that has to compile and never runs.
pub fn never<F: Future>(_: F) {}
