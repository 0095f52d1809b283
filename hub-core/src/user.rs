//! Who is connected.

use std::time::SystemTime;

/// The user of a connection: what the program's own authentication found out about the request that connected.
///
/// An axum layer puts a `User` into the request's extensions, or an option of the endpoint makes it from the request.
/// Without either the connection is anonymous.
///
/// ```
/// use hub_core::User;
///
/// let user = User::new("42").with_name("Ada").with_role("admin");
/// assert_eq!(user.id(), Some("42"));
/// assert!(user.has_role("admin") && !user.has_role("Admin"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    id: Option<String>,
    name: Option<String>,
    authenticated: bool,
    roles: Vec<String>,
    claims: Vec<(String, String)>,
    expires: Option<SystemTime>,
}

impl User {
    /// A signed-in user with this identifier, by which `clients().user(…)` reaches it.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), authenticated: true, ..Self::default() }
    }

    /// Somebody who did not sign in.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The same user with a name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same user in one more role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// The same user with one more claim.
    #[must_use]
    pub fn with_claim(mut self, kind: impl Into<String>, value: impl Into<String>) -> Self {
        self.claims.push((kind.into(), value.into()));
        self
    }

    /// The same user, signed in until `time`.
    #[must_use]
    pub fn with_expiry(mut self, time: SystemTime) -> Self {
        self.expires = Some(time);
        self
    }

    /// The identifier; `None` for an anonymous user.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether the user has signed in.
    pub fn is_authenticated(&self) -> bool {
        self.authenticated
    }

    /// The roles, in the order they were given.
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Whether the user has a role of exactly this name (U-24).
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }

    /// The first claim of this type.
    pub fn claim(&self, kind: &str) -> Option<&str> {
        self.claims.iter().find(|(own, _)| own == kind).map(|(_, value)| value.as_str())
    }

    /// All claims, in the order they were given.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &str)> {
        self.claims.iter().map(|(kind, value)| (kind.as_str(), value.as_str()))
    }

    /// When the sign-in ends.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}
