//! Names of connections.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The public name of a connection: 22 characters of `[A-Za-z0-9_-]` (N-20).
///
/// It says who is meant and grants nothing. Clones share the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(Arc<str>);

impl ConnectionId {
    /// A new id of 16 random bytes.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness to give.
    pub fn random() -> Self {
        with_random_text(|text| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 16 bytes of the operating system's randomness as 22 characters that may stand in a URL (N-20).
///
/// # Panics
///
/// If the operating system has no randomness to give.
pub fn random_token() -> Arc<str> {
    with_random_text(|text| text.into())
}

fn with_random_text<T>(use_it: impl FnOnce(&str) -> T) -> T {
    let mut text = [0; 22];
    // 16 bytes make 22 characters, which are ASCII.
    let _ = URL_SAFE_NO_PAD.encode_slice(random_bytes(), &mut text);
    use_it(std::str::from_utf8(&text).unwrap_or_default())
}

/// How many tokens the operating system is asked for at a time.
const TOKENS_AT_A_TIME: usize = 16;

thread_local! {
    static RANDOM: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
}

/// Randomness that is used once.
fn random_bytes() -> [u8; 16] {
    RANDOM.with_borrow_mut(|random| {
        random.pop().unwrap_or_else(|| {
            let mut bytes = [[0; 16]; TOKENS_AT_A_TIME];
            getrandom::fill(bytes.as_flattened_mut()).expect("the operating system gives randomness");
            random.extend_from_slice(&bytes[1..]);
            bytes[0]
        })
    })
}

impl From<&str> for ConnectionId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for ConnectionId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl AsRef<str> for ConnectionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for ConnectionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl serde::Serialize for ConnectionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_22_characters_for_urls_and_differ() {
        let (a, b) = (ConnectionId::random(), ConnectionId::random());
        assert_ne!(a, b);
        assert_eq!(a.as_str().len(), 22);
        assert!(a.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
    }
}
