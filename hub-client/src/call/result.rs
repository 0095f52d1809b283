//! What a hub method answers.

use serde::de::DeserializeOwned;

/// What a hub method may answer, by a value or by the items of a stream: a type that is `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hub method",
    label = "this type does not implement `serde::Deserialize`, or borrows what it is read from",
    note = "derive `serde::Deserialize` for `{Self}`, or ask for a type that has it; `()` for a method that returns nothing"
)]
pub trait HubResult: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> HubResult for T {}
