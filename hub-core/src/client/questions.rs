//! Questions to clients that have no answer yet (section 6.8).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::connection::{Connection, ConnectionId, Ending};
use crate::dispatch::catch;
use crate::error::{DisconnectError, HubError};
use crate::protocol::{HubProtocol, Outcome, type_name};
use crate::sync::lock;

/// Takes an answer to another server: the name of its protocol, and the completion.
pub(crate) type Reply = Box<dyn FnOnce(&'static str, Bytes) + Send>;

/// The open questions of a hub.
#[derive(Default)]
pub(crate) struct Questions {
    open: Mutex<Open>,
    last: AtomicU64,
}

#[derive(Default)]
struct Open {
    /// By invocation id.
    questions: HashMap<String, Question>,
    /// The ids of those that other servers ask, by the connection that is asked.
    relayed: HashMap<ConnectionId, Vec<String>>,
}

struct Question {
    asked: ConnectionId,
    side: Side,
    answer: Box<dyn FnOnce(&Outcome<'_>) + Send>,
}

/// Which server asks, and which one has the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Both are this one.
    Own,
    /// Another one has the connection.
    Elsewhere,
    /// Another one asks.
    Relayed,
}

impl Questions {
    /// An invocation id that no other question of the hub has (D-91).
    pub(super) fn next_id(&self) -> String {
        format!("s{}", self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Opens a question to a connection of this server; what comes of it is an `R`.
    pub(super) fn open<R>(&self, id: String, asked: ConnectionId) -> oneshot::Receiver<Result<R, HubError>>
    where
        R: DeserializeOwned + Send + 'static,
    {
        self.expect(id, asked, Side::Own)
    }

    /// Opens a question to a connection of another server.
    pub(super) fn open_elsewhere<R>(&self, id: String, asked: ConnectionId) -> oneshot::Receiver<Result<R, HubError>>
    where
        R: DeserializeOwned + Send + 'static,
    {
        self.expect(id, asked, Side::Elsewhere)
    }

    fn expect<R>(&self, id: String, asked: ConnectionId, side: Side) -> oneshot::Receiver<Result<R, HubError>>
    where
        R: DeserializeOwned + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let answer = Box::new(move |outcome: &Outcome<'_>| {
            // Whoever asked may have given up.
            let _ = sender.send(read(outcome));
        });
        lock(&self.open).questions.insert(id, Question { asked, side, answer });
        receiver
    }

    /// Gives up a question; an answer that still comes is ignored.
    pub(super) fn close(&self, id: &str) {
        lock(&self.open).take(id);
    }

    /// Opens a question of another server to a connection of this one. If the id is in use, `reply` learns so at
    /// once.
    pub(crate) fn relay(&self, asked: &Arc<Connection>, id: &str, reply: Reply) {
        let (protocol, own_id) = (asked.protocol().clone(), id.to_owned());
        let answer =
            Box::new(move |outcome: &Outcome<'_>| reply(protocol.name(), completion(&protocol, &own_id, outcome)));
        let question = Question { asked: asked.id().clone(), side: Side::Relayed, answer };
        let refused = lock(&self.open).relay(id, question);
        if let Some(question) = refused {
            (question.answer)(&Outcome::Error(COLLISION.into()));
        } else if asked.ending().is_some() {
            self.abandon(asked);
        }
    }

    /// The connection has gone: what other servers asked it is answered for it.
    pub(crate) fn abandon(&self, connection: &Connection) {
        let abandoned = lock(&self.open).take_relayed(connection.id());
        for question in abandoned {
            (question.answer)(&Outcome::Error("Connection disconnected.".into()));
        }
    }

    /// Takes a client's answer. One that nobody waits for is ignored (D-101); one to a question that another client was
    /// asked ends the connection (D-100).
    pub(crate) fn answer(&self, from: &Connection, id: &str, outcome: &Outcome<'_>) -> Result<(), Ending> {
        let question = {
            let mut open = lock(&self.open);
            match open.questions.get(id) {
                None => return skip(outcome),
                Some(question) if question.asked != *from.id() => {
                    let text = format!("Connection ID '{}' is not valid for invocation ID '{id}'.", from.id());
                    return Err(Ending::Failed(DisconnectError::new("InvalidOperationException", text)));
                }
                Some(_) => open.take(id),
            }
        };
        if let Some(question) = question {
            (question.answer)(outcome);
        }
        Ok(())
    }

    /// Takes an answer that another server brings; one that nobody waits for is ignored.
    pub(crate) fn answer_from_elsewhere(&self, id: &str, outcome: &Outcome<'_>) {
        let question = {
            let mut open = lock(&self.open);
            let asked_elsewhere = open.questions.get(id).is_some_and(|question| question.side == Side::Elsewhere);
            if asked_elsewhere { open.take(id) } else { None }
        };
        if let Some(question) = question {
            (question.answer)(outcome);
        }
    }
}

impl Open {
    fn take(&mut self, id: &str) -> Option<Question> {
        let question = self.questions.remove(id)?;
        if question.side == Side::Relayed
            && let Some(ids) = self.relayed.get_mut(&question.asked)
        {
            ids.retain(|own| own != id);
            if ids.is_empty() {
                self.relayed.remove(&question.asked);
            }
        }
        Some(question)
    }

    /// Gives the question back if its id is in use.
    fn relay(&mut self, id: &str, question: Question) -> Option<Question> {
        if self.questions.contains_key(id) {
            return Some(question);
        }
        self.relayed.entry(question.asked.clone()).or_default().push(id.to_owned());
        self.questions.insert(id.to_owned(), question)
    }

    fn take_relayed(&mut self, asked: &ConnectionId) -> Vec<Question> {
        let ids = self.relayed.remove(asked).unwrap_or_default();
        ids.iter().filter_map(|id| self.questions.remove(id)).collect()
    }
}

const COLLISION: &str = "ID collision occurred when using client results. This is likely a bug in SignalR.";

fn completion(protocol: &HubProtocol, id: &str, outcome: &Outcome<'_>) -> Bytes {
    let mut completion = Vec::new();
    protocol.write_outcome(&mut completion, id, outcome);
    completion.into()
}

fn read<R: DeserializeOwned>(outcome: &Outcome<'_>) -> Result<R, HubError> {
    match outcome {
        // The answer is read by the program's own code, which may panic.
        Outcome::Result(value) => catch(|| value.deserialize())?.map_err(|error| {
            let wanted = type_name::<R>();
            HubError::new(format!("Error trying to deserialize result to {wanted}. {}", error.text()))
        }),
        Outcome::Error(error) => Err(HubError::new(error.clone())),
        Outcome::Void => {
            Err(HubError::new("Exception of type 'Microsoft.AspNetCore.SignalR.HubException' was thrown."))
        }
    }
}

/// An answer that nobody waits for must be there all the same (M-5).
fn skip(outcome: &Outcome<'_>) -> Result<(), Ending> {
    match outcome {
        Outcome::Result(result) => Ok(result.skip()?),
        _ => Ok(()),
    }
}
