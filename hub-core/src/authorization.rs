//! Who may call a method (section 10.2).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use crate::dispatch::catch;
use crate::filter::InvocationContext;
use crate::user::User;

/// What a hub asks of who connects to it, or a hub method of its caller: what `#[hub(authorize…)]` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Somebody has signed in.
    Authenticated,
    /// The user has one of these roles; names are compared exactly (U-24).
    Roles(&'static [&'static str]),
    /// The policy of this name admits the user.
    Policy(&'static str),
}

type Policy = dyn Fn(&PolicyContext<'_>) -> bool + Send + Sync;

/// What a policy decides by.
#[derive(Clone, Copy)]
pub struct PolicyContext<'a> {
    user: &'a User,
    request: &'a Parts,
    call: Option<&'a InvocationContext>,
}

impl<'a> PolicyContext<'a> {
    pub(crate) fn of_request(user: &'a User, request: &'a Parts) -> Self {
        Self { user, request, call: None }
    }

    pub(crate) fn of_call(call: &'a InvocationContext) -> Self {
        Self { user: call.hub().user(), request: call.hub().request(), call: Some(call) }
    }

    /// The user who connects or calls.
    pub fn user(&self) -> &'a User {
        self.user
    }

    /// The HTTP request that connects or has connected.
    pub fn request(&self) -> &'a Parts {
        self.request
    }

    /// The call, where a method asks; `None` where the hub asks of a request.
    pub fn call(&self) -> Option<&'a InvocationContext> {
        self.call
    }
}

impl fmt::Debug for PolicyContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyContext").field("user", &self.user.id()).field("call", &self.call).finish_non_exhaustive()
    }
}

/// The policies of a hub by their names.
#[derive(Default)]
pub(crate) struct Policies(HashMap<String, Arc<Policy>>);

impl Policies {
    pub(crate) fn insert(&mut self, name: String, policy: impl Fn(&PolicyContext<'_>) -> bool + Send + Sync + 'static) {
        self.0.insert(name, Arc::new(policy));
    }

    /// The rules that check requirements, none if there are none; the name of a policy that is not there.
    pub(crate) fn rules(&self, requirements: &[Requirement]) -> Result<Option<Arc<[Rule]>>, &'static str> {
        if requirements.is_empty() {
            return Ok(None);
        }
        requirements.iter().map(|requirement| self.rule(*requirement)).collect::<Result<_, _>>().map(Some)
    }

    fn rule(&self, requirement: Requirement) -> Result<Rule, &'static str> {
        Ok(match requirement {
            Requirement::Authenticated => Rule::Authenticated,
            Requirement::Roles(roles) => Rule::Roles(roles),
            Requirement::Policy(name) => Rule::Policy(Arc::clone(self.0.get(name).ok_or(name)?)),
        })
    }
}

/// A requirement that can be checked.
#[derive(Clone)]
pub(crate) enum Rule {
    Authenticated,
    Roles(&'static [&'static str]),
    Policy(Arc<Policy>),
}

impl Rule {
    /// Whether what is asked holds. A policy that panics admits nobody.
    pub(crate) fn admits(&self, context: &PolicyContext<'_>) -> bool {
        let user = context.user;
        match self {
            Self::Authenticated => user.is_authenticated(),
            Self::Roles(roles) => roles.iter().any(|role| user.has_role(role)),
            Self::Policy(policy) => catch(|| policy(context)).unwrap_or_else(|panic| {
                tracing::error!(error = %panic, "policy failed");
                false
            }),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authenticated => f.write_str("Authenticated"),
            Self::Roles(roles) => f.debug_tuple("Roles").field(roles).finish(),
            Self::Policy(_) => f.debug_tuple("Policy").finish_non_exhaustive(),
        }
    }
}
