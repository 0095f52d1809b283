//! Who may call a method (section 10.2).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::dispatch::catch;
use crate::filter::InvocationContext;

/// What a hub method asks of its caller: what `#[hub(authorize…)]` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Somebody has signed in.
    Authenticated,
    /// The user has one of these roles; names are compared exactly (U-24).
    Roles(&'static [&'static str]),
    /// The policy of this name admits the call.
    Policy(&'static str),
}

type Policy = dyn Fn(&InvocationContext) -> bool + Send + Sync;

/// The policies of a hub by their names.
#[derive(Default)]
pub(crate) struct Policies(HashMap<String, Arc<Policy>>);

impl Policies {
    pub(crate) fn insert(&mut self, name: String, policy: impl Fn(&InvocationContext) -> bool + Send + Sync + 'static) {
        self.0.insert(name, Arc::new(policy));
    }

    /// The rule that checks a requirement; the policy's name if there is none of it.
    pub(crate) fn rule(&self, requirement: Requirement) -> Result<Rule, &'static str> {
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
    /// Whether the call may be made. A policy that panics admits nobody.
    pub(crate) fn admits(&self, call: &InvocationContext) -> bool {
        let user = call.hub().user();
        match self {
            Self::Authenticated => user.is_authenticated(),
            Self::Roles(roles) => roles.iter().any(|role| user.has_role(role)),
            Self::Policy(policy) => catch(|| policy(call)).unwrap_or_else(|panic| {
                tracing::error!(target = call.target(), error = %panic, "policy failed");
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
