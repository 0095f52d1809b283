//! What of a hub and its contract the compiler compares.
//!
//! Neither side's attribute sees the other's tokens, so each writes down what it has as types, and names of methods become
//! types too. A contract says what it has of a name ([`Declares`]), a hub that it offers it ([`Offers`]). The code that
//! `#[hub]` writes then walks through each method, as its tokens stand in the block, with calls that compile only if
//! both sides agree; the texts of the errors are those of traits that `#[hub_server]` writes for each method.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::dispatch::{FromInvocation, UploadStream};

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
        Parameters(PhantomData)
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

/// The parameters that are still to be compared.
#[derive(Debug)]
pub struct Parameters<M, Rest>(PhantomData<fn() -> (M, Rest)>);

impl<M, Rest> Parameters<M, Rest> {
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
pub struct Pair<M, P, T>(PhantomData<fn() -> (M, P, T)>);

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
        (Absorbed, Parameters(PhantomData))
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
        (Pair(PhantomData), Parameters(PhantomData))
    }
}

impl<M, P> Takes<M, ()> for OneArgument<P> {
    type Pair = Surplus<P>;
    type Rest = Parameters<M, ()>;

    fn take() -> (Self::Pair, Self::Rest) {
        (Surplus(PhantomData), Parameters(PhantomData))
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
        (Absorbed, Parameters(PhantomData))
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

/// A parameter of a method of the hub `H`.
#[derive(Debug)]
pub struct Parameter<H, P>(PhantomData<fn(H) -> P>);

impl<H, P> Parameter<H, P> {
    /// The parameter of this type.
    #[expect(clippy::new_without_default, reason = "generated code is the only caller")]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// A parameter for which the client sends something.
#[derive(Debug)]
pub struct OneArgument<P>(PhantomData<fn() -> P>);

/// A parameter that does not count, since the client sends nothing for it.
#[derive(Debug)]
pub struct FromServer;

/// `(&&&&Parameter::new()).source()` for a stream that the client uploads.
pub trait Uploaded<P> {
    /// Where the parameter comes from.
    fn source(&self) -> OneArgument<P>;
}

impl<H, T> Uploaded<UploadStream<T>> for &&&Parameter<H, UploadStream<T>> {
    fn source(&self) -> OneArgument<UploadStream<T>> {
        OneArgument(PhantomData)
    }
}

/// `(&&&&Parameter::new()).source()` for an argument.
pub trait FromArgument<P> {
    /// Where the parameter comes from.
    fn source(&self) -> OneArgument<P>;
}

impl<H, P: DeserializeOwned> FromArgument<P> for &&Parameter<H, P> {
    fn source(&self) -> OneArgument<P> {
        OneArgument(PhantomData)
    }
}

/// `(&&&&Parameter::new()).source()` for what comes from the connection or its server.
pub trait FromConnectionOrServer {
    /// Where the parameter comes from.
    fn source(&self) -> FromServer;
}

impl<H, P: FromInvocation<H>> FromConnectionOrServer for &Parameter<H, P> {
    fn source(&self) -> FromServer {
        FromServer
    }
}

/// `(&&&&Parameter::new()).source()` for what is no parameter at all, which is told elsewhere.
pub trait FromNowhere {
    /// Where the parameter comes from.
    fn source(&self) -> Absorbed;
}

impl<H, P> FromNowhere for Parameter<H, P> {
    fn source(&self) -> Absorbed {
        Absorbed
    }
}

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
