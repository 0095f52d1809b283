//! What a client and a server agree on: the calls of a hub as a client makes them, the calls of clients as a client
//! receives them, and what the compiler compares of both sides.

pub(crate) mod agreement;
mod caller;
mod receiver;

pub use caller::{Caller, FromReply, HubContract};
pub use receiver::{ClientAnswer, ClientResult, Handler, ImplementedBy, Implements, Lend, Received, Receiver};
