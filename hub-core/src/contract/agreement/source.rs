//! Where a parameter of a hub comes from, found out by its type as in [`tag`](crate::dispatch::tag).

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::method::Absorbed;
use crate::dispatch::{FromInvocation, UploadStream};

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
