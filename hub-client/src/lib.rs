//! The Rust client of SignalR.

mod builder;
mod call;
mod connection;
mod contract;
mod error;
mod events;
mod handlers;
#[cfg(feature = "http")]
pub mod http;
mod macros;
mod panics;
mod reconnect;
mod sync;
pub mod testing;
pub mod transport;

pub use builder::HubConnectionBuilder;
pub use call::{Argument, Arguments, HubStream, Upload, upload, upload_results};
pub use connection::{ConnectionState, HubConnection, WeakHubConnection};
pub use contract::{Invocation, StreamInvocation};
pub use error::{ConnectionError, InvocationError, StartError};
pub use handlers::{Handler, HandlerOutput, Subscription};
#[doc(hidden)]
pub use hub_core::{__private, StreamOf};
pub use hub_core::{Caller, HubClient, HubContract, ImplementedBy, Implements};
pub use macros::{hub_client, hub_server};
pub use reconnect::{ReconnectPolicy, RetryContext};
