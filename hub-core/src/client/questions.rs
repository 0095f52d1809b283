//! Questions to clients that have no answer yet (section 6.8).

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::connection::{Connection, ConnectionId, Ending};
use crate::dispatch::catch;
use crate::error::{DisconnectError, HubError};
use crate::protocol::{Outcome, type_name};
use crate::sync::lock;

/// The open questions of a hub, by invocation id.
#[derive(Default)]
pub(crate) struct Questions {
    open: Mutex<HashMap<String, Question>>,
    last: AtomicU64,
}

struct Question {
    asked: ConnectionId,
    answer: Box<dyn FnOnce(&Outcome<'_>) + Send>,
}

impl Questions {
    /// An invocation id that no other question of the hub has (D-91).
    pub(super) fn next_id(&self) -> String {
        format!("s{}", self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Opens a question to a connection; what comes of it is an `R`.
    pub(super) fn open<R>(&self, id: String, asked: ConnectionId) -> oneshot::Receiver<Result<R, HubError>>
    where
        R: DeserializeOwned + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let answer = Box::new(move |outcome: &Outcome<'_>| {
            // Whoever asked may have given up.
            let _ = sender.send(read(outcome));
        });
        lock(&self.open).insert(id, Question { asked, answer });
        receiver
    }

    /// Gives up a question; an answer that still comes is ignored.
    pub(super) fn close(&self, id: &str) {
        lock(&self.open).remove(id);
    }

    /// Takes a client's answer. One that nobody waits for is ignored (D-101); one to a question that another client was
    /// asked ends the connection (D-100).
    pub(crate) fn answer(&self, from: &Connection, id: &str, outcome: &Outcome<'_>) -> Result<(), Ending> {
        let question = {
            let mut open = lock(&self.open);
            match open.get(id) {
                None => return skip(outcome),
                Some(question) if question.asked != *from.id() => {
                    let text = format!("Connection ID '{}' is not valid for invocation ID '{id}'.", from.id());
                    return Err(Ending::Failed(DisconnectError::new("InvalidOperationException", text)));
                }
                Some(_) => open.remove(id),
            }
        };
        if let Some(question) = question {
            (question.answer)(outcome);
        }
        Ok(())
    }
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
