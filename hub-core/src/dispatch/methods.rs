//! The table of a hub's methods.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::bind::{BindError, Call};
use super::{Bound, HubDispatch, fold};
use crate::connection::Connection;
use crate::error::HubError;
use crate::protocol::{Invocation, ProtocolError, RawArguments};

type Bind<H> = fn(Call<'_, H>) -> Result<Bound, BindError>;

/// The methods of a hub by the names clients call them (D-5).
pub struct Methods<H> {
    list: Vec<Method<H>>,
    by_name: HashTable<usize>,
    hashing: DefaultHashBuilder,
}

struct Method<H> {
    name: &'static str,
    arguments: usize,
    bind: Bind<H>,
}

/// What comes of a message that asks for a call.
pub(crate) enum Step {
    /// A call to run when there is a slot for it.
    Call(Bound),
    /// A completion to send at once, or nothing for a call without an id.
    Refuse(Option<Vec<u8>>),
    /// The message breaks the protocol.
    End(ProtocolError),
}

impl<H: HubDispatch> Methods<H> {
    /// The table of hub `H`.
    pub(crate) fn of_hub() -> Self {
        let mut methods = Self { list: Vec::new(), by_name: HashTable::new(), hashing: DefaultHashBuilder::default() };
        H::methods(&mut methods);
        methods
    }

    /// Adds a method that takes `arguments` arguments from the client.
    ///
    /// # Panics
    ///
    /// If there is a method of this name already, in whatever case (D-3): the attribute does not let that compile.
    pub fn add(&mut self, name: &'static str, arguments: usize, bind: Bind<H>) {
        assert!(self.find(name).is_none(), "two methods of hub `{}` are called `{name}` by clients", H::NAME);
        let Self { list, by_name, hashing } = self;
        list.push(Method { name, arguments, bind });
        by_name
            .insert_unique(fold::hash(hashing, name), list.len() - 1, |&index| fold::hash(hashing, list[index].name));
    }

    /// Binds the call that a message asks for.
    pub(crate) fn invoke(&self, hub: &Arc<H>, connection: &Arc<Connection>, invocation: Invocation<'_>) -> Step {
        let streams = invocation.stream_ids.len();
        match self.bind(hub, connection, invocation) {
            Ok(bound) if streams == 0 => Step::Call(bound.call),
            Ok(bound) => bound.instead(connection, move |name| {
                let error = HubError::new(format!("Client sent {streams} stream(s), Hub method expects 0."));
                error.explain(&format!("An unexpected error occurred invoking '{name}' on the server."), false)
            }),
            Err(step) => step,
        }
    }

    /// Answers a message that asks for a stream: none of these methods streams (D-25).
    pub(crate) fn stream(&self, hub: &Arc<H>, connection: &Arc<Connection>, invocation: Invocation<'_>) -> Step {
        let has_id = invocation.id.as_deref().is_some_and(|id| !id.is_empty());
        match self.bind(hub, connection, invocation) {
            Ok(_) if !has_id => Step::End(ProtocolError::missing_property("invocationId")),
            Ok(bound) => Step::Refuse(bound.id.map(|id| {
                let name = &bound.name;
                let text = format!(
                    "The client attempted to invoke the non-streaming '{name}' method with a streaming invocation."
                );
                completion(connection, &id, &text)
            })),
            Err(step) => step,
        }
    }

    /// Binds the arguments to the method; fails with the completion that says why it cannot be (J-60), or with the end
    /// of the connection for what is wrong behind arguments that bind (M-43).
    fn bind<'a>(
        &self,
        hub: &Arc<H>,
        connection: &Arc<Connection>,
        invocation: Invocation<'a>,
    ) -> Result<BoundCall<'a>, Step> {
        let Invocation { id, target, target_was_escaped, arguments, flaw, .. } = invocation;
        let id = id.filter(|id| !id.is_empty());
        let Some(method) = self.find(&target) else {
            tracing::debug!(hub = H::NAME, connection = %connection.id(), target = &*target, "unknown method");
            let error = HubError::new("Method does not exist.");
            let text = error.explain(&failed_to_invoke(&target), false);
            return Err(Step::Refuse(id.map(|id| completion(connection, &id, &text))));
        };
        // The declared spelling, but for a target that had to be unescaped (D-6).
        let name: Cow<'static, str> = if target_was_escaped { target.into_owned().into() } else { method.name.into() };
        let provided = arguments.count();
        let kept_id = id.clone();
        let call = Call { hub, connection, arguments, id, target: name.clone() };
        match check_leading_count(&call.arguments, method.arguments).and_then(|()| (method.bind)(call)) {
            Ok(call) => flaw.map_or(Ok(BoundCall { call, id: kept_id, name }), |flaw| Err(Step::End(flaw))),
            Err(error) => {
                let error = explain(error, provided, method.arguments);
                let detailed = connection.core().options().enable_detailed_errors;
                let text = error.explain(&failed_to_invoke(&name), detailed);
                tracing::debug!(hub = H::NAME, connection = %connection.id(), target = &*name, %error, "call not bound");
                Err(Step::Refuse(kept_id.map(|id| completion(connection, &id, &text))))
            }
        }
    }

    fn find(&self, name: &str) -> Option<&Method<H>> {
        let hash = fold::hash(&self.hashing, name);
        let index = self.by_name.find(hash, |&index| fold::eq(self.list[index].name, name))?;
        self.list.get(*index)
    }
}

struct BoundCall<'a> {
    call: Bound,
    id: Option<Cow<'a, str>>,
    name: Cow<'static, str>,
}

impl BoundCall<'_> {
    /// A call that only answers with an error, when its turn comes.
    fn instead(self, connection: &Arc<Connection>, text: impl FnOnce(&str) -> String) -> Step {
        let message = self.id.map(|id| completion(connection, &id, &text(&self.name)));
        let connection = Arc::clone(connection);
        Step::Call(Box::pin(async move {
            if let Some(message) = message {
                std::future::poll_fn(|cx| connection.poll_send(cx, &message)).await;
            }
        }))
    }
}

fn failed_to_invoke(target: &str) -> String {
    format!("Failed to invoke '{target}' due to an error on the server.")
}

/// In MessagePack the number of arguments is checked before the first of them is read (M-41).
fn check_leading_count(arguments: &RawArguments<'_>, expected: usize) -> Result<(), BindError> {
    match arguments.leading_count() {
        None => Ok(()),
        Some(Ok(provided)) if provided == expected => Ok(()),
        Some(Ok(_)) => Err(BindError::Count),
        Some(Err(_)) => Err(BindError::NoArray),
    }
}

fn explain(error: BindError, provided: usize, expected: usize) -> HubError {
    let text = match error {
        BindError::NoArray => "Reading array length for 'arguments' failed.".to_owned(),
        BindError::Count => format!("Invocation provides {provided} argument(s) but target expects {expected}."),
        BindError::Type => "Error binding arguments. Make sure that the types of the provided values match the types \
                            of the hub method being invoked."
            .to_owned(),
    };
    HubError::masked("InvalidDataException", text)
}

fn completion(connection: &Connection, id: &str, error: &str) -> Vec<u8> {
    let mut message = Vec::new();
    connection.protocol().write_error(&mut message, id, error);
    message
}

impl<H> fmt::Debug for Methods<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.list.iter().map(|method| method.name)).finish()
    }
}
