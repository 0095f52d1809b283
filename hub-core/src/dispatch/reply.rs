//! From what a method returns to the one completion of its call.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::connection::{Connection, Ending};
use crate::error::HubError;

/// What a hub method may return: a value that is `Serialize`, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hub method",
    label = "this type does not implement `serde::Serialize`",
    note = "derive `serde::Serialize` for `{Self}`, or return a type that has it"
)]
pub trait IntoReply: Serialize + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> IntoReply for T {}

/// Where the completion of one call goes.
pub(crate) struct Reply {
    connection: Arc<Connection>,
    /// Without an id nothing is ever sent back (D-41).
    id: Option<String>,
    target: Cow<'static, str>,
}

impl Reply {
    pub(crate) fn new(connection: Arc<Connection>, id: Option<String>, target: Cow<'static, str>) -> Self {
        Self { connection, id, target }
    }

    /// The completion as a hub message; `None` if there is none to send.
    pub(crate) fn encode<T: IntoReply>(&self, result: Result<T, HubError>) -> Option<Vec<u8>> {
        match (result, &self.id) {
            (Ok(_), None) => None,
            (Ok(value), Some(id)) => {
                let mut message = Vec::new();
                match self.connection.protocol().write_result(&mut message, id, &value) {
                    Ok(()) => Some(message),
                    Err(error) => {
                        self.connection.end(Ending::from(error));
                        None
                    }
                }
            }
            (Err(error), _) => self.encode_failure(&error),
        }
    }

    /// Ends the connection of a result whose own code panicked while it was written: as one that cannot be (D-42).
    pub(crate) fn abandon(&self, panic: HubError) -> Option<Vec<u8>> {
        self.connection.end(Ending::Failed(panic.into()));
        None
    }

    fn encode_failure(&self, error: &HubError) -> Option<Vec<u8>> {
        let core = self.connection.core();
        tracing::warn!(hub = core.name(), target = &*self.target, connection = %self.connection.id(), kind = error.kind(), %error, "hub method failed");
        let id = self.id.as_deref()?;
        let text = format!("An unexpected error occurred invoking '{}' on the server.", self.target);
        let text = error.explain(&text, core.options().enable_detailed_errors);
        let mut message = Vec::new();
        self.connection.protocol().write_error(&mut message, id, &text);
        Some(message)
    }

    /// Sends the completion once there is room.
    pub(crate) async fn send(self, message: Option<Vec<u8>>) {
        if let Some(message) = message {
            std::future::poll_fn(|cx| self.connection.poll_send(cx, &message)).await;
        }
    }
}

/// Tells by its type whether a method's value is a `Result` that may fail, without naming the type: a method may
/// return an alias such as `io::Result<T>`, and serde implements `Serialize` for `Result`.
///
/// `(&Tag::of(&value)).returned()` finds [`ResultReturned`] for a `Result`, and only otherwise [`ValueReturned`].
#[derive(Debug)]
pub struct Tag<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Tag<T> {
    /// The tag of a value's type.
    pub fn of(_: &T) -> Self {
        Self(std::marker::PhantomData)
    }
}

/// See [`Tag`].
#[derive(Debug)]
pub struct PlainResult;

/// See [`Tag`].
#[derive(Debug)]
pub struct PlainValue;

/// See [`Tag`].
pub trait ResultReturned {
    /// How the value is taken apart.
    fn returned(&self) -> PlainResult;
}

impl<T, E> ResultReturned for Tag<Result<T, E>> {
    fn returned(&self) -> PlainResult {
        PlainResult
    }
}

/// See [`Tag`].
pub trait ValueReturned {
    /// How the value is taken apart.
    fn returned(&self) -> PlainValue;
}

impl<T> ValueReturned for &Tag<T> {
    fn returned(&self) -> PlainValue {
        PlainValue
    }
}

impl PlainResult {
    /// The value or the error.
    pub fn split<T, E: Into<HubError>>(self, value: Result<T, E>) -> Result<T, HubError> {
        value.map_err(Into::into)
    }
}

impl PlainValue {
    /// The value.
    pub fn split<T>(self, value: T) -> Result<T, HubError> {
        Ok(value)
    }
}
