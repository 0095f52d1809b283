//! The test authentication: a token names its user.

use std::time::{Duration, SystemTime};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hub_server::{User, bearer_token};

/// A layer that signs in who sends a token, in the header or in the query.
pub(super) async fn sign_in(request: Request, next: Next) -> Response {
    let (mut request, body) = request.into_parts();
    if let Some(token) = bearer_token(&request) {
        request.extensions.insert(user(&token, SystemTime::now()));
    }
    next.run(Request::from_parts(request, body)).await
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
