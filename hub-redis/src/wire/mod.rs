//! What goes over the channels: arrays of MessagePack, as ASP.NET Core SignalR writes and reads them (section 12.2).

mod ack;
mod completion;
mod group_command;
mod invocation;
mod reader;

pub(crate) use ack::Ack;
pub(crate) use completion::Completion;
pub(crate) use group_command::{ABORT, ADD, GroupCommand, REMOVE};
pub(crate) use invocation::{Asked, Invocation, write_invocation};
pub(crate) use reader::{Reader, Unreadable};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
