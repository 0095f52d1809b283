//! The parameters of a hub's method beside those of its contract.

use std::marker::PhantomData;

use super::SameArgument;
use super::method::Absorbed;
use super::source::{FromServer, OneArgument};

/// The parameters that are still to be compared.
#[derive(Debug)]
pub struct Parameters<M, Rest>(PhantomData<fn() -> (M, Rest)>);

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl<M, Rest> Parameters<M, Rest> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }

    /// The next parameter of the hub, beside what the contract has there.
    pub fn take<S: Takes<M, Rest>>(self, _: S) -> (S::Pair, S::Rest) {
        S::take()
    }

    /// The same for a parameter that callers may leave out: nothing is beside it at the end of the contract's.
    pub fn take_optional<S: TakesOptional<M, Rest>>(self, _: S) -> (S::Pair, S::Rest) {
        S::take()
    }

    /// Compiles if there are no more.
    pub fn end(self)
    where
        Rest: End,
    {
    }
}

/// A parameter of the hub `P` beside one of the contract `T`.
#[derive(Debug)]
pub struct Pair<M, P, T>(PhantomData<M>, PhantomData<P>, PhantomData<T>);

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl<M, P, T> Pair<M, P, T> {
    /// Compiles if they are the same.
    pub fn same(self)
    where
        M: SameArgument<P, T>,
    {
    }
}

/// A parameter of the hub `P` behind all of the contract.
#[derive(Debug)]
pub struct Surplus<P>(PhantomData<fn() -> P>);

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl<P> Surplus<P> {
    /// Compiles if the hub may have more parameters than the contract, which it may not.
    pub fn same(self)
    where
        P: Sent,
    {
    }
}

/// A parameter for which the contract has an argument.
#[diagnostic::on_unimplemented(
    message = "the hub's method takes a `{Self}` here, for which its contract has no argument",
    label = "not in the contract",
    note = "remove it, add it to the contract, or mark it `#[hub(optional)]`, if callers may leave it out"
)]
pub trait Sent {}

/// Where a parameter of the hub comes from, beside what is left of the contract's.
pub trait Takes<M, Rest> {
    /// What is compared.
    type Pair;
    /// What is left behind it.
    type Rest;

    /// Both.
    fn take() -> (Self::Pair, Self::Rest);
}

impl<M, Rest> Takes<M, Rest> for FromServer {
    type Pair = Absorbed;
    type Rest = Parameters<M, Rest>;

    fn take() -> (Self::Pair, Self::Rest) {
        (Absorbed, Parameters::new())
    }
}

impl<M, Rest> Takes<M, Rest> for Absorbed {
    type Pair = Absorbed;
    type Rest = Absorbed;

    fn take() -> (Self::Pair, Self::Rest) {
        (Absorbed, Absorbed)
    }
}

impl<M, P, T, Rest> Takes<M, (T, Rest)> for OneArgument<P> {
    type Pair = Pair<M, P, T>;
    type Rest = Parameters<M, Rest>;

    fn take() -> (Self::Pair, Self::Rest) {
        (Pair(PhantomData, PhantomData, PhantomData), Parameters::new())
    }
}

impl<M, P> Takes<M, ()> for OneArgument<P> {
    type Pair = Surplus<P>;
    type Rest = Parameters<M, ()>;

    fn take() -> (Self::Pair, Self::Rest) {
        (Surplus(PhantomData), Parameters::new())
    }
}

/// Where a parameter of the hub that callers may leave out comes from, beside what is left of the contract's.
pub trait TakesOptional<M, Rest> {
    /// What is compared.
    type Pair;
    /// What is left behind it.
    type Rest;

    /// Both.
    fn take() -> (Self::Pair, Self::Rest);
}

impl<M, First, Others, S: Takes<M, (First, Others)>> TakesOptional<M, (First, Others)> for S {
    type Pair = S::Pair;
    type Rest = S::Rest;

    fn take() -> (Self::Pair, Self::Rest) {
        <S as Takes<M, (First, Others)>>::take()
    }
}

impl<M, S> TakesOptional<M, ()> for S {
    type Pair = Absorbed;
    type Rest = Parameters<M, ()>;

    fn take() -> (Self::Pair, Self::Rest) {
        (Absorbed, Parameters::new())
    }
}

/// Parameters of which none is left.
pub trait End {}

impl End for () {}

impl<T: Taken, Rest> End for (T, Rest) {}

/// An argument of the contract that the hub takes.
#[diagnostic::on_unimplemented(
    message = "the hub's method takes too few arguments: its contract has a `{Self}` behind them",
    label = "a `{Self}` is missing",
    note = "add a parameter for it, or remove it from the contract"
)]
pub trait Taken {}
