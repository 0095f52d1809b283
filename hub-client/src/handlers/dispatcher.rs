//! Running what the server calls, in order (C-96).

use std::sync::Arc;

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use hub_core::protocol::{Invocation, RawArguments};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::method::{BindError, Kind, Method, Reply};
use super::registry::Handlers;
use crate::connection::Session;
use crate::panics::{catch, caught};

/// Binds calls as they come and queues them; nothing that reads the connection waits for a handler.
pub(crate) struct Dispatcher {
    handlers: Arc<Handlers>,
    calls: UnboundedSender<Call>,
}

/// A call, bound by each handler of its name.
struct Call {
    target: String,
    runs: Vec<Run>,
    /// What is answered in any case.
    refusal: Option<&'static str>,
    answer: Option<Answer>,
}

/// A handler with its arguments.
struct Run {
    returns_value: bool,
    future: BoxFuture<'static, Reply>,
}

/// Where an answer goes.
struct Answer {
    session: Arc<Session>,
    id: String,
}

/// What there is to say about a call whose handlers return no value (C-91).
const NO_RESULT: &str = "Client didn't provide a result.";
/// What there is to say about arguments that do not fit (C-92).
const NOT_PARSED: &str = "Client failed to parse argument(s).";

/// A dispatcher, and what runs the calls until the dispatcher is dropped and all are done.
pub(crate) fn dispatcher(handlers: Arc<Handlers>) -> (Dispatcher, impl Future<Output = ()> + Send) {
    let (sender, calls) = unbounded_channel();
    (Dispatcher { handlers, calls: sender }, run(calls))
}

impl Dispatcher {
    /// Takes a call that came on this session.
    pub(crate) fn dispatch(&self, session: &Arc<Session>, invocation: Invocation<'_>) {
        let answer = invocation.id.map(|id| Answer { session: Arc::clone(session), id: id.into_owned() });
        let mut call = Call { target: invocation.target.into_owned(), runs: Vec::new(), refusal: None, answer };
        if let Some(methods) = self.handlers.find(&call.target) {
            call.bind(&methods, invocation.arguments);
        } else {
            tracing::warn!(target = call.target, "there is no handler for this method of the server's");
        }
        if call.answer.is_some() || !call.runs.is_empty() {
            // Without anybody who runs it the connection is over.
            let _ = self.calls.send(call);
        }
    }
}

impl Call {
    fn bind(&mut self, methods: &[Arc<Method>], arguments: RawArguments<'_>) {
        let answers = methods.iter().any(|method| method.returns_value());
        for method in methods {
            // Arguments are read by the program's own code, which may panic.
            match catch(|| method.bind(arguments)).unwrap_or_else(|panic| Err(BindError::from(panic))) {
                Ok(future) => self.runs.push(Run { returns_value: method.returns_value(), future }),
                Err(error) => {
                    tracing::warn!(target = self.target, %error, "the arguments do not fit the handler");
                    if method.returns_value() || !answers {
                        self.refusal = Some(NOT_PARSED);
                    }
                }
            }
        }
    }

    /// Runs all handlers one after the other, and answers if that is asked for.
    async fn run(self) {
        let mut reply = self.refusal.map(Reply::error);
        for run in self.runs {
            let own = caught(run.future).await.unwrap_or_else(Reply::error);
            if run.returns_value && self.answer.is_some() {
                reply.get_or_insert(own);
            } else {
                report(&self.target, &own);
            }
        }
        if let Some(answer) = self.answer {
            answer.send(reply.unwrap_or_else(Reply::none)).await;
        }
    }
}

/// What nobody asked for is logged (C-95).
fn report(target: &str, reply: &Reply) {
    match &reply.0 {
        Kind::None => {}
        Kind::Error(error) => tracing::error!(target, error, "a handler failed"),
        Kind::Value(_) => tracing::warn!(target, "a handler returned a value that the server did not ask for"),
    }
}

impl Answer {
    async fn send(self, reply: Reply) {
        let (protocol, mut message) = (self.session.protocol(), Vec::new());
        let text = match reply.0 {
            Kind::Value(write) => match catch(|| write(protocol, &mut message, &self.id)) {
                Ok(written) => written.err().map(|error| error.to_string()),
                Err(panic) => Some(panic),
            },
            Kind::Error(text) => Some(text),
            Kind::None => Some(NO_RESULT.to_owned()),
        };
        if let Some(text) = text {
            // A value that panicked may have left half a message.
            message.clear();
            protocol.write_error(&mut message, &self.id, &text);
        }
        // Who is too late finds the connection closed.
        let _ = self.session.send(message).await;
    }
}

/// Calls that ask for an answer are begun in their turn and not waited for; all others are.
async fn run(mut calls: UnboundedReceiver<Call>) {
    let mut answers = JoinSet::new();
    while let Some(call) = calls.recv().await {
        while answers.try_join_next().is_some() {}
        let is_waited_for = call.answer.is_none();
        let mut run = Box::pin(call.run());
        if is_waited_for {
            run.await;
        } else if (&mut run).now_or_never().is_none() {
            answers.spawn(run);
        }
    }
    while answers.join_next().await.is_some() {}
}
