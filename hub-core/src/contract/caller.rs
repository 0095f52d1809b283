//! Calls of a hub, typed by its contract.

use std::fmt;

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::Arguments;

/// A hub contract: `dyn` a `#[hub_server]` trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hub contract",
    label = "no `#[hub_server]` trait",
    note = "put `#[hub_server]` on the trait and name it as `dyn Trait`"
)]
pub trait HubContract: 'static {
    /// The calls of the contract, made through a connection.
    type Proxy<C: Caller>: From<C>;
}

/// What calls a hub: a client's connection.
pub trait Caller: Clone + fmt::Debug + Send + Sync + 'static {
    /// A call that answers with an `R`, made when it is awaited.
    type Invocation<R>;

    /// A call that answers with a stream of `T`, made when it is awaited.
    type StreamInvocation<T>;

    /// A stream of items that goes to the hub with a call.
    type Upload;

    /// Makes an upload of a stream.
    fn upload<T: Serialize + Send + 'static>(items: impl Stream<Item = T> + Send + 'static) -> Self::Upload;

    /// Calls a method that answers with a value.
    fn invoke<R: FromReply, const UPLOADS: usize>(
        &self,
        target: &'static str,
        arguments: impl Arguments,
        uploads: [Self::Upload; UPLOADS],
    ) -> Self::Invocation<R>;

    /// Calls a method that answers with a stream.
    fn stream<T: FromReply, const UPLOADS: usize>(
        &self,
        target: &'static str,
        arguments: impl Arguments,
        uploads: [Self::Upload; UPLOADS],
    ) -> Self::StreamInvocation<T>;
}

/// What a hub may answer with: a value that is `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hub method",
    label = "this type does not implement `serde::Deserialize`, or borrows what it is read from",
    note = "derive `serde::Deserialize` for `{Self}`, or answer with a type that has it"
)]
pub trait FromReply: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> FromReply for T {}
