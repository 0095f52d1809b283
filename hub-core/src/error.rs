//! What goes wrong in a hub, and what of it a client may read.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// An error of a hub method.
///
/// [`HubError::new`] makes the one whose text the caller reads (SignalR's `HubException`). Every other error converts
/// into a `HubError` through `?`; its text stays on the server and in its log, unless detailed errors are on (D-20).
///
/// ```
/// use hub_core::HubError;
///
/// fn withdraw(amount: u32) -> Result<u32, HubError> {
///     let text = std::fs::read_to_string("balance")?; // masked: the caller learns only that something failed
///     let balance: u32 = text.trim().parse()?;
///     balance.checked_sub(amount).ok_or_else(|| HubError::new("There is not enough money.")) // read by the caller
/// }
/// assert!(!withdraw(1).unwrap_err().is_visible());
/// ```
pub struct HubError {
    kind: Cow<'static, str>,
    text: String,
    visible: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// What the caller reads of a call that was refused.
    refusal: Option<Box<str>>,
}

impl HubError {
    /// An error whose text the caller reads.
    pub fn new(text: impl Into<String>) -> Self {
        Self { kind: Cow::Borrowed("HubException"), text: text.into(), visible: true, source: None, refusal: None }
    }

    /// The name of the error's type, which detailed errors show: `HubException`, or the last segment of the path of
    /// the type that was converted.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The text of the error.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether clients may read the text without detailed errors.
    pub fn is_visible(&self) -> bool {
        self.visible
    }

    /// An error that clients do not see, with the name SignalR gives it.
    pub(crate) fn masked(kind: &'static str, text: impl Into<String>) -> Self {
        Self { kind: Cow::Borrowed(kind), text: text.into(), visible: false, source: None, refusal: None }
    }

    /// The same error as the reason why a call is refused, of which the caller reads this.
    pub(crate) fn refusing(mut self, text: String) -> Self {
        self.refusal = Some(text.into());
        self
    }

    /// What the caller reads of a call that was refused for this; `None` for an error of another kind.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// `text`, and what of this error the client may know (D-20).
    pub(crate) fn explain(&self, text: &str, detailed: bool) -> String {
        if detailed || self.visible { format!("{text} {}: {}", self.kind, self.text) } else { text.to_owned() }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HubError {
    fn from(error: E) -> Self {
        Self {
            kind: Cow::Borrowed(type_name::<E>()),
            text: error.to_string(),
            visible: false,
            source: Some(Box::new(error)),
            refusal: None,
        }
    }
}

/// The last path segment of a type's name, without generic arguments.
fn type_name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    let path = path.split_once('<').map_or(path, |(head, _)| head);
    path.rsplit("::").next().unwrap_or(path)
}

impl From<HubError> for Box<dyn Error + Send + Sync> {
    fn from(error: HubError) -> Self {
        Box::new(Reported(error))
    }
}

impl From<HubError> for Box<dyn Error> {
    fn from(error: HubError) -> Self {
        Box::new(Reported(error))
    }
}

/// A [`HubError`] where the standard trait is asked for: `HubError` itself cannot implement it, because every error
/// converts into one.
#[derive(Debug)]
struct Reported(HubError);

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Reported {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubError").field("kind", &self.kind).field("text", &self.text).finish_non_exhaustive()
    }
}

/// Why a connection ended, where it did not end in order: what `on_disconnected` is told (D-116).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisconnectError {
    kind: Cow<'static, str>,
    text: String,
    visible: bool,
}

impl DisconnectError {
    pub(crate) fn new(kind: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { kind: kind.into(), text: text.into(), visible: false }
    }

    /// The name of the error's type, as detailed errors show it.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The text of the error.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `text`, and what of this error the client may know (D-20).
    pub(crate) fn explain(&self, text: &str, detailed: bool) -> String {
        if detailed || self.visible { format!("{text} {}: {}", self.kind, self.text) } else { text.to_owned() }
    }
}

impl From<HubError> for DisconnectError {
    fn from(error: HubError) -> Self {
        Self { kind: error.kind, text: error.text, visible: error.visible }
    }
}

impl fmt::Display for DisconnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for DisconnectError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails() -> Result<(), HubError> {
        Err(std::io::Error::other("disk"))?;
        Ok(())
    }

    #[test]
    fn other_errors_are_masked_and_named_by_their_type() {
        let error = fails().unwrap_err();
        assert_eq!(error.explain("No.", false), "No.");
        assert_eq!(error.explain("No.", true), "No. Error: disk");
    }

    #[test]
    fn a_hub_error_is_read_by_the_caller() {
        assert_eq!(HubError::new("sorry").explain("No.", false), "No. HubException: sorry");
        assert_eq!(HubError::new("").explain("No.", false), "No. HubException: ");
    }

    #[test]
    fn a_hub_error_can_be_boxed_as_a_standard_error() {
        let boxed: Box<dyn Error + Send + Sync> = HubError::new("sorry").into();
        assert_eq!(boxed.to_string(), "sorry");
    }
}
