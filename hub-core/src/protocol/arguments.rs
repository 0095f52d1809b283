//! The arguments of a call: tuples.

use serde::Serialize;

use super::error::PayloadError;
use super::json::JsonSerializer;
use super::message_pack::Container;

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
    /// How many there are.
    #[doc(hidden)]
    fn count(&self) -> usize;

    /// Writes the values in order.
    #[doc(hidden)]
    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError>;
}

#[diagnostic::do_not_recommend]
impl<A: Arguments + ?Sized> Arguments for &A {
    fn count(&self) -> usize {
        (**self).count()
    }

    fn write(&self, out: &mut ArgumentWriter<'_, '_>) -> Result<(), PayloadError> {
        (**self).write(out)
    }
}

/// Takes the values of a tuple of arguments, whatever the protocol.
#[doc(hidden)]
#[derive(Debug)]
pub struct ArgumentWriter<'s, 'o>(Destination<'s, 'o>);

#[derive(Debug)]
enum Destination<'s, 'o> {
    Json { serializer: &'s mut JsonSerializer<'o>, first: bool },
    MessagePack(Container<'s, 'o>),
}

impl<'s, 'o> ArgumentWriter<'s, 'o> {
    pub(super) fn json(serializer: &'s mut JsonSerializer<'o>) -> Self {
        Self(Destination::Json { serializer, first: true })
    }

    pub(super) fn message_pack(array: Container<'s, 'o>) -> Self {
        Self(Destination::MessagePack(array))
    }

    /// Writes the next argument.
    pub fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PayloadError> {
        match &mut self.0 {
            Destination::Json { serializer, first } => {
                serializer.separate(first);
                value.serialize(&mut **serializer)
            }
            Destination::MessagePack(array) => array.element(value),
        }
    }
}

impl ArgumentWriter<'_, '_> {
    /// Writes arguments that are serialized already; at least one.
    pub(super) fn encoded(&mut self, arguments: &[u8], count: usize) {
        match &mut self.0 {
            Destination::Json { serializer, first } => {
                serializer.separate(first);
                serializer.encoded(arguments);
            }
            Destination::MessagePack(array) => array.encoded(arguments, count),
        }
    }
}

macro_rules! arguments {
    ($($name:ident)*) => {
        impl<$($name: Serialize),*> Arguments for ($($name,)*) {
            fn count(&self) -> usize {
                let names: &[&str] = &[$(stringify!($name)),*];
                names.len()
            }

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
