//! Calls that a client receives, typed by its contract.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::client::HubClient;
use crate::protocol::{HubProtocol, PayloadError, RawArguments};

/// A client contract that `T` implements: the client's side, for programs that connect to a hub.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client contract",
    label = "no `#[hub_client]` trait",
    note = "put `#[hub_client]` on the trait and name it as `dyn Trait`"
)]
pub trait ImplementedBy<T>: HubClient {
    /// Registers every method of the contract under its wire name.
    #[doc(hidden)]
    fn receive<R: Receiver + ?Sized>(client: &Arc<T>, receiver: &R);
}

/// A value that implements the client contract `C`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement the client contract that it is to receive",
    label = "not a client of this contract",
    note = "implement the contract's trait for `{Self}`"
)]
pub trait Implements<C: ?Sized> {
    /// Registers every method of the contract with what receives its calls.
    #[doc(hidden)]
    fn register<R: Receiver + ?Sized>(self, receiver: &R);
}

impl<T, C: ImplementedBy<T> + ?Sized> Implements<C> for T {
    fn register<R: Receiver + ?Sized>(self, receiver: &R) {
        C::receive(&Arc::new(self), receiver);
    }
}

/// What receives the calls of a hub: a client's connection.
pub trait Receiver {
    /// Registers what is done with the calls of one target.
    fn receive(&self, target: &'static str, handler: Handler);
}

/// What is done with a call: its arguments are read at once, and what comes out is a future that has not begun.
pub struct Handler {
    handle: Box<Handle>,
    answers: bool,
}

type Handle = dyn Fn(RawArguments<'_>) -> Result<BoxFuture<'static, Option<ClientResult>>, PayloadError> + Send + Sync;

impl Handler {
    /// Does something: a method of `client` with as many arguments as `parameters`.
    pub fn doing<T, F>(
        client: &Arc<T>,
        parameters: &'static [()],
        call: impl Fn(Arc<T>, &mut ReceivedArguments<'_>) -> Result<F, PayloadError> + Send + Sync + 'static,
    ) -> Self
    where
        T: Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::new(client, parameters, false, move |client, arguments| {
            let done = call(client, arguments)?;
            Ok(Box::pin(async move {
                done.await;
                None
            }))
        })
    }

    /// Answers with a value: that of a method of `client` with as many arguments as `parameters`.
    pub fn answering<T, F, V>(
        client: &Arc<T>,
        parameters: &'static [()],
        call: impl Fn(Arc<T>, &mut ReceivedArguments<'_>) -> Result<F, PayloadError> + Send + Sync + 'static,
    ) -> Self
    where
        T: Send + Sync + 'static,
        F: Future<Output = V> + Send + 'static,
        V: for<'a> ClientAnswer<'a>,
    {
        Self::new(client, parameters, true, move |client, arguments| {
            let answer = call(client, arguments)?;
            Ok(Box::pin(async move { Some(ClientResult(Box::new(answer.await))) }))
        })
    }

    fn new<T: Send + Sync + 'static>(
        client: &Arc<T>,
        parameters: &'static [()],
        answers: bool,
        call: impl Fn(Arc<T>, &mut ReceivedArguments<'_>) -> Result<BoxFuture<'static, Option<ClientResult>>, PayloadError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let client = Arc::clone(client);
        let handle = move |raw: RawArguments<'_>| {
            let mut arguments = ReceivedArguments::new(raw, parameters.len())?;
            let handling = call(Arc::clone(&client), &mut arguments)?;
            arguments.end()?;
            Ok(handling)
        };
        Self { handle: Box::new(handle), answers }
    }

    /// Whether there is an answer to the call.
    pub fn answers(&self) -> bool {
        self.answers
    }

    /// Reads the arguments of a call, and begins nothing before the future is polled. It comes to the answer, if there
    /// is one.
    pub fn handle(
        &self,
        arguments: RawArguments<'_>,
    ) -> Result<BoxFuture<'static, Option<ClientResult>>, PayloadError> {
        (self.handle)(arguments)
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("answers", &self.answers).finish_non_exhaustive()
    }
}

/// The arguments of a call, read one after the other. There must be as many as the method has parameters (C-92).
#[derive(Debug)]
pub struct ReceivedArguments<'a> {
    raw: RawArguments<'a>,
    expected: usize,
}

impl<'a> ReceivedArguments<'a> {
    fn new(raw: RawArguments<'a>, expected: usize) -> Result<Self, PayloadError> {
        if let Some(count) = raw.leading_count() {
            count?;
        }
        Ok(Self { raw, expected })
    }

    /// Reads the next argument.
    pub fn read<T: for<'de> Received<'de>>(&mut self) -> Result<T, PayloadError> {
        self.raw.next().unwrap_or_else(|| Err(self.wrong_count()))
    }

    fn end(&self) -> Result<(), PayloadError> {
        if self.raw.remaining() == 0 { Ok(()) } else { Err(self.wrong_count()) }
    }

    fn wrong_count(&self) -> PayloadError {
        PayloadError::wrong_count(self.raw.count(), self.expected)
    }
}

/// What a client answers a call with.
pub struct ClientResult(Box<dyn WriteResult>);

impl ClientResult {
    /// Writes the completion of the call with this id.
    pub fn write(&self, protocol: &HubProtocol, out: &mut Vec<u8>, id: &str) -> Result<(), PayloadError> {
        self.0.write(protocol, out, id)
    }
}

impl fmt::Debug for ClientResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientResult").finish_non_exhaustive()
    }
}

trait WriteResult: Send {
    fn write(&self, protocol: &HubProtocol, out: &mut Vec<u8>, id: &str) -> Result<(), PayloadError>;
}

impl<T: for<'a> ClientAnswer<'a>> WriteResult for T {
    fn write(&self, protocol: &HubProtocol, out: &mut Vec<u8>, id: &str) -> Result<(), PayloadError> {
        protocol.write_result(out, id, self)
    }
}

/// What a client may receive as an argument: a value that is `Deserialize`.
///
/// The lifetime makes it a question that is asked where a contract is received, and not where it is defined: what a
/// server only sends need not be `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received by a client in Rust",
    label = "the contract has an argument that does not implement `serde::Deserialize`, or borrows in a way that cannot be \
        read from a message",
    note = "derive `serde::Deserialize` for `{Self}`, or change the contract: owned types, `&T`, `&str`, `&[T]`, and those \
        inside of `Option` and `Vec` can be received"
)]
pub trait Received<'de>: Deserialize<'de> + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de> + Send + Sync + 'static> Received<'de> for T {}

/// What a client may answer with: a value that is `Serialize`.
///
/// The lifetime is that of [`Received`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a client in Rust",
    label = "the contract has a result that does not implement `serde::Serialize`",
    note = "derive `serde::Serialize` for `{Self}`, or change the contract's result to a type that has it"
)]
pub trait ClientAnswer<'a>: Serialize + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> ClientAnswer<'_> for T {}

/// What was received, as the contract's method takes it.
#[diagnostic::on_unimplemented(
    message = "a client in Rust cannot receive what borrows as `{B}` does",
    label = "the contract has an argument that borrows in a way that cannot be read from a message",
    note = "owned types, `&T`, `&str`, `&[T]`, and those inside of `Option` and `Vec` can be received"
)]
pub trait Lend<'a, B> {
    /// Borrows from the value, all the way down.
    fn lend(&'a self) -> B;
}

impl<'a> Lend<'a, &'a str> for String {
    fn lend(&'a self) -> &'a str {
        self
    }
}

impl<'a, T> Lend<'a, &'a [T]> for Vec<T> {
    fn lend(&'a self) -> &'a [T] {
        self
    }
}

impl<'a, T> Lend<'a, &'a T> for T {
    fn lend(&'a self) -> &'a T {
        self
    }
}

impl<'a, T: Lend<'a, B>, B> Lend<'a, Option<B>> for Option<T> {
    fn lend(&'a self) -> Option<B> {
        self.as_ref().map(T::lend)
    }
}

impl<'a, T: Lend<'a, B>, B> Lend<'a, Vec<B>> for Vec<T> {
    fn lend(&'a self) -> Vec<B> {
        self.iter().map(T::lend).collect()
    }
}
