//! The test authentication: a token names its user.

use std::time::{Duration, SystemTime};

use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use hub_server::User;

/// A layer that signs in who sends a token, in the header or in the query.
pub(super) async fn sign_in(mut request: Request, next: Next) -> Response {
    if let Some(token) = bearer_token(&request).or_else(|| query_token(&request)) {
        request.extensions_mut().insert(user(&token, SystemTime::now()));
    }
    next.run(request).await
}

fn bearer_token(request: &Request) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    header.strip_prefix("Bearer ").map(str::to_owned)
}

fn query_token(request: &Request) -> Option<String> {
    let query = request.uri().query()?;
    let token = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "access_token")?;
    Some(token.1.into_owned())
}

/// The user of a token `name`, `name:role1,role2` or `name:role1,role2:SECONDS`.
fn user(token: &str, now: SystemTime) -> User {
    let mut parts = token.split(':');
    let name = parts.next().unwrap_or_default();
    let roles = parts.next().unwrap_or_default().split(',').filter(|role| !role.is_empty());
    let user = roles.fold(User::new(name).with_name(name), User::with_role);
    match parts.next().and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => user.with_expiry(now + Duration::from_secs(seconds)),
        None => user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_up_to_three_parts() {
        let now = SystemTime::UNIX_EPOCH;
        let alice = || User::new("alice").with_name("alice");
        assert_eq!(user("alice", now), alice());
        assert_eq!(user("alice:admin,staff", now), alice().with_role("admin").with_role("staff"));
        assert_eq!(user("alice::5", now), alice().with_expiry(now + Duration::from_secs(5)));
    }
}
