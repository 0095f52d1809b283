//! A call between its message and its method: it waits for a slot, is admitted, and goes through the filters.

use std::sync::Arc;

use futures_core::future::BoxFuture;

use super::reply::Recipient;
use super::tag::MethodKind;
use super::upload::Upload;
use crate::authorization::{PolicyContext, Rule};
use crate::cancellation::CancellationToken;
use crate::connection::{Connection, Origin, Slot};
use crate::error::HubError;
use crate::filter::InvocationContext;
use crate::hub::Hub;
use crate::protocol::Invocation;

/// A call that is ready to run once it has its slot.
pub(crate) struct Prepared {
    pub(crate) run: BoxFuture<'static, ()>,
    /// Whether it waits for one of the connection's slots (D-81, D-85).
    pub(crate) needs_slot: bool,
    pub(crate) slot: Slot,
    /// The streams it has open while it runs; most calls have none.
    pub(crate) streams: Option<Box<CallStreams>>,
    /// What decides whether it is made, and what is around it; most calls have neither.
    pub(super) admission: Option<Box<Admission>>,
}

/// The streams of a call.
#[derive(Default)]
pub(crate) struct CallStreams {
    /// How many there are, both ways.
    pub(crate) count: usize,
    /// Those it takes, by the ids the client gave them.
    pub(crate) uploads: Vec<(String, Box<dyn Upload>)>,
    /// The id under which the client may cancel it, and what that cancels.
    pub(crate) download: Option<(String, CancellationToken)>,
}

/// What a call is checked against when its turn comes (steps 4 to 8 of 6.2).
pub(super) struct Admission {
    to: Recipient,
    method: Option<&'static str>,
    asked: MethodKind,
    rules: Option<Arc<[Rule]>>,
    mismatch: Option<HubError>,
}

impl Prepared {
    /// A call that is refused whoever makes it, without waiting for a slot (D-85): unless there are filters, which may
    /// take their time, and of which a client must not be able to run any number.
    pub(super) fn refused(admission: Admission, opens: usize, error: HubError) -> Self {
        let needs_slot = admission.asked == MethodKind::Value && admission.has_filters();
        let streams = CallStreams::unnamed(opens);
        Self { run: admission.refuse(error), needs_slot, slot: Slot::default(), streams, admission: None }
    }

    /// A call that is refused with this text before anything else of it is looked at, and without filters: of those a
    /// client must not be able to run any number.
    pub(crate) fn refused_unseen(connection: &Arc<Connection>, invocation: Invocation<'_>, text: String) -> Self {
        let id = invocation.id.filter(|id| !id.is_empty()).map(Box::from);
        let (connection, target) = (Arc::clone(connection), invocation.target.into_owned().into());
        let to = Recipient { connection, id, target, gate: None };
        let error = HubError::new(text.clone()).refusing(text);
        let run = Box::pin(async move { to.fail(&error).await });
        Self { run, needs_slot: false, slot: Slot::default(), streams: None, admission: None }
    }

    /// Decides whether the call is made. What runs is then the method, or the answer that it is refused.
    pub(crate) fn admit(mut self) -> Self {
        let Some(mut admission) = self.admission.take() else { return self };
        let context = admission.context(Origin::Call(Arc::clone(&admission.to.connection), self.slot.share()));
        match admission.refusal(&context) {
            Some(error) => {
                let streams = self.streams.and_then(|streams| CallStreams::unnamed(streams.count));
                Self { run: admission.refuse(error), streams, ..self }
            }
            None => Self { run: admission.run(context, self.run), ..self },
        }
    }
}

impl CallStreams {
    /// So many streams that nobody reads, if there are any.
    fn unnamed(count: usize) -> Option<Box<Self>> {
        (count > 0).then(|| Box::new(Self { count, ..Self::default() }))
    }
}

impl Admission {
    pub(super) fn new(to: Recipient, method: Option<&'static str>, asked: MethodKind) -> Self {
        Self { to, method, asked, rules: None, mismatch: None }
    }

    pub(super) fn with(self, rules: Option<Arc<[Rule]>>, mismatch: Option<HubError>) -> Self {
        Self { rules, mismatch, ..self }
    }

    fn context(&self, origin: Origin) -> InvocationContext {
        InvocationContext {
            hub: Hub::new(Arc::clone(&self.to.connection), origin),
            hub_name: self.to.connection.core().name(),
            target: self.to.target.clone(),
            method: self.method,
        }
    }

    /// Why the call is not made: authorization comes before the rest (D-23).
    fn refusal(&mut self, context: &InvocationContext) -> Option<HubError> {
        if self.rules.iter().flat_map(|rules| rules.iter()).all(|rule| rule.admits(&PolicyContext::of_call(context))) {
            return self.mismatch.take();
        }
        let text = format!("Failed to invoke '{}' because user is unauthorized", self.to.target);
        Some(HubError::masked("Unauthorized", "The user may not call this method.").refusing(text))
    }

    fn has_filters(&self) -> bool {
        !self.to.connection.core().filters().is_empty()
    }

    /// The answer to a call that is not made.
    fn refuse(self, error: HubError) -> BoxFuture<'static, ()> {
        if !self.has_filters() {
            return Box::pin(async move { self.to.fail(&error).await });
        }
        let context = self.context(Origin::Elsewhere);
        let Self { to, asked, .. } = self;
        Box::pin(async move {
            let refusal = Box::pin(std::future::ready(Err(error)));
            match to.connection.core().filters().invoke(&context, refusal).await {
                Ok(()) => to.finish(asked).await,
                Err(error) => to.fail(&error).await,
            }
        })
    }

    /// The method inside of the filters.
    fn run(self, context: InvocationContext, mut method: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        let Self { to, asked, .. } = self;
        let Some(gate) = to.gate.clone() else { return method };
        Box::pin(async move {
            let run = gate.run(&mut method);
            match to.connection.core().filters().invoke(&context, run).await {
                Ok(()) if gate.open() => method.await,
                Ok(()) => to.finish(asked).await,
                Err(error) => to.fail(&error).await,
            }
        })
    }
}
