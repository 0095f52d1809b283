//! What a method's value is, found out by its type: a `Result` or not, a stream or not.
//!
//! Naming the type would not do: a method may return an alias such as `io::Result<T>`, and serde implements `Serialize`
//! for `Result`. So the method that is called on a reference to a [`Tag`] is left to the compiler's own search: it
//! begins with the type it is given and takes reference after reference off it, and the more special case is implemented
//! for more references.

use std::future::ready;
use std::marker::PhantomData;

use futures_core::Stream;

use super::reply::{Answer, IntoReply, Reply, ReturnError, Streamed};
use crate::contract::agreement::{Answered, StreamOf};
use crate::error::HubError;

/// Stands for a type.
#[derive(Debug)]
pub struct Tag<T>(PhantomData<fn() -> T>);

impl<T> Tag<T> {
    /// The tag of a type.
    #[expect(clippy::new_without_default, reason = "generated code is the only caller")]
    pub fn new() -> Self {
        Self(PhantomData)
    }

    /// The tag of a value's type.
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }

    /// The tag of the type of what a method came to.
    pub fn of_ok(_: &Result<T, HubError>) -> Self {
        Self(PhantomData)
    }
}

/// A value that is a `Result`.
#[derive(Debug)]
pub struct PlainResult;

/// A value that is none.
#[derive(Debug)]
pub struct PlainValue;

/// `(&&Tag::of(&value)).returned()` for a `Result`.
pub trait ResultReturned {
    /// How the value is taken apart.
    fn returned(&self) -> PlainResult;
}

impl<T, E> ResultReturned for &Tag<Result<T, E>> {
    fn returned(&self) -> PlainResult {
        PlainResult
    }
}

/// `(&&Tag::of(&value)).returned()` for everything else.
pub trait ValueReturned {
    /// How the value is taken apart.
    fn returned(&self) -> PlainValue;
}

impl<T> ValueReturned for Tag<T> {
    fn returned(&self) -> PlainValue {
        PlainValue
    }
}

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl PlainResult {
    /// The value or the error.
    pub fn split<T, E: ReturnError>(self, value: Result<T, E>) -> Result<T, HubError> {
        value.map_err(Into::into)
    }
}

#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the value stands for its type, and so for the other one"
)]
impl PlainValue {
    /// The value.
    pub fn split<T>(self, value: T) -> Result<T, HubError> {
        Ok(value)
    }
}

/// A stream whose items may be errors.
#[derive(Debug)]
pub struct FallibleStream;

/// A stream of values.
#[derive(Debug)]
pub struct PlainStream;

/// A value.
#[derive(Debug)]
pub struct NoStream;

/// `(&&&Tag::of_ok(&outcome)).answer()` for a stream of `Result`s.
pub trait FallibleStreamAnswer {
    /// How the reply is made.
    fn answer(&self) -> FallibleStream;
}

impl<S, T, E> FallibleStreamAnswer for &&Tag<S>
where
    S: Stream<Item = Result<T, E>>,
{
    fn answer(&self) -> FallibleStream {
        FallibleStream
    }
}

/// `(&&&Tag::of_ok(&outcome)).answer()` for a stream of other items.
pub trait StreamAnswer {
    /// How the reply is made.
    fn answer(&self) -> PlainStream;
}

impl<S: Stream> StreamAnswer for &Tag<S> {
    fn answer(&self) -> PlainStream {
        PlainStream
    }
}

/// `(&&&Tag::of_ok(&outcome)).answer()` for everything else.
pub trait ValueAnswer {
    /// How the reply is made.
    fn answer(&self) -> NoStream;
}

impl<T> ValueAnswer for Tag<T> {
    fn answer(&self) -> NoStream {
        NoStream
    }
}

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl FallibleStream {
    /// What its callers get, for the comparison with a contract.
    pub fn answered<S, T, E>(self, _: &Result<S, HubError>) -> Answered<StreamOf<T>>
    where
        S: Stream<Item = Result<T, E>>,
    {
        Answered::new()
    }

    /// Sends the items and the completion.
    pub async fn give<S, T, E>(self, reply: Reply, outcome: Result<S, HubError>) -> Streamed
    where
        S: Stream<Item = Result<T, E>>,
        T: IntoReply,
        E: ReturnError,
    {
        reply.stream(outcome, |item| item.map_err(Into::into)).await
    }
}

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl PlainStream {
    /// What its callers get, for the comparison with a contract.
    pub fn answered<S: Stream>(self, _: &Result<S, HubError>) -> Answered<StreamOf<S::Item>> {
        Answered::new()
    }

    /// Sends the items and the completion.
    pub async fn give<S>(self, reply: Reply, outcome: Result<S, HubError>) -> Streamed
    where
        S: Stream,
        S::Item: IntoReply,
    {
        reply.stream(outcome, Ok).await
    }
}

#[expect(clippy::unused_self, reason = "the value stands for its type")]
impl NoStream {
    /// What its callers get, for the comparison with a contract.
    pub fn answered<T>(self, _: &Result<T, HubError>) -> Answered<T> {
        Answered::new()
    }

    /// The completion, which is sent when the method is over.
    pub fn give<T: IntoReply>(
        self,
        _reply: Reply,
        outcome: Result<T, HubError>,
    ) -> impl Future<Output = Answer<T>> + Send + use<T> {
        ready(Answer::new(outcome))
    }
}

/// Whether a method answers with a value or with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MethodKind {
    /// With a value.
    Value,
    /// With a stream.
    Stream,
}

/// `(&&&Tag::<R>::new()).kind()` where the return type is a `Result` of a stream.
pub trait ResultOfStreamKind {
    /// The kind of a method that returns it.
    fn kind(&self) -> MethodKind;
}

impl<S: Stream, E> ResultOfStreamKind for &&Tag<Result<S, E>> {
    fn kind(&self) -> MethodKind {
        MethodKind::Stream
    }
}

/// `(&&&Tag::<R>::new()).kind()` where the return type is a stream.
pub trait StreamKind {
    /// The kind of a method that returns it.
    fn kind(&self) -> MethodKind;
}

impl<S: Stream> StreamKind for &Tag<S> {
    fn kind(&self) -> MethodKind {
        MethodKind::Stream
    }
}

/// `(&&&Tag::<R>::new()).kind()` for every other return type.
pub trait ValueKind {
    /// The kind of a method that returns it.
    fn kind(&self) -> MethodKind;
}

impl<T> ValueKind for Tag<T> {
    fn kind(&self) -> MethodKind {
        MethodKind::Value
    }
}
