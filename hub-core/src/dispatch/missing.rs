//! What an argument is that the caller left out.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The value of a type for an argument that was not sent: `None` for an `Option`, and whatever else a type makes of
/// something that is absent.
pub(super) fn missing<T: DeserializeOwned>() -> Result<T, Error> {
    T::deserialize(Missing)
}

/// Answers that there is nothing where an option is asked for, and nothing else.
struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("the argument was not sent"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// An argument that callers may leave out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument that callers leave out",
    label = "not an argument a client can send",
    note = "`#[hub(optional)]` is for what the client sends: an owned type that is `serde::Deserialize`"
)]
pub trait OptionalArgument: DeserializeOwned + Send {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send> OptionalArgument for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wrapped(Option<u8>);

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(from = "Option<u8>")]
    struct Level(u8);

    impl From<Option<u8>> for Level {
        fn from(level: Option<u8>) -> Self {
            Self(level.unwrap_or(3))
        }
    }

    #[test]
    fn options_and_what_is_made_of_them_can_be_missing() {
        assert_eq!(missing::<Option<String>>().ok(), Some(None));
        assert_eq!(missing::<Wrapped>().ok(), Some(Wrapped(None)));
        assert_eq!(missing::<Level>().ok(), Some(Level(3)));
    }

    #[test]
    fn other_types_cannot_be_missing() {
        assert!(missing::<u8>().is_err() && missing::<String>().is_err());
        assert!(missing::<()>().is_err() && missing::<Vec<u8>>().is_err());
    }
}
