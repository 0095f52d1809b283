//! What the server can call (section 13.8).

mod dispatcher;
mod handler;
mod method;
mod outcome;
mod registry;
mod subscription;

pub(crate) use dispatcher::{Dispatcher, dispatcher};
pub use handler::Handler;
pub(crate) use method::{Method, Reply};
pub use outcome::HandlerOutput;
pub(crate) use registry::Handlers;
pub use subscription::Subscription;
