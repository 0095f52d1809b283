//! Calls without an answer yet (section 13.5).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use hub_core::protocol::{Outcome, ProtocolError, RawValue};
use serde::de::DeserializeOwned;
use serde::de::value::UnitDeserializer;
use tokio::sync::oneshot;

use super::result::HubResult;
use crate::error::{ConnectionError, InvocationError};
use crate::panics::catch;
use crate::sync::lock;

/// The open calls of one connection, by invocation id.
#[derive(Default)]
pub(crate) struct Invocations(Mutex<Table>);

enum Table {
    Open(HashMap<u64, Entry>),
    /// The connection has ended, for this reason.
    Closed(Option<ConnectionError>),
}

enum Entry {
    Value(Box<dyn FnOnce(Answer<'_>) + Send>),
    Stream(Arc<dyn Items>),
}

type Answer<'a> = Result<Outcome<'a>, InvocationError>;

/// Takes the items of a stream, whatever their type.
pub(crate) trait Items: Send + Sync {
    /// Takes an item; false if the stream is over because of it.
    fn push(&self, item: &RawValue<'_>) -> bool;

    /// Ends the stream with an error.
    fn fail(&self, error: InvocationError);
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Item,
    /// Nobody waits for it.
    Unknown,
    /// It ended its stream, whose sender should hear of it.
    Refused,
}

/// What became of a completion.
pub(crate) type Completed = Result<bool, ProtocolError>;

impl Invocations {
    /// Opens a call whose result is an `R`.
    pub(crate) fn open_value<R: HubResult>(
        &self,
        id: u64,
    ) -> Result<(oneshot::Receiver<Result<R, InvocationError>>, Open<'_>), InvocationError> {
        let (sender, receiver) = oneshot::channel();
        let answer = Box::new(move |answer: Answer<'_>| {
            // Whoever called may have given up.
            let _ = sender.send(answer.and_then(|outcome| read_result(&outcome)));
        });
        self.insert(id, Entry::Value(answer))?;
        Ok((receiver, Open { invocations: self, id }))
    }

    /// Opens a call that is answered by a stream.
    pub(crate) fn open_stream(&self, id: u64, items: Arc<dyn Items>) -> Result<(), InvocationError> {
        self.insert(id, Entry::Stream(items))
    }

    fn insert(&self, id: u64, entry: Entry) -> Result<(), InvocationError> {
        match &mut *lock(&self.0) {
            Table::Open(entries) => drop(entries.insert(id, entry)),
            Table::Closed(reason) => return Err(InvocationError::Closed(reason.clone())),
        }
        Ok(())
    }

    /// Gives up a call; false if it is over already.
    pub(crate) fn remove(&self, id: u64) -> bool {
        self.take(id).is_some()
    }

    fn take(&self, id: u64) -> Option<Entry> {
        match &mut *lock(&self.0) {
            Table::Open(entries) => entries.remove(&id),
            Table::Closed(_) => None,
        }
    }

    /// Takes an item that the server sent.
    pub(crate) fn item(&self, id: &str, item: &RawValue<'_>) -> Result<Taken, ProtocolError> {
        let Some(id) = number(id) else { return item.skip().map(|()| Taken::Unknown) };
        match self.stream(id) {
            None => item.skip().map(|()| Taken::Unknown),
            Some(Ok(items)) if items.push(item) => Ok(Taken::Item),
            Some(Ok(_)) => {
                self.remove(id);
                Ok(Taken::Refused)
            }
            Some(Err(answer)) => {
                let text = "Streaming hub methods must be invoked with the 'HubConnection::stream' method.";
                answer(Err(InvocationError::WrongKind(text)));
                Ok(Taken::Refused)
            }
        }
    }

    /// The stream of this id; a call that expects no stream is over (C-56).
    #[expect(clippy::type_complexity, reason = "it is said once")]
    fn stream(&self, id: u64) -> Option<Result<Arc<dyn Items>, Box<dyn FnOnce(Answer<'_>) + Send>>> {
        let mut table = lock(&self.0);
        let Table::Open(entries) = &mut *table else { return None };
        if let Entry::Stream(items) = entries.get(&id)? {
            return Some(Ok(Arc::clone(items)));
        }
        match entries.remove(&id)? {
            Entry::Value(answer) => Some(Err(answer)),
            Entry::Stream(items) => Some(Ok(items)),
        }
    }

    /// Takes the end of a call; `false` if nobody waits for it.
    pub(crate) fn complete(&self, id: &str, outcome: Outcome<'_>) -> Completed {
        match number(id).and_then(|id| self.take(id)) {
            None => {
                skip(&outcome)?;
                return Ok(false);
            }
            Some(Entry::Value(answer)) => answer(Ok(outcome)),
            Some(Entry::Stream(items)) => match outcome {
                Outcome::Error(text) => items.fail(InvocationError::Server(text.into_owned())),
                Outcome::Result(_) => items.fail(InvocationError::WrongKind(
                    "Server provided a result in a completion response to a streamed invocation.",
                )),
                _ => {}
            },
        }
        Ok(true)
    }

    /// Fails all calls, those to come too (C-54).
    pub(crate) fn close(&self, reason: Option<&ConnectionError>) {
        let entries = match &mut *lock(&self.0) {
            Table::Closed(_) => return,
            table @ Table::Open(_) => std::mem::replace(table, Table::Closed(reason.cloned())),
        };
        let Table::Open(entries) = entries else { return };
        for entry in entries.into_values() {
            let error = InvocationError::Closed(reason.cloned());
            match entry {
                Entry::Value(answer) => answer(Err(error)),
                Entry::Stream(items) => items.fail(error),
            }
        }
    }

    /// Why nothing can be sent any more.
    pub(crate) fn closed(&self) -> InvocationError {
        match &*lock(&self.0) {
            Table::Open(_) => InvocationError::Closed(None),
            Table::Closed(reason) => InvocationError::Closed(reason.clone()),
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::Open(HashMap::new())
    }
}

impl fmt::Debug for Invocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocations").finish_non_exhaustive()
    }
}

/// A call that is given up when nobody waits for its answer any more (C-53).
#[derive(Debug)]
pub(crate) struct Open<'a> {
    invocations: &'a Invocations,
    id: u64,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.invocations.remove(self.id);
    }
}

/// Our ids are decimal numbers (C-50).
fn number(id: &str) -> Option<u64> {
    id.parse().ok()
}

fn read_result<R: DeserializeOwned>(outcome: &Outcome<'_>) -> Result<R, InvocationError> {
    match outcome {
        Outcome::Result(value) => read(value),
        Outcome::Error(text) => Err(InvocationError::Server(text.clone().into_owned())),
        // As .NET's default value: `()` and `None`.
        _ => R::deserialize(UnitDeserializer::new()).map_err(InvocationError::WrongType),
    }
}

/// Reads a value by the program's own code.
pub(super) fn read<T: DeserializeOwned>(value: &RawValue<'_>) -> Result<T, InvocationError> {
    match catch(|| value.deserialize()) {
        Ok(value) => value.map_err(InvocationError::WrongType),
        Err(panic) => {
            tracing::error!(panic, "reading what the server sent panicked");
            Err(InvocationError::WrongKind("Reading what the server sent panicked."))
        }
    }
}

/// A value that nobody waits for must be there all the same (M-5).
fn skip(outcome: &Outcome<'_>) -> Result<(), ProtocolError> {
    match outcome {
        Outcome::Result(value) => value.skip(),
        _ => Ok(()),
    }
}
