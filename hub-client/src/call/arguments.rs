//! The arguments of a call: tuples, in which streams may stand.

use std::fmt;

use hub_core::protocol::{ArgumentWriter, Arguments as PlainArguments, PayloadError};
use serde::Serialize;

use super::upload::Upload;

/// One argument of a call: a value that serializes, or a stream to [`upload`](crate::upload).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a call",
    label = "neither `serde::Serialize` nor an `Upload`",
    note = "derive `serde::Serialize` for `{Self}`; a stream becomes an argument by `upload(stream)`"
)]
pub trait Argument {
    /// Whether it is a stream.
    #[doc(hidden)]
    const IS_UPLOAD: bool;

    /// Writes the value, unless it is a stream.
    #[doc(hidden)]
    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError>;

    /// The stream, if it is one.
    #[doc(hidden)]
    fn into_upload(self) -> Option<Upload>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Argument for T {
    const IS_UPLOAD: bool = false;

    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        out.value(self)
    }

    fn into_upload(self) -> Option<Upload> {
        None
    }
}

impl Argument for Upload {
    const IS_UPLOAD: bool = true;

    fn write(&self, _: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        Ok(())
    }

    fn into_upload(self) -> Option<Upload> {
        Some(self)
    }
}

/// The arguments of a call: a tuple of up to 16, `()` for none.
///
/// A single argument is a tuple too: `(value,)`. What is uploaded may stand at any place; the values around it go to the
/// method's other parameters in order (C-80).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of arguments",
    label = "not a tuple of arguments",
    note = "arguments are a tuple: `()` for none, `(value,)` for one, `(first, second)` for two, up to 16",
    note = "each of them implements `serde::Serialize`, or is an `upload(stream)`"
)]
pub trait Arguments {
    /// How many are streams.
    #[doc(hidden)]
    fn uploads(&self) -> usize;

    /// How many are not.
    #[doc(hidden)]
    fn values(&self) -> usize;

    /// Writes those that are not.
    #[doc(hidden)]
    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError>;

    /// Those that are.
    #[doc(hidden)]
    fn into_uploads(self) -> Vec<Upload>;
}

/// The arguments of a call as they stand in its message.
pub(crate) struct WithoutUploads<'a, A>(pub(crate) &'a A);

impl<A: Arguments> PlainArguments for WithoutUploads<'_, A> {
    fn count(&self) -> usize {
        self.0.values()
    }

    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        self.0.write(out)
    }
}

impl<A> fmt::Debug for WithoutUploads<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithoutUploads")
    }
}

macro_rules! arguments {
    ($($name:ident)*) => {
        impl<$($name: Argument),*> Arguments for ($($name,)*) {
            fn uploads(&self) -> usize {
                0 $(+ usize::from($name::IS_UPLOAD))*
            }

            fn values(&self) -> usize {
                0 $(+ usize::from(!$name::IS_UPLOAD))*
            }

            #[allow(non_snake_case, unused_variables, reason = "the type's name is the value's, and `()` writes nothing")]
            fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
                let ($($name,)*) = self;
                $($name.write(out)?;)*
                Ok(())
            }

            #[allow(non_snake_case, reason = "the type's name is the value's")]
            fn into_uploads(self) -> Vec<Upload> {
                let ($($name,)*) = self;
                let uploads: [Option<Upload>; _] = [$($name.into_upload()),*];
                uploads.into_iter().flatten().collect()
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);
arguments!(A B C D E F G H I);
arguments!(A B C D E F G H I J);
arguments!(A B C D E F G H I J K);
arguments!(A B C D E F G H I J K L);
arguments!(A B C D E F G H I J K L M);
arguments!(A B C D E F G H I J K L M N);
arguments!(A B C D E F G H I J K L M N O);
arguments!(A B C D E F G H I J K L M N O P);
