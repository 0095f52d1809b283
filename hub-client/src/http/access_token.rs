//! The token by which a client says who it is (section 10 of the behaviour sheet).

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use futures_core::future::BoxFuture;

use crate::transport::{ConnectError, TransportError};

/// What an access token provider may give: a token, perhaps none, perhaps an error. An empty token is none.
pub trait IntoAccessToken {
    /// The token, if there is one.
    ///
    /// # Errors
    ///
    /// If the provider could not say.
    fn into_access_token(self) -> Result<Option<String>, Box<dyn Error + Send + Sync>>;
}

impl IntoAccessToken for String {
    fn into_access_token(self) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
        Ok(Some(self))
    }
}

impl IntoAccessToken for &str {
    fn into_access_token(self) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
        Ok(Some(self.to_owned()))
    }
}

impl<T: IntoAccessToken> IntoAccessToken for Option<T> {
    fn into_access_token(self) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
        self.map_or(Ok(None), T::into_access_token)
    }
}

impl<T: IntoAccessToken, E: Into<Box<dyn Error + Send + Sync>>> IntoAccessToken for Result<T, E> {
    fn into_access_token(self) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
        self.map_err(Into::into)?.into_access_token()
    }
}

/// Asks for a token.
pub(super) type AccessTokenProvider =
    Arc<dyn Fn() -> BoxFuture<'static, Result<Option<String>, Box<dyn Error + Send + Sync>>> + Send + Sync>;

/// The tokens of one start: where they come from, and the latest one.
#[derive(Clone)]
pub(super) struct AccessTokens {
    provider: Option<AccessTokenProvider>,
    latest: Arc<Mutex<Option<String>>>,
}

impl AccessTokens {
    pub(super) fn new(provider: Option<AccessTokenProvider>) -> Self {
        Self { provider, latest: Arc::default() }
    }

    /// From now on it is always this one (N-26).
    pub(super) fn fixed(token: String) -> Self {
        Self::new(Some(Arc::new(move || {
            let token = token.clone();
            Box::pin(async move { Ok(Some(token)) })
        })))
    }

    /// The latest token, if there is one.
    pub(super) fn latest(&self) -> Option<String> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the provider anew; `None` if there is no provider, or none but an empty token.
    pub(super) async fn fresh(&self) -> Result<Option<String>, ConnectError> {
        let Some(provider) = &self.provider else { return Ok(None) };
        let token = provider().await.map_err(failed)?.filter(|token| !token.is_empty());
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&token);
        Ok(token)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands on")]
fn failed(error: Box<dyn Error + Send + Sync>) -> ConnectError {
    ConnectError::AccessToken(TransportError::new(format!("The access token provider has failed: {error}")))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_provider_may_give_a_token_or_none_or_an_error() {
        assert_eq!("a".into_access_token().unwrap().as_deref(), Some("a"));
        assert_eq!(Some("a".to_owned()).into_access_token().unwrap().as_deref(), Some("a"));
        assert_eq!(Ok::<_, io::Error>(None::<String>).into_access_token().unwrap(), None);
        assert!(Err::<String, _>("offline").into_access_token().is_err());
    }

    #[tokio::test]
    async fn the_latest_token_is_kept_until_a_fresh_one_is_asked_for() {
        let calls = Arc::new(AtomicUsize::new(0));
        let tokens = AccessTokens::new(Some(Arc::new(move || {
            let number = calls.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { Ok(Some(format!("token {number}"))) })
        })));
        assert_eq!(tokens.latest(), None);
        assert_eq!(tokens.fresh().await.unwrap().as_deref(), Some("token 0"));
        assert_eq!(tokens.latest().as_deref(), Some("token 0"));
        assert_eq!(tokens.fresh().await.unwrap().as_deref(), Some("token 1"));
    }
}
