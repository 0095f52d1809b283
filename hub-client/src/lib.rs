//! The Rust client of SignalR: calls hubs, and is called by them.
//!
//! ```no_run
//! use hub_client::{HubConnection, upload};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = HubConnection::builder("http://127.0.0.1:5000/chathub").with_automatic_reconnect().build();
//!
//! // What the hub calls here.
//! connection.on("ReceiveMessage", |user: String, message: String| async move { println!("{user}: {message}") });
//! connection.on("AskName", |prompt: String| format!("{prompt} Ada")); // an answer, for a server that asks
//! connection.on_reconnected(|id| println!("back as {id:?}"));
//!
//! connection.start().await?;
//!
//! // What is called there.
//! connection.send("SendMessage", ("Ada", "hello")).await?;
//! let sum: i64 = connection.invoke("Add", (1, 2)).await?;
//! let mut numbers = connection.stream::<u32>("Countdown", (10,)).await?;
//! while let Some(number) = numbers.next().await {
//!     println!("{}", number?);
//! }
//! let items = futures_util::stream::iter([1, 2, 3]);
//! let total: i64 = connection.invoke("Total", (upload(items),)).await?;
//!
//! connection.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What there is
//!
//! | .NET | here |
//! |---|---|
//! | `new HubConnectionBuilder().WithUrl(…)` | [`HubConnection::builder`], or [`with_connector`](HubConnection::with_connector) for a transport of one's own |
//! | `StartAsync`, `StopAsync`, `State`, `ConnectionId` | [`start`](HubConnection::start), [`stop`](HubConnection::stop), [`state`](HubConnection::state), [`connection_id`](HubConnection::connection_id) |
//! | `InvokeAsync<T>` | [`invoke`](HubConnection::invoke); to drop its future is to cancel |
//! | `SendAsync` | [`send`](HubConnection::send) |
//! | `StreamAsync<T>` | [`stream`](HubConnection::stream), which gives a [`HubStream`]; to drop it is to cancel |
//! | an `IAsyncEnumerable<T>` as argument | [`upload`], [`upload_results`] |
//! | `On`, `Remove` | [`on`](HubConnection::on), [`Subscription::off`], [`off`](HubConnection::off) |
//! | an `interface` for the hub or for its clients | [`hub`](HubConnection::hub) with a [`#[hub_server]`](macro@hub_server) trait, [`receive`](HubConnection::receive) with a [`#[hub_client]`](macro@hub_client) trait |
//! | `Closed`, `Reconnecting`, `Reconnected` | [`on_closed`](HubConnection::on_closed), [`on_reconnecting`](HubConnection::on_reconnecting), [`on_reconnected`](HubConnection::on_reconnected) |
//! | `WithAutomaticReconnect` | [`with_automatic_reconnect`](HubConnectionBuilder::with_automatic_reconnect), with [delays](HubConnectionBuilder::with_reconnect_delays) or a [`ReconnectPolicy`] |
//! | `WithStatefulReconnect` | [`with_stateful_reconnect`](HubConnectionBuilder::with_stateful_reconnect) |
//! | `AddMessagePackProtocol` | [`protocol`](HubConnectionBuilder::protocol) with [`HubProtocol::message_pack`] |
//!
//! # What to rely on
//!
//! - A call ends: by its result, or by an [`InvocationError`] that tells whether the server refused, the connection went,
//!   or the answer had another type.
//! - Nothing the server sends can panic, and nothing waits longer than the stated timeouts.
//! - What the program sends waits in bounded space, uploads with it: a slow server slows their sources. What the server
//!   sends is read as it comes, and kept until the program takes it: the items of streams, and calls of handlers.
//! - All times are those of tokio's clock, so tests can pause it; [`testing`] connects without a network.
//!
//! Statements in parentheses, such as (C-50), are those of the behaviour sheet, `docs/spec/signalr-behaviour.md`.

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
pub use call::{Argument, Arguments, HubResult, HubStream, Upload, upload, upload_results};
pub use connection::{ConnectionState, HubConnection, WeakHubConnection};
pub use contract::{Invocation, StreamInvocation};
pub use error::{ConnectionError, InvocationError, StartError};
pub use handlers::{Handler, HandlerOutput, Subscription};
#[doc(hidden)]
pub use hub_core::__private;
#[doc(hidden)]
pub use hub_core::StreamOf;
pub use hub_core::protocol::{PayloadError, ProtocolError};
pub use hub_core::{
    Caller, DateTime, HubClient, HubContract, HubError, HubProtocol, ImplementedBy, Implements, JsonOptions,
    MessagePackExtension, MessagePackOptions, PayloadNaming,
};
pub use macros::{hub_client, hub_server};
pub use reconnect::{ReconnectPolicy, RetryContext};
