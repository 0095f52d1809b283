//! A method of a hub beside the one of its contract, if there is one.

use std::marker::PhantomData;

use super::parameters::Parameters;
use super::{Answered, Declared, Declares, NamedAlike, SameAnswer};

/// A name that may be one of the contract's.
#[derive(Debug)]
pub struct Lookup<C: ?Sized, Name>(PhantomData<fn() -> Name>, PhantomData<fn(&C)>);

impl<C: ?Sized, Name> Lookup<C, Name> {
    /// The name in this contract.
    #[expect(clippy::new_without_default, reason = "generated code is the only caller")]
    pub fn new() -> Self {
        Self(PhantomData, PhantomData)
    }
}

/// `(&&Lookup::new()).method()` for a name that the contract has.
pub trait KnownMethod {
    /// The method.
    type Method;

    /// What the hub's method is compared with.
    fn method(&self) -> Self::Method;
}

impl<C: Declares<Name> + ?Sized, Name> KnownMethod for &Lookup<C, Name> {
    type Method = CallMade<C::Method>;

    fn method(&self) -> Self::Method {
        CallMade(PhantomData)
    }
}

/// `(&&Lookup::new()).method()` for a name that it has not: a hub may have more methods than its contract.
pub trait ExtraMethod {
    /// What the hub's method is compared with.
    fn method(&self) -> Absorbed;
}

impl<C: ?Sized, Name> ExtraMethod for Lookup<C, Name> {
    fn method(&self) -> Absorbed {
        Absorbed
    }
}

/// A call as the contract `M` makes it.
#[derive(Debug)]
pub struct CallMade<M>(PhantomData<fn() -> M>);

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl<M: Declared> CallMade<M> {
    /// Compiles if both have the same wire name.
    pub fn named<H>(&self)
    where
        M: NamedAlike<H>,
    {
    }

    /// The parameters, of which none is compared yet.
    pub fn parameters(&self) -> Parameters<M, M::Parameters> {
        Parameters::new()
    }

    /// Compiles if both answer with the same.
    pub fn answers<A>(&self, _: Answered<A>)
    where
        M: SameAnswer<A, M::Answer>,
    {
    }
}

/// What nothing is compared with.
#[derive(Debug)]
pub struct Absorbed;

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl Absorbed {
    /// Compiles.
    pub fn named<H>(&self) {}

    /// No parameters.
    pub fn parameters(&self) -> Self {
        Self
    }

    /// Compiles.
    pub fn take<S>(self, _: S) -> (Self, Self) {
        (Self, self)
    }

    /// Compiles.
    pub fn take_optional<S>(self, _: S) -> (Self, Self) {
        (Self, self)
    }

    /// Compiles.
    pub fn same(self) {}

    /// Compiles.
    pub fn end(self) {}

    /// Compiles.
    pub fn answers<A>(&self, _: Answered<A>) {}
}
