//! The arguments of a call: tuples.

use serde::Serialize;

use super::error::PayloadError;
use super::json::JsonSerializer;

/// The arguments of a call: a tuple of up to 16 values that serialize, `()` for none.
///
/// A single argument is a tuple too: `(value,)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of arguments",
    label = "not a tuple of arguments",
    note = "arguments are a tuple: `()` for none, `(value,)` for one, `(first, second)` for two, up to 16",
    note = "each of them implements `serde::Serialize`"
)]
pub trait Arguments {
    /// Writes the values in order.
    #[doc(hidden)]
    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError>;
}

#[diagnostic::do_not_recommend]
impl<A: Arguments + ?Sized> Arguments for &A {
    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        (**self).write(out)
    }
}

/// Takes the values of a tuple of arguments, whatever the protocol.
#[doc(hidden)]
#[derive(Debug)]
pub struct ArgumentWriter<'s, 'o> {
    serializer: &'s mut JsonSerializer<'o>,
    first: bool,
}

impl<'s, 'o> ArgumentWriter<'s, 'o> {
    pub(super) fn json(serializer: &'s mut JsonSerializer<'o>) -> Self {
        Self { serializer, first: true }
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        self.serializer.separate(&mut self.first);
        value.serialize(&mut *self.serializer)
    }
}

macro_rules! arguments {
    ($($name:ident)*) => {
        impl<$($name: Serialize),*> Arguments for ($($name,)*) {
            #[allow(non_snake_case, unused_variables, reason = "the type's name is the value's, and `()` writes nothing")]
            fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
                let ($($name,)*) = self;
                $(out.value($name)?;)*
                Ok(())
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
