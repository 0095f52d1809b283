//! Who may use an endpoint (U-2).

use std::sync::Arc;

use axum::http::request::Parts;
use hub_core::User;

/// What a request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Granted,
    /// Nobody has signed in: 401.
    Unauthorized,
    /// Who has signed in may not: 403.
    Forbidden,
}

/// All of these have to be met.
#[derive(Clone, Default)]
pub(super) struct Requirements(Vec<Requirement>);

type Requirement = Arc<dyn Fn(&User, &Parts) -> bool + Send + Sync>;

impl Requirements {
    pub(super) fn add(&mut self, requirement: impl Fn(&User, &Parts) -> bool + Send + Sync + 'static) {
        self.0.push(Arc::new(requirement));
    }

    /// What a request of this user is allowed.
    pub(super) fn access(&self, user: &User, request: &Parts) -> Access {
        if self.0.iter().all(|requirement| requirement(user, request)) {
            Access::Granted
        } else if user.is_authenticated() {
            Access::Forbidden
        } else {
            Access::Unauthorized
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_requirements_have_to_be_met() {
        let request = axum::http::Request::new(()).into_parts().0;
        let mut requirements = Requirements::default();
        assert_eq!(requirements.access(&User::anonymous(), &request), Access::Granted);
        requirements.add(|user, _| user.is_authenticated());
        requirements.add(|user, _| user.has_role("admin"));
        assert_eq!(requirements.access(&User::anonymous(), &request), Access::Unauthorized);
        assert_eq!(requirements.access(&User::new("ada"), &request), Access::Forbidden);
        assert_eq!(requirements.access(&User::new("ada").with_role("admin"), &request), Access::Granted);
    }
}
