//! The attributes of contracts, for programs that do not share them with a server.

/// Makes a trait the contract of what a server calls on its clients, which a client implements.
///
/// ```
/// use hub_client::{HubConnection, hub_client};
///
/// #[hub_client]
/// trait ChatClient {
///     async fn receive_message(&self, user: &str, message: &str);
///     async fn ask(&self, question: &str, answers: &[&str]) -> Option<usize>;
/// }
///
/// struct Screen;
///
/// impl ChatClient for Screen {
///     async fn receive_message(&self, user: &str, message: &str) {
///         println!("{user}: {message}");
///     }
///
///     async fn ask(&self, question: &str, answers: &[&str]) -> Option<usize> {
///         println!("{question}");
///         answers.iter().position(|answer| *answer == "No.")
///     }
/// }
///
/// fn listen(connection: &HubConnection) {
///     connection.receive::<dyn ChatClient>(Screen);
/// }
/// ```
///
/// Every method is an `async fn` with `&self`. Its arguments are read into owned types and lent to it: `&str` as a `String`,
/// `&[T]` as a `Vec<T>`, `&T` as a `T`, also inside of `Option` and `Vec`. They are `serde::Deserialize`, a result is
/// `serde::Serialize`, and the client is `Send + Sync + 'static`.
///
/// A program whose server is in Rust too shares the contract with it, in a crate of its own that depends on
/// `hub-contract`; the same attribute is there, with all of its options.
pub use hub_macros::hub_client_of_client as hub_client;

/// Makes a trait the contract of what clients call on a hub: see [`HubConnection::hub`](crate::HubConnection::hub).
///
/// ```
/// use futures_core::Stream;
/// use hub_client::{HubConnection, InvocationError, hub_server};
///
/// #[hub_server]
/// trait ChatServer {
///     async fn send_message(&self, user: &str, message: &str);
///     #[hub_server(name = "Members")]
///     async fn count_members(&self, room: &str) -> usize;
///     fn countdown(&self, from: u32) -> impl Stream<Item = u32>;
///     async fn total(&self, numbers: impl Stream<Item = i64>) -> i64;
/// }
///
/// async fn greet(connection: &HubConnection) -> Result<usize, InvocationError> {
///     let chat = connection.hub::<dyn ChatServer>();
///     chat.send_message("Ada", "hello").await?;
///     chat.count_members("lobby").await
/// }
/// ```
///
/// Every method has `&self`. One with a result or none is an `async fn`, one that answers by a stream an `fn` with an
/// `impl Stream<Item = T>`, and a stream that is uploaded is an `impl Stream<Item = T>` as a parameter. Parameters are
/// `serde::Serialize`, borrowed or not, and results `serde::Deserialize`.
///
/// A program whose server is in Rust too shares the contract with it, in a crate of its own that depends on
/// `hub-contract`; the same attribute is there, with all of its options, and the server is checked against the contract.
pub use hub_macros::hub_server_of_client as hub_server;
