//! The table of a hub's methods.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::bind::{BindError, Call, Source};
use super::gate::Gate;
use super::panics::catch;
use super::prepared::{Admission, CallStreams, Prepared};
use super::reply::{Recipient, StreamCall};
use super::tag::MethodKind;
use super::{Bound, HubDispatch, fold};
use crate::authorization::{Policies, Requirement, Rule};
use crate::connection::{Connection, Slot};
use crate::error::HubError;
use crate::protocol::{Invocation, ProtocolError, RawArguments};

type Bind<H> = fn(&mut Call<'_, H>) -> Result<Bound, BindError>;

/// The methods of a hub by the names clients call them (D-5).
pub struct Methods<H> {
    list: Vec<Method<H>>,
    by_name: HashTable<usize>,
    hashing: DefaultHashBuilder,
}

/// A method of a hub.
pub struct Method<H> {
    name: &'static str,
    kind: MethodKind,
    parameters: Parameters,
    requirements: Vec<Requirement>,
    /// What the requirements come to, with the policies of the hub's server.
    rules: Option<Arc<[Rule]>>,
    bind: Bind<H>,
}

/// How much a client sends for a method.
#[derive(Clone, Copy)]
struct Parameters {
    /// How many arguments it must send.
    arguments: usize,
    /// How many more it may send.
    optional: usize,
    uploads: usize,
}

impl<H: HubDispatch> Methods<H> {
    /// The table of hub `H`.
    ///
    /// # Panics
    ///
    /// If a method asks for a policy that is not there.
    #[track_caller]
    pub(crate) fn of_hub(policies: &Policies) -> Self {
        let mut methods = Self { list: Vec::new(), by_name: HashTable::new(), hashing: DefaultHashBuilder::default() };
        H::methods(&mut methods);
        let missing: Vec<String> =
            methods.list.iter_mut().filter_map(|method| method.resolve(policies).err()).collect();
        assert!(
            missing.is_empty(),
            "hub `{}` asks for policies that its builder was not given: {}",
            H::NAME,
            missing.join(", ")
        );
        methods
    }

    /// Adds a method of this kind whose parameters come from these sources.
    ///
    /// # Panics
    ///
    /// If there is a method of this name already, in whatever case (D-3): the attribute does not let that compile.
    pub fn add(&mut self, name: &'static str, kind: MethodKind, sources: &[Source], bind: Bind<H>) -> &mut Method<H> {
        assert!(self.find(name).is_none(), "two methods of hub `{}` are called `{name}` by clients", H::NAME);
        let Self { list, by_name, hashing } = self;
        let index = list.len();
        let parameters = Parameters::of(sources);
        list.push(Method { name, kind, parameters, requirements: Vec::new(), rules: None, bind });
        by_name.insert_unique(fold::hash(hashing, name), index, |&index| fold::hash(hashing, list[index].name));
        &mut list[index]
    }

    /// Prepares the call that a message asks for, in SignalR's order of checks (6.2): `asked` is what kind of method the
    /// message calls.
    pub(crate) fn prepare(
        &self,
        hub: &Arc<H>,
        connection: &Arc<Connection>,
        invocation: Invocation<'_>,
        asked: MethodKind,
    ) -> Result<Prepared, ProtocolError> {
        let opens = streams_of(&invocation, asked);
        let Invocation { id, target, target_was_escaped, arguments, stream_ids, flaw, .. } = invocation;
        let id = id.filter(|id| !id.is_empty());
        let Some(method) = self.find(&target) else {
            let text = failed_to_invoke(&target);
            let (connection, id) = (Arc::clone(connection), id.as_deref().map(Box::from));
            let to = Recipient { connection, id, target: target.into_owned().into(), gate: None };
            let error = answered(HubError::new("Method does not exist."), &text, false);
            return Ok(Prepared::refused(Admission::new(to, None, asked), opens, error));
        };
        // The declared spelling, but for a target that had to be unescaped (D-6).
        let target = if target_was_escaped { target.into_owned().into() } else { Cow::Borrowed(method.name) };
        let uploads_sent = stream_ids.len();
        let mut call = Call {
            hub,
            connection,
            arguments,
            id,
            target,
            stream_ids: stream_ids.into_iter(),
            uploads: Vec::new(),
            stream: method.stream_call(connection),
            slot: Slot::default(),
            gate: (!connection.core().filters().is_empty()).then(Gate::default),
        };
        let cancellation = call.stream.as_ref().map(|stream| stream.cancellation.clone());
        let admission = |call: &Call<'_, H>| Admission::new(call.recipient(), Some(method.name), asked);
        let run = match method.bind(&mut call) {
            Ok(Bound(run)) => run,
            Err(error) => return Ok(Prepared::refused(admission(&call), opens, error)),
        };
        if let Some(flaw) = flaw {
            return Err(flaw);
        }
        if asked == MethodKind::Stream && call.id.is_none() {
            return Err(ProtocolError::missing_property("invocationId"));
        }
        let mismatch = method.mismatch(&call.target, asked, uploads_sent);
        let admission = (mismatch.is_some() || method.rules.is_some() || call.gate.is_some())
            .then(|| Box::new(admission(&call).with(method.rules.clone(), mismatch)));
        let Call { id, uploads, slot, .. } = call;
        let streams = (opens > 0 || cancellation.is_some() || !uploads.is_empty()).then(|| {
            let download = cancellation.zip(id).map(|(token, id)| (id.into_owned(), token));
            Box::new(CallStreams { count: opens, uploads, download })
        });
        let needs_slot = asked == MethodKind::Value && method.parameters.uploads == 0;
        Ok(Prepared { run, needs_slot, slot, streams, admission })
    }

    fn find(&self, name: &str) -> Option<&Method<H>> {
        let hash = fold::hash(&self.hashing, name);
        let index = self.by_name.find(hash, |&index| fold::eq(self.list[index].name, name))?;
        self.list.get(*index)
    }
}

impl Parameters {
    fn of(sources: &[Source]) -> Self {
        let mut parameters = Self { arguments: 0, optional: 0, uploads: 0 };
        for source in sources {
            match source {
                Source::Connection => {}
                Source::Arguments(count) => parameters.arguments += count,
                Source::Optional => parameters.optional += 1,
                Source::Upload => parameters.uploads += 1,
            }
        }
        parameters
    }

    /// In MessagePack the number of arguments is checked before the first of them is read (M-41).
    fn check_leading_count(self, arguments: &RawArguments<'_>) -> Result<(), BindError> {
        match arguments.leading_count() {
            None => Ok(()),
            Some(Ok(provided)) if (self.arguments..=self.arguments + self.optional).contains(&provided) => Ok(()),
            Some(Ok(_)) => Err(BindError::Count),
            Some(Err(_)) => Err(BindError::NoArray),
        }
    }
}

impl<H> Method<H> {
    /// Asks these of everybody who calls the method, all of them (U-20).
    pub fn authorize(&mut self, requirements: &[Requirement]) -> &mut Self {
        self.requirements.extend_from_slice(requirements);
        self
    }

    /// Finds the policies that the method asks for.
    fn resolve(&mut self, policies: &Policies) -> Result<(), String> {
        let rules = policies.rules(&self.requirements);
        self.rules = rules.map_err(|policy| format!("`{policy}` for `{}`", self.name))?;
        Ok(())
    }

    /// Binds the parameters, or says why the call is refused. Arguments are read by the program's own code, which may panic.
    fn bind(&self, call: &mut Call<'_, H>) -> Result<Bound, HubError> {
        match catch(|| self.parameters.check_leading_count(&call.arguments).and_then(|()| (self.bind)(call))) {
            Ok(Ok(bound)) => Ok(bound),
            Ok(Err(error)) => Err(self.explain(error, call)),
            Err(panic) => Err(answered(panic, &failed_to_invoke(&call.target), is_detailed(call.connection))),
        }
    }

    fn stream_call(&self, connection: &Connection) -> Option<StreamCall> {
        let cancellation = || connection.aborted().child();
        (self.kind == MethodKind::Stream).then(|| StreamCall { cancellation: cancellation(), is_observed: false })
    }

    /// The refusal of a call whose parameters cannot be bound (D-22, D-27).
    fn explain(&self, error: BindError, call: &Call<'_, H>) -> HubError {
        let (connection, target, provided) = (call.connection, &*call.target, call.arguments.count());
        let text = match error {
            BindError::Count => {
                let expected = self.expected();
                format!("Invocation provides {provided} argument(s) but target expects {expected}.")
            }
            BindError::NoArray => "Reading array length for 'arguments' failed.".to_owned(),
            BindError::Type => "Error binding arguments. Make sure that the types of the provided values match the \
                                types of the hub method being invoked."
                .to_owned(),
            BindError::Failed(error) => {
                tracing::warn!(hub = connection.core().name(), target, kind = error.kind(), %error, "call not bound");
                return answered(error, &failed_invoking(target), is_detailed(connection));
            }
        };
        answered(HubError::masked("InvalidDataException", text), &failed_to_invoke(target), is_detailed(connection))
    }

    /// How many arguments there may be.
    fn expected(&self) -> String {
        let Parameters { arguments, optional, .. } = self.parameters;
        if optional == 0 { arguments.to_string() } else { format!("{arguments} to {}", arguments + optional) }
    }

    /// What to say to a call that asks for another kind of method, or brings another number of streams (D-24 to D-26).
    fn mismatch(&self, target: &str, asked: MethodKind, streams: usize) -> Option<HubError> {
        let text = match (self.kind, asked) {
            (MethodKind::Stream, MethodKind::Value) => {
                format!(
                    "The client attempted to invoke the streaming '{target}' method with a non-streaming invocation."
                )
            }
            (MethodKind::Value, MethodKind::Stream) => {
                format!(
                    "The client attempted to invoke the non-streaming '{target}' method with a streaming invocation."
                )
            }
            _ if streams != self.parameters.uploads => {
                let uploads = self.parameters.uploads;
                let error = HubError::new(format!("Client sent {streams} stream(s), Hub method expects {uploads}."));
                return Some(answered(error, &failed_invoking(target), false));
            }
            _ => return None,
        };
        Some(HubError::new(text.clone()).refusing(text))
    }
}

/// How many streams a call opens, whatever becomes of it.
pub(crate) fn streams_of(invocation: &Invocation<'_>, asked: MethodKind) -> usize {
    usize::from(asked == MethodKind::Stream) + invocation.stream_ids.len()
}

fn failed_to_invoke(target: &str) -> String {
    format!("Failed to invoke '{target}' due to an error on the server.")
}

fn failed_invoking(target: &str) -> String {
    format!("An unexpected error occurred invoking '{target}' on the server.")
}

fn is_detailed(connection: &Connection) -> bool {
    connection.core().options().enable_detailed_errors
}

/// The error as a refusal, with this text and what else the caller may know.
fn answered(error: HubError, text: &str, detailed: bool) -> HubError {
    let text = error.explain(text, detailed);
    error.refusing(text)
}

impl<H> fmt::Debug for Methods<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.list.iter().map(|method| method.name)).finish()
    }
}

impl<H> fmt::Debug for Method<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Method")
            .field("name", &self.name)
            .field("requirements", &self.requirements)
            .finish_non_exhaustive()
    }
}
