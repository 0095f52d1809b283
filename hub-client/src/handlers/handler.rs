//! Closures as handlers.

use std::future::Future;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use hub_core::protocol::RawArguments;
use serde::de::DeserializeOwned;

use super::method::{BindError, Method, Reply};
use super::outcome::HandlerOutput;

/// A closure that the server can call: `async` or not, with up to 16 arguments that deserialize, which returns a
/// [`HandlerOutput`]. `M` is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle calls of the server",
    label = "not a handler",
    note = "a handler is a closure such as `|user: String, text: String| async move {{ … }}`, with the types of all \
            arguments written out",
    note = "its arguments implement `serde::Deserialize` and borrow nothing; it returns `()`, a value that implements \
            `serde::Serialize`, or a `Result`"
)]
pub trait Handler<M>: Send + Sync + 'static {
    /// The handler without its types.
    #[doc(hidden)]
    fn into_method(self) -> Method;
}

/// Marks a handler that returns a future.
#[derive(Debug)]
pub enum Asynchronous {}

/// Marks a handler that does not.
#[derive(Debug)]
pub enum Synchronous {}

/// One for each name.
macro_rules! count {
    ($name:ident) => {
        1
    };
}

macro_rules! handlers {
    ($($name:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<F, Fut, M, $($name),*> Handler<(Asynchronous, M, Fut, $($name),*)> for F
        where
            F: Fn($($name),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: HandlerOutput<M>> + Send + 'static,
            $($name: DeserializeOwned + Send + 'static,)*
        {
            #[allow(non_snake_case, unused_mut, reason = "the type's name is the value's, and `()` reads nothing")]
            fn into_method(self) -> Method {
                let handler = Arc::new(self);
                Method::new(Fut::Output::is_value(), move |mut arguments: RawArguments<'_>| {
                    BindError::check_count(&arguments, 0 $(+ count!($name))*)?;
                    $(let $name: $name = BindError::next(&mut arguments)?;)*
                    let handler = Arc::clone(&handler);
                    let run: BoxFuture<'static, Reply> = Box::pin(async move { handler($($name),*).await.into_reply() });
                    Ok(run)
                })
            }
        }

        #[diagnostic::do_not_recommend]
        impl<F, R, M, $($name),*> Handler<(Synchronous, M, R, $($name),*)> for F
        where
            F: Fn($($name),*) -> R + Send + Sync + 'static,
            R: HandlerOutput<M>,
            $($name: DeserializeOwned + Send + 'static,)*
        {
            #[allow(non_snake_case, unused_mut, reason = "the type's name is the value's, and `()` reads nothing")]
            fn into_method(self) -> Method {
                let handler = Arc::new(self);
                Method::new(R::is_value(), move |mut arguments: RawArguments<'_>| {
                    BindError::check_count(&arguments, 0 $(+ count!($name))*)?;
                    $(let $name: $name = BindError::next(&mut arguments)?;)*
                    let handler = Arc::clone(&handler);
                    let run: BoxFuture<'static, Reply> = Box::pin(async move { handler($($name),*).into_reply() });
                    Ok(run)
                })
            }
        }
    };
}

handlers!();
handlers!(A);
handlers!(A B);
handlers!(A B C);
handlers!(A B C D);
handlers!(A B C D E);
handlers!(A B C D E G);
handlers!(A B C D E G H);
handlers!(A B C D E G H I);
handlers!(A B C D E G H I J);
handlers!(A B C D E G H I J K);
handlers!(A B C D E G H I J K L);
handlers!(A B C D E G H I J K L N);
handlers!(A B C D E G H I J K L N O);
handlers!(A B C D E G H I J K L N O P);
handlers!(A B C D E G H I J K L N O P Q);
handlers!(A B C D E G H I J K L N O P Q S);
