//! MessagePack's extension types.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The name by which serializers can tell an extension from the pair in it. That of `rmp_serde`, so that what is made
/// for it works here, and the other way round.
pub(super) const NEWTYPE: &str = "_ExtStruct";

/// A MessagePack extension: bytes, and a code that says what they are.
///
/// Clients register how they read and write a code, such as the JavaScript client with an `ExtensionCodec`. It can be
/// an argument, a result, an item of a stream, or any part of one. A type with a code of its own serializes as an
/// extension:
///
/// ```
/// use hub_core::MessagePackExtension;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// #[serde(into = "MessagePackExtension", try_from = "MessagePackExtension")]
/// struct Color([u8; 3]);
///
/// impl From<Color> for MessagePackExtension {
///     fn from(Color(rgb): Color) -> Self {
///         Self::new(1, rgb.to_vec())
///     }
/// }
///
/// impl TryFrom<MessagePackExtension> for Color {
///     type Error = &'static str;
///
///     fn try_from(extension: MessagePackExtension) -> Result<Self, Self::Error> {
///         match (extension.code, <[u8; 3]>::try_from(&*extension.data)) {
///             (1, Ok(rgb)) => Ok(Self(rgb)),
///             _ => Err("not a color"),
///         }
///     }
/// }
/// ```
///
/// JSON has no extensions, and ASP.NET Core cannot write them there. Here it is an array of the code and the bytes as
/// base64, `[1,"/4AA"]`, both ways. So it is for any serializer of serde's that does not know extensions: a newtype
/// struct of the name `_ExtStruct` around a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Parts", into = "Parts")]
pub struct MessagePackExtension {
    /// What the data is. Codes from 0 are the program's own, those below 0 are MessagePack's: -1 is a timestamp, which
    /// [`DateTime`](crate::DateTime) reads and writes (M-52).
    pub code: i8,
    /// The value, encoded as the code wants it; in MessagePack up to 4 GiB.
    pub data: Bytes,
}

impl MessagePackExtension {
    /// An extension with this code and this data.
    pub fn new(code: i8, data: impl Into<Bytes>) -> Self {
        Self { code, data: data.into() }
    }
}

/// An extension in serde's data model.
#[derive(Serialize, Deserialize)]
#[serde(rename = "_ExtStruct", expecting = "a MessagePack extension")]
struct Parts((i8, Bytes));

impl From<MessagePackExtension> for Parts {
    fn from(MessagePackExtension { code, data }: MessagePackExtension) -> Self {
        Self((code, data))
    }
}

impl From<Parts> for MessagePackExtension {
    fn from(Parts((code, data)): Parts) -> Self {
        Self { code, data }
    }
}
