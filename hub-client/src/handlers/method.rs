//! A handler without its types: what is registered under a name.

use std::fmt;

use futures_core::future::BoxFuture;
use hub_core::ClientResult;
use hub_core::protocol::{HubProtocol, PayloadError, RawArguments};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A method of the client.
pub struct Method {
    returns_value: bool,
    bind: Box<Bind>,
}

type Bind = dyn Fn(RawArguments<'_>) -> Result<BoxFuture<'static, Reply>, BindError> + Send + Sync;

impl Method {
    /// A method that binds its arguments, which are read once and straight from the message; the future that comes of it
    /// runs when it is its turn. `returns_value` says whether it answers; one that does not returns [`Reply::none`].
    pub fn new(
        returns_value: bool,
        bind: impl Fn(RawArguments<'_>) -> Result<BoxFuture<'static, Reply>, BindError> + Send + Sync + 'static,
    ) -> Self {
        Self { returns_value, bind: Box::new(bind) }
    }

    pub(super) fn returns_value(&self) -> bool {
        self.returns_value
    }

    pub(super) fn bind(&self, arguments: RawArguments<'_>) -> Result<BoxFuture<'static, Reply>, BindError> {
        (self.bind)(arguments)
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Method").field("returns_value", &self.returns_value).finish_non_exhaustive()
    }
}

/// What a method of the client answers.
pub struct Reply(pub(super) Kind);

pub(super) enum Kind {
    None,
    Value(Box<Write>),
    Error(String),
}

/// Writes a value as the completion of a call.
type Write = dyn FnOnce(&HubProtocol, &mut Vec<u8>, &str) -> Result<(), PayloadError> + Send;

impl Reply {
    /// Nothing.
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// A value.
    pub fn value<T: Serialize + Send + 'static>(value: T) -> Self {
        Self(Kind::Value(Box::new(move |protocol, out, id| protocol.write_result(out, id, &value))))
    }

    /// What a method of a contract answers.
    pub(crate) fn of_contract(result: ClientResult) -> Self {
        Self(Kind::Value(Box::new(move |protocol, out, id| result.write(protocol, out, id))))
    }

    /// An error, whose text the server reads (C-94).
    pub fn error(text: impl Into<String>) -> Self {
        Self(Kind::Error(text.into()))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::None => f.write_str("None"),
            Kind::Value(_) => f.write_str("Value"),
            Kind::Error(text) => f.debug_tuple("Error").field(text).finish(),
        }
    }
}

/// Why arguments do not fit a method.
#[derive(Debug)]
pub struct BindError(String);

impl BindError {
    /// Fails unless so many arguments were sent.
    pub fn check_count(arguments: &RawArguments<'_>, expected: usize) -> Result<(), Self> {
        if let Some(Err(error)) = arguments.leading_count() {
            return Err(error.into());
        }
        match arguments.count() {
            count if count == expected => Ok(()),
            count => Err(Self(format!("Invocation provides {count} argument(s) but target expects {expected}."))),
        }
    }

    /// Reads the next argument.
    pub fn next<T: DeserializeOwned>(arguments: &mut RawArguments<'_>) -> Result<T, Self> {
        let missing = || Self("Invocation provides too few arguments.".to_owned());
        Ok(arguments.next().ok_or_else(missing)??)
    }
}

impl From<PayloadError> for BindError {
    fn from(error: PayloadError) -> Self {
        Self(error.to_string())
    }
}

impl From<String> for BindError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BindError {}
