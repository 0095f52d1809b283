//! What a handler returns.

use std::any::TypeId;
use std::fmt;

use serde::Serialize;

use super::method::Reply;

/// What a handler returns: nothing, a value that serializes, or a `Result` of either.
///
/// A value, or an error, is the answer to a server that asks for one (a client result). `M` is found by the compiler.
/// It finds none for a `Result` whose error serializes, as `String` does: convert that, for instance by
/// `.map_err(HubError::new)`.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "a handler returns nothing, a value that implements `serde::Serialize`, or a `Result` of either",
    note = "derive `serde::Serialize` for `{Self}`; the error of a `Result` implements `std::fmt::Display`"
)]
pub trait HandlerOutput<M> {
    /// Whether it is more than `()`.
    #[doc(hidden)]
    fn is_value() -> bool;

    /// The answer, and the text of what went wrong where nobody asks for one.
    #[doc(hidden)]
    fn into_reply(self) -> Reply;
}

/// Marks a handler that returns a value, or nothing.
#[derive(Debug)]
pub enum Value {}

/// Marks a handler that returns a `Result`.
#[derive(Debug)]
pub enum Fallible {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static> HandlerOutput<Value> for T {
    fn is_value() -> bool {
        TypeId::of::<T>() != TypeId::of::<()>()
    }

    fn into_reply(self) -> Reply {
        if <T as HandlerOutput<Value>>::is_value() { Reply::value(self) } else { Reply::none() }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static, E: fmt::Display> HandlerOutput<Fallible> for Result<T, E> {
    fn is_value() -> bool {
        <T as HandlerOutput<Value>>::is_value()
    }

    fn into_reply(self) -> Reply {
        self.map_or_else(|error| Reply::error(error.to_string()), HandlerOutput::<Value>::into_reply)
    }
}
