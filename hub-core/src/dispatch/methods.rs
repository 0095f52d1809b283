//! The table of a hub's methods.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::bind::{BindError, Call, Source};
use super::panics::catch;
use super::reply::StreamCall;
use super::tag::MethodKind;
use super::upload::Upload;
use super::{Bound, HubDispatch, fold};
use crate::cancellation::CancellationToken;
use crate::connection::{Connection, Slot};
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
    kind: MethodKind,
    arguments: usize,
    uploads: usize,
    bind: Bind<H>,
}

/// What comes of a message that asks for a call.
pub(crate) enum Step {
    /// A call to run.
    Call(Prepared),
    /// A completion to send at once, or nothing for a call without an id.
    Refuse(Option<Vec<u8>>),
    /// The message breaks the protocol.
    End(ProtocolError),
}

/// A call that is ready to run.
pub(crate) struct Prepared {
    pub(crate) run: BoxFuture<'static, ()>,
    /// Whether it waits for one of the connection's slots (D-81, D-85).
    pub(crate) needs_slot: bool,
    pub(crate) slot: Slot,
    /// The streams it takes, by the ids the client gave them.
    pub(crate) uploads: Vec<(String, Box<dyn Upload>)>,
    /// The id under which the client may cancel it, and what that cancels.
    pub(crate) stream: Option<(String, CancellationToken)>,
}

impl<H: HubDispatch> Methods<H> {
    /// The table of hub `H`.
    pub(crate) fn of_hub() -> Self {
        let mut methods = Self { list: Vec::new(), by_name: HashTable::new(), hashing: DefaultHashBuilder::default() };
        H::methods(&mut methods);
        methods
    }

    /// Adds a method of this kind whose parameters come from these sources.
    ///
    /// # Panics
    ///
    /// If there is a method of this name already, in whatever case (D-3): the attribute does not let that compile.
    pub fn add(&mut self, name: &'static str, kind: MethodKind, parameters: &[Source], bind: Bind<H>) {
        assert!(self.find(name).is_none(), "two methods of hub `{}` are called `{name}` by clients", H::NAME);
        let arguments =
            parameters.iter().map(|source| if let Source::Arguments(count) = source { *count } else { 0 }).sum();
        let uploads = parameters.iter().filter(|source| **source == Source::Upload).count();
        let Self { list, by_name, hashing } = self;
        list.push(Method { name, kind, arguments, uploads, bind });
        by_name
            .insert_unique(fold::hash(hashing, name), list.len() - 1, |&index| fold::hash(hashing, list[index].name));
    }

    /// Prepares the call that a message asks for, in SignalR's order of checks (6.2): `asked` is what kind of method the
    /// message calls.
    pub(crate) fn prepare(
        &self,
        hub: &Arc<H>,
        connection: &Arc<Connection>,
        invocation: Invocation<'_>,
        asked: MethodKind,
    ) -> Step {
        let Invocation { id, target, target_was_escaped, arguments, stream_ids, flaw, .. } = invocation;
        let id = id.filter(|id| !id.is_empty());
        let Some(method) = self.find(&target) else {
            tracing::debug!(hub = H::NAME, connection = %connection.id(), target = &*target, "unknown method");
            let error = HubError::new("Method does not exist.");
            return Step::Refuse(refusal(connection, id.as_deref(), &error.explain(&failed_to_invoke(&target), false)));
        };
        // The declared spelling, but for a target that had to be unescaped (D-6).
        let name: Cow<'static, str> = if target_was_escaped { target.into_owned().into() } else { method.name.into() };
        let (provided, streams) = (arguments.count(), stream_ids.len());
        let stream = (method.kind == MethodKind::Stream)
            .then(|| StreamCall { cancellation: connection.aborted().child(), is_observed: false });
        let stream_ids = stream_ids.into_iter();
        let (target, kept_id) = (name.clone(), id.clone());
        let call = Call {
            hub,
            connection,
            arguments,
            id,
            target,
            stream_ids,
            uploads: Vec::new(),
            stream,
            slot: Slot::default(),
        };
        // Arguments are read by the program's own code, which may panic.
        let bound = catch(|| {
            let bound = check_leading_count(&arguments, method.arguments).and_then(|()| (method.bind)(call));
            bound.map_err(|error| explain(error, provided, method.arguments))
        });
        let bound = match bound.and_then(|bound| bound) {
            Ok(bound) => bound,
            Err(error) => {
                let detailed = connection.core().options().enable_detailed_errors;
                tracing::debug!(hub = H::NAME, connection = %connection.id(), target = &*name, %error, "call not bound");
                let text = error.explain(&failed_to_invoke(&name), detailed);
                return Step::Refuse(refusal(connection, kept_id.as_deref(), &text));
            }
        };
        if let Some(flaw) = flaw {
            return Step::End(flaw);
        }
        if asked == MethodKind::Stream && kept_id.is_none() {
            return Step::End(ProtocolError::missing_property("invocationId"));
        }
        let needs_slot = asked == MethodKind::Value && method.uploads == 0;
        if let Some(text) = method.mismatch(&name, asked, streams) {
            return refuse_in_turn(connection, refusal(connection, kept_id.as_deref(), &text), needs_slot);
        }
        let Bound { run, slot, uploads, cancellation } = bound;
        let stream = cancellation.zip(kept_id).map(|(token, id)| (id.into_owned(), token));
        Step::Call(Prepared { run, needs_slot, slot, uploads, stream })
    }

    fn find(&self, name: &str) -> Option<&Method<H>> {
        let hash = fold::hash(&self.hashing, name);
        let index = self.by_name.find(hash, |&index| fold::eq(self.list[index].name, name))?;
        self.list.get(*index)
    }
}

impl<H> Method<H> {
    /// What to say to a call that asks for another kind of method, or brings another number of streams (D-24 to D-26).
    fn mismatch(&self, name: &str, asked: MethodKind, streams: usize) -> Option<String> {
        match (self.kind, asked) {
            (MethodKind::Stream, MethodKind::Value) => Some(format!(
                "The client attempted to invoke the streaming '{name}' method with a non-streaming invocation."
            )),
            (MethodKind::Value, MethodKind::Stream) => Some(format!(
                "The client attempted to invoke the non-streaming '{name}' method with a streaming invocation."
            )),
            _ if streams != self.uploads => {
                let uploads = self.uploads;
                let error = HubError::new(format!("Client sent {streams} stream(s), Hub method expects {uploads}."));
                Some(error.explain(&format!("An unexpected error occurred invoking '{name}' on the server."), false))
            }
            _ => None,
        }
    }
}

/// Answers with an error when the call's turn comes.
fn refuse_in_turn(connection: &Arc<Connection>, message: Option<Vec<u8>>, needs_slot: bool) -> Step {
    if !needs_slot {
        return Step::Refuse(message);
    }
    let connection = Arc::clone(connection);
    let run = Box::pin(async move {
        if let Some(message) = message {
            connection.send(&message).await;
        }
    });
    Step::Call(Prepared { run, needs_slot, slot: Slot::default(), uploads: Vec::new(), stream: None })
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

/// The completion that refuses a call; none for a call without an id.
fn refusal(connection: &Connection, id: Option<&str>, text: &str) -> Option<Vec<u8>> {
    let id = id?;
    let mut message = Vec::new();
    connection.protocol().write_error(&mut message, id, text);
    Some(message)
}

impl<H> fmt::Debug for Methods<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.list.iter().map(|method| method.name)).finish()
    }
}
