//! Errors with the names of .NET's exceptions, which detailed errors show.

use std::error::Error;
use std::fmt;

macro_rules! exceptions {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(super) struct $name(pub(super) String);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }

            impl Error for $name {}
        )*
    };
}

exceptions! {
    /// What the hubs fail with on purpose.
    InvalidOperationException,
    /// A null where .NET does not take one.
    ArgumentNullException,
    /// A number where .NET does not take it.
    ArgumentOutOfRangeException,
    /// A stream that ended before its first item.
    ChannelClosedException,
    /// A null that .NET stumbles over.
    NullReferenceException,
}

/// The value of an argument which .NET's `parameter` wants not to be null.
pub(super) fn not_null<T>(argument: Option<T>, parameter: &str) -> Result<T, ArgumentNullException> {
    argument.ok_or_else(|| ArgumentNullException(format!("Value cannot be null. (Parameter '{parameter}')")))
}

/// The value of an argument which .NET's `parameter` wants not to be negative.
pub(super) fn not_negative<T: TryFrom<i32>>(argument: i32, parameter: &str) -> Result<T, ArgumentOutOfRangeException> {
    T::try_from(argument).map_err(|_| {
        ArgumentOutOfRangeException(format!("'{parameter}' must be a non-negative value. (Parameter '{parameter}')"))
    })
}
