//! The Rust client of SignalR.

mod builder;
mod call;
mod connection;
mod error;
mod events;
mod handlers;
#[cfg(feature = "http")]
pub mod http;
mod panics;
mod reconnect;
mod sync;
pub mod testing;
pub mod transport;

#[doc(hidden)]
pub mod __private;

pub use builder::HubConnectionBuilder;
pub use call::{Argument, Arguments, HubStream, Upload, upload, upload_results};
pub use connection::{ConnectionState, HubConnection, WeakHubConnection};
pub use error::{ConnectionError, InvocationError, StartError};
pub use handlers::{Handler, HandlerOutput, Subscription};
pub use reconnect::{ReconnectPolicy, RetryContext};
